/*
 * Decides the modes of new files, which changes of attributes are made, and which owner
 * files are shown with. Nothing else decides these.
 */
import { FileType, MODE_BITS } from "../posix/stat.ts";
import type { Attrs } from "../wire/attrs.ts";

/** The modes if the client gives none (sftp-server.c process_open, process_mkdir). */
const DEFAULT_FILE_MODE = 0o666;
const DEFAULT_DIRECTORY_MODE = 0o777;
/** Makes chown(2) leave the group as it is. */
export const KEEP_GROUP = 0xffff_ffff;

/** The attributes of IgnoreAttributes. */
export type IgnorableAttribute = "mode" | "owner" | "times";

/** The settings that determine the rules; a missing one leaves the decision to the client. */
export interface RuleSettings {
	readonly forceFileMode?: number;
	readonly forceDirectoryMode?: number;
	readonly defaultFileMode?: number;
	readonly defaultDirectoryMode?: number;
	readonly modeMask?: number;
	readonly ignoreAttributes?: readonly IgnorableAttribute[];
	/** Present if new files get a forced group. */
	readonly forceGroup?: object;
}

/** A user and a group by number. */
export interface Owner {
	readonly uid: number;
	readonly gid: number;
}

/** What rules need to know about the process and its user. */
export interface RuleContext {
	/** HideOwners: the owner that all files are shown with. */
	readonly shownOwner?: Owner | undefined;
}

export class Rules {
	readonly #forced: { readonly file: number | undefined; readonly directory: number | undefined };
	readonly #defaults: { readonly file: number; readonly directory: number };
	readonly #modeMask: number;
	readonly #ignored: ReadonlySet<IgnorableAttribute>;
	readonly #keepsGroups: boolean;
	/** Whether `changes` must be called before attributes are changed. */
	readonly limitsChanges: boolean;
	/** Shown to the client as the owner of every file; undefined: the real owner. */
	readonly shownOwner: Owner | undefined;

	constructor(settings: RuleSettings = {}, { shownOwner }: RuleContext = {}) {
		const { forceFileMode: file, forceDirectoryMode: directory, modeMask = 0 } = settings;
		this.#forced = { file, directory };
		this.#defaults = {
			file: settings.defaultFileMode ?? DEFAULT_FILE_MODE,
			directory: settings.defaultDirectoryMode ?? DEFAULT_DIRECTORY_MODE,
		};
		this.#modeMask = modeMask;
		this.#ignored = new Set(settings.ignoreAttributes);
		this.#keepsGroups = settings.forceGroup !== undefined;
		this.limitsChanges =
			modeMask !== 0 ||
			this.#ignored.size > 0 ||
			file !== undefined ||
			directory !== undefined ||
			this.#keepsGroups;
		this.shownOwner = shownOwner;
	}

	/** The mode to create a file with. The umask applies to it unless files' modes are forced. */
	fileMode({ permissions }: Attrs): number {
		return this.#forced.file ?? without(this.#modeMask, permissions ?? this.#defaults.file);
	}

	/** The same for a directory. */
	directoryMode({ permissions }: Attrs): number {
		const asked = permissions === undefined ? this.#defaults.directory : permissions & MODE_BITS;
		return this.#forced.directory ?? without(this.#modeMask, asked);
	}

	/** Whether some of these changes may be suppressed, so that `changes` needs the file's type. */
	maySuppress({ permissions, times, owner }: Attrs): boolean {
		const { file, directory } = this.#forced;
		return (
			(permissions !== undefined &&
				(file !== undefined || directory !== undefined || this.#ignores("mode"))) ||
			(times !== undefined && this.#ignores("times")) ||
			(owner !== undefined && (this.#ignores("owner") || this.#keepsGroups))
		);
	}

	/** Whether a change of the mode depends on the file's type. */
	get dependsOnType(): boolean {
		return (this.#forced.file === undefined) !== (this.#forced.directory === undefined);
	}

	/**
	 * Returns those of a client's changes that are made.
	 *
	 * @param type the file's type; only needed if `maySuppress`
	 */
	changes({ permissions, times, owner, ...rest }: Attrs, type?: FileType): Attrs {
		const keepsMode = this.#ignores("mode") || this.#forcedFor(type) !== undefined;
		return {
			...rest,
			...(permissions === undefined || keepsMode
				? {}
				: { permissions: without(this.#modeMask, permissions) }),
			...(times === undefined || this.#ignores("times") ? {} : { times }),
			...(owner === undefined || this.#ignores("owner") ? {} : { owner: this.#ownerToSet(owner) }),
		};
	}

	#ownerToSet(owner: Owner): Owner {
		return this.#keepsGroups ? { uid: owner.uid, gid: KEEP_GROUP } : owner;
	}

	#ignores(attribute: IgnorableAttribute): boolean {
		return this.#ignored.has(attribute);
	}

	#forcedFor(type: FileType | undefined): number | undefined {
		return type === FileType.DIRECTORY ? this.#forced.directory : this.#forced.file;
	}
}

/** Clears bits in the client's value, which may have any of 32 bits. */
function without(bits: number, mode: number): number {
	return (mode & ~bits) >>> 0;
}
