/* The part of ssh2-sftp-client's interface that the tests use; the package has no types. */
declare module "ssh2-sftp-client" {
	interface FileInfo {
		readonly type: string;
		readonly name: string;
		readonly size: number;
		readonly modifyTime: number;
		readonly rights: { readonly user: string; readonly group: string; readonly other: string };
		readonly owner: number;
		readonly group: number;
		readonly longname: string;
	}
	interface FileStats {
		readonly mode: number;
		readonly uid: number;
		readonly gid: number;
		readonly size: number;
		readonly modifyTime: number;
		readonly isDirectory: boolean;
		readonly isSymbolicLink: boolean;
	}
	export default class Client {
		constructor(name?: string);
		connect(options: {
			readonly host: string;
			readonly port: number;
			readonly username: string;
			readonly readyTimeout?: number;
			readonly privateKey: Buffer;
			readonly hostVerifier: (key: Buffer) => boolean;
		}): Promise<unknown>;
		cwd(): Promise<string>;
		realPath(path: string): Promise<string>;
		exists(path: string): Promise<false | string>;
		stat(path: string): Promise<FileStats>;
		lstat(path: string): Promise<FileStats>;
		list(path: string): Promise<FileInfo[]>;
		get(path: string, destination?: string): Promise<string | Buffer>;
		fastGet(path: string, destination: string): Promise<string>;
		put(source: string | Buffer, path: string, options?: object): Promise<string>;
		fastPut(source: string, path: string): Promise<string>;
		append(source: Buffer, path: string): Promise<string>;
		mkdir(path: string, recursive?: boolean): Promise<string>;
		rmdir(path: string, recursive?: boolean): Promise<string>;
		delete(path: string): Promise<string>;
		rename(from: string, to: string): Promise<string>;
		posixRename(from: string, to: string): Promise<string>;
		chmod(path: string, mode: number): Promise<string>;
		rcopy(from: string, to: string): Promise<string>;
		uploadDir(source: string, destination: string): Promise<string>;
		downloadDir(source: string, destination: string): Promise<string>;
		end(): Promise<boolean>;
	}
}
