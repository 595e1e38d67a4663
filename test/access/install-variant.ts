/* Installs the fault that VARIANT names, before the server starts. */
import { AccessFinder } from "../../src/files/access-finder.ts";
import { AccessJudge, JudgedFile } from "../../src/files/access-judge.ts";
import { AccessListing } from "../../src/files/access-listing.ts";
import { AccessNames } from "../../src/files/access-names.ts";
import { AccessRules } from "../../src/files/access-rules.ts";
import { AT_FDCWD, addon } from "../../src/posix/addon.ts";
import { asByteString } from "../../src/posix/byte-string.ts";
import { errno } from "../../src/posix/errno.ts";
import { IDENTITY_WORDS, IdentityWord } from "../../src/posix/identity.ts";
import { FAULTS, type FaultName } from "./faults.ts";

/* Defined by the build. */
declare const VARIANT: string;

const install: Readonly<Record<FaultName, () => void>> = {
	"rules are applied to the path as sent": () => {
		let judge: AccessJudge | undefined;
		const { file: judged } = AccessJudge.prototype;
		AccessJudge.prototype.file = function (fd) {
			judge = this;
			return judged.call(this, fd);
		};
		const { file: found } = AccessFinder.prototype;
		AccessFinder.prototype.file = function (path, follow, target) {
			const file = found.call(this, path, follow, target);
			if (typeof file === "number" || judge === undefined) return file;
			const text = path.toString("latin1");
			const place = asByteString(text.startsWith("/") ? text : `${process.cwd()}/${text}`);
			const rule = judge.rules.at(place);
			return new JudgedFile(file.fd, place, rule, judge.rules.right(rule), file.type, judge.created);
		};
	},
	"a directory is renamed like a file": () => {
		AccessRules.prototype.namesBeneath = () => false;
		AccessRules.prototype.keepsRights = () => true;
	},
	"a hard link is made without a check": () => {
		AccessNames.prototype.link = (from, to) =>
			addon.linkAt(AT_FDCWD, from, 0, from.length, AT_FDCWD, to, 0, to.length);
	},
	"own files are recognized by device and inode alone": () => {
		const { identityAt } = addon;
		addon.handleAt = () => -errno.EOPNOTSUPP;
		addon.identityAt = (directory, path, offset, length, words) => {
			const result = identityAt(directory, path, offset, length, words);
			words.fill(0, IdentityWord.BIRTH_SECONDS, IDENTITY_WORDS);
			words[IdentityWord.HAS_BIRTH] = 1;
			return result;
		};
	},
	"a batch without visible entries ends the listing": () => {
		const { keepVisible } = AccessListing.prototype;
		const { readDirectory } = addon;
		let hasEnded = false;
		AccessListing.prototype.keepVisible = function (directory, records, count) {
			const kept = keepVisible.call(this, directory, records, count);
			hasEnded = kept === 0;
			return kept;
		};
		addon.readDirectory = (...args) => (hasEnded ? 0 : readDirectory(...args));
	},
};

const fault = FAULTS.find((one) => one === VARIANT);
if (fault === undefined) throw new Error(`there is no variant ${VARIANT}`);
install[fault]();
