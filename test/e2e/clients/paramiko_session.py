"""paramiko: every call of its SFTP client, good and bad, each result printed.

Arguments: port, user, key file, remote directory, local directory, big file, the
remote directory as the server names it, directory of many files as the server names it.
"""

import os
import stat
import sys

from connected import connect, show

port, user, key, remote, local, big, served, many = sys.argv[1:]
transport, sftp = connect(port, user, key)


def attributes(found):
    recent = found.st_mtime > 1_500_000_000
    return (oct(found.st_mode), found.st_uid, found.st_gid, found.st_size, "recent" if recent else found.st_mtime)


def listing(path):
    return sorted((entry.filename, attributes(entry)) for entry in sftp.listdir_attr(path))


def opened(path, mode, action):
    with sftp.open(path, mode) as file:
        return action(file)


show("getcwd", sftp.getcwd)
show("normalize .", lambda: len(sftp.normalize(".")) > 0)
show("chdir", lambda: sftp.chdir(served))
show("chdir nowhere", lambda: sftp.chdir("nowhere"))
show("normalize", lambda: sftp.normalize("tree/../dirlink/a/.") == served + "/tree/a")
show("normalize nowhere", lambda: sftp.normalize("nowhere/x"))
for name in (".", "tree", "sizes", "modes", "nowhere", "plain.txt"):
    show("list " + name, lambda: listing(name))
show("list odd", lambda: sorted(repr(name) for name in sftp.listdir("odd")))
for name in ("plain.txt", "link", "dangling", "nowhere", "tree", "plain.txt/x", "x" * 256, ""):
    show("stat " + name, lambda: attributes(sftp.stat(name)))
    show("lstat " + name, lambda: attributes(sftp.lstat(name)))
show("readlink", lambda: sftp.readlink("link"))
show("readlink of a file", lambda: sftp.readlink("plain.txt"))
show("mkdir", lambda: sftp.mkdir("made", 0o750))
show("mkdir again", lambda: sftp.mkdir("made"))
show("mkdir no/where", lambda: sftp.mkdir("no/where"))
show("rmdir", lambda: sftp.rmdir("made"))
show("rmdir full", lambda: sftp.rmdir("tree"))
show("rmdir nowhere", lambda: sftp.rmdir("nowhere"))
show("remove nowhere", lambda: sftp.remove("nowhere"))
show("remove a directory", lambda: sftp.remove("tree"))
show("rename", lambda: sftp.rename("plain.txt", "renamed.txt"))
show("rename onto another", lambda: sftp.rename("renamed.txt", "link"))
show("posix_rename", lambda: sftp.posix_rename("renamed.txt", "plain.txt"))
show("rename nowhere", lambda: sftp.rename("nowhere", "x"))
show("symlink", lambda: sftp.symlink("plain.txt", "soft"))
show("symlink again", lambda: sftp.symlink("plain.txt", "soft"))
show("chmod", lambda: sftp.chmod("plain.txt", 0o640))
show("chmod nowhere", lambda: sftp.chmod("nowhere", 0o640))
show("utime", lambda: sftp.utime("plain.txt", (1000000000, 1000000001)))
show("utime nowhere", lambda: sftp.utime("nowhere", (1, 2)))
show("truncate", lambda: sftp.truncate("sizes/32768", 10))
show("truncate nowhere", lambda: sftp.truncate("nowhere", 10))
show("chown", lambda: sftp.chown("plain.txt", os.getuid(), os.getgid()))
show("open nowhere", lambda: sftp.open("nowhere"))
show("open a directory to write", lambda: sftp.open("tree", "w"))
show("read a directory", lambda: opened("tree", "r", lambda file: file.read()))
show("create", lambda: opened("new", "wx", lambda file: file.write(b"new")))
show("create again", lambda: sftp.open("new", "wx"))
show("append", lambda: opened("new", "a", lambda file: (file.write(b" more"), file.tell())))
show("read and write", lambda: opened("new", "r+", lambda file: (file.seek(1), file.write(b"E"), file.seek(0), file.read())[3]))
show("read what is only written", lambda: opened("new", "a", lambda file: file.read()))
show("write what is only read", lambda: opened("new", "r", lambda file: file.write(b"x")))
show("seek beyond the end", lambda: opened("plain.txt", "r", lambda file: (file.seek(1000), file.read())[1]))
show("seek and write far", lambda: opened("far", "w", lambda file: (file.seek(2**33), file.write(b"x"))))
show("its size", lambda: sftp.stat("far").st_size)
show("remove it", lambda: sftp.remove("far"))
show("readv", lambda: opened("sizes/1048576", "r", lambda file: [len(part) for part in file.readv([(0, 10), (500000, 40000), (1048570, 6)])]))
show("handle attributes", lambda: opened("plain.txt", "r+", lambda file: (attributes(file.stat()), file.chmod(0o600), file.utime((5, 6)), file.truncate(4), attributes(file.stat()))))
for size in os.listdir(remote + "/sizes"):
    show("get " + size, lambda: sftp.get("sizes/" + size, local + "/" + size))
    show("put " + size, lambda: attributes(sftp.put(local + "/" + size, "put-" + size)))
show("get nowhere", lambda: sftp.get("nowhere", local + "/x"))
show("put no/where", lambda: sftp.put(local + "/0", "no/where"))
show("odd content", lambda: [opened("odd/" + name, "r", lambda file: file.read()) for name in ("new\nline", "quo'te\"s", "emoji-\U0001f600", "st*r[a]?", "n" * 255)])
show("odd bytes", lambda: opened(b"odd/bytes-fffe80-\xff\xfe\x80", "r", lambda file: file.read()))
show("odd new", lambda: opened(b"made-\xff\n\"'", "w", lambda file: file.write(b"odd")))
show("many", lambda: (len(sftp.listdir(many)), sorted(sftp.listdir(many))[-1]))
show("many by iteration", lambda: len([entry for entry in sftp.listdir_iter(many) if stat.S_ISREG(entry.st_mode)]))
show("unlink while open", lambda: opened("new", "r", lambda file: (sftp.remove("new"), file.read())[1]))
show("big up", lambda: sftp.put(big, "big").st_size == os.stat(big).st_size)
show("big down", lambda: sftp.get("big", local + "/down"))
with open(big, "rb") as one, open(local + "/down", "rb") as other:
    print("same", one.read() == other.read())
show("remove big", lambda: sftp.remove("big"))
os.remove(local + "/down")
transport.close()
