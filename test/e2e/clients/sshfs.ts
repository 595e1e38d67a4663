/* sshfs: ordinary programs use the remote side as a local directory. */
import { mkdirSync } from "node:fs";
import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { runCommand } from "../../helpers/run-command.ts";
import { withSshfs } from "../../helpers/sshfs-mount.ts";
import type { Scenario } from "./scenario.ts";

export const sshfs: Scenario = {
	name: "sshfs",
	packages: ["sshfs"],
	showsServerTexts: false,
	masks: [
		// ls -l of files made here, and df
		[RECENT_DATE, "NOW"],
		[/^NUMBERS.*$/gm, "NUMBERS"],
	],
	async run(stage, transcript) {
		const mountPoint = `${stage.directory}/mount`;
		mkdirSync(mountPoint);
		const { sshd, port, user, served } = stage;
		// Mounts /, since the shared files are outside the session's own directory.
		const printed = await withSshfs({ sshd, port, user, remote: "/", mountPoint }, async () => {
			const script = `m=${mountPoint}; cd $m${served.remote}; many=$m${served.manyDirectory}
				real_big=${stage.bigFile}; local=${stage.local}; real=${stage.remote}\n${SCRIPT}`;
			const result = await runCommand("sh", ["-s"], { input: script });
			transcript.command("in the mounted directory", result);
		});
		transcript.note(printed);
	},
};

const SCRIPT = `
exec 2>&1
ls; ls -lan --time-style=+%s tree modes; ls -l; ls -b odd; ls -lb odd/new* ; stat -c '%n %A %u %g %s %Y %h' plain.txt link sizes/*
cat plain.txt; cat link; cat dangling; readlink link dangling; test -d dirlink && echo "a directory"
sha256sum sizes/*
cp -a tree tree-copy; cp -a odd odd-copy; cp -p modes/755 mode; cp plain.txt new; diff -r tree tree-copy && echo same
cat "odd/emoji-\u{1f600}" odd/new*; echo; printf x > "$(printf 'made-\\377\\376\\n"\\047')"; ls -b made*
mkdir dir; mkdir dir; mkdir no/where; rmdir tree; rmdir dir; rmdir nowhere; rmdir plain.txt; rm nowhere
mkdir -p deep/er/est; mkdir -m 700 private; stat -c %A private deep
mv plain.txt moved; mv moved plain.txt; mv -n plain.txt link; mv new link-gone; mv tree-copy tree-moved; mv -T tree-moved modes
ln plain.txt hard; ln plain.txt hard; ln -s /absolute/nowhere soft; ln -s soft soft; readlink soft; stat -c %h hard
chmod 600 plain.txt; chmod u+s mode; stat -c %A plain.txt mode; chmod 600 nowhere; chown 0 plain.txt; chgrp 0 plain.txt
touch -d 2002-03-04T05:06:07Z touched; stat -c %Y touched; touch touched; touch no/where
truncate -s 5 sizes/32768; truncate -s 1000 sizes/1; stat -c %s sizes/32768 sizes/1; sha256sum sizes/1
echo appended >> plain.txt; cat plain.txt; printf MID | dd of=plain.txt bs=1 seek=2 conv=notrunc status=none; cat plain.txt
dd if=/dev/zero of=sparse bs=1 count=1 seek=5000000 status=none; stat -c %s sparse; rm sparse
echo x > modes; echo x > tree/one/y; cat tree; : > empty; stat -c %s empty
df --output=size,used,avail . | sed 1d | sed 's/^/NUMBERS /'; stat -f -c '%s %l' .
find . -type f | sort | wc -l; rm -r tree-moved odd-copy deep; ls
cp $real_big big; cmp $real/big $real_big && echo "big up"; cp big $local/down; cmp $local/down $real_big && echo "big down"
rm big $local/down
ls $many | wc -l; ls -l $many | awk '{ n += $5 } END { print n }'; cp -r $many $local/many; ls $local/many | wc -l
mkdir fsync; dd if=plain.txt of=fsync/x conv=fsync status=none; cat fsync/x; sync fsync/x
`;
