"""The requests that WinSCP makes of SFTP version 3, in its order.

It asks for the canonical path of `.` once and uses absolute paths alone from then on,
uploads to NAME.filepart and renames that, sets mode and times after an upload, reads
links one by one after a listing, and removes trees name by name.

Arguments: port, user, key file, local directory, the remote directory as the server
names it.
"""

import os
import stat
import sys

from connected import connect, show

port, user, key, local, served = sys.argv[1:]
transport, sftp = connect(port, user, key)


def attributes(found):
    recent = found.st_mtime > 1_500_000_000
    return (oct(found.st_mode), found.st_size, "recent" if recent else found.st_mtime)


def list_directory(path):
    """A listing, and behind each link what it leads to."""
    lines = []
    for entry in sorted(sftp.listdir_attr(path), key=lambda entry: entry.filename):
        lines.append((entry.filename, attributes(entry)))
        if stat.S_ISLNK(entry.st_mode):
            place = path + "/" + entry.filename
            lines.append(("leads to", sftp.readlink(place)))
            try:
                lines.append(("a", attributes(sftp.stat(place))))
            except OSError:
                lines.append(("nothing",))
    return lines


def upload(source, target):
    """Writes beside the target, then puts the file in its place with mode and times."""
    part = target + ".filepart"
    try:
        existing = sftp.stat(target)
    except FileNotFoundError:
        existing = None
    with open(source, "rb") as file, sftp.open(part, "w") as to:
        to.set_pipelined(True)
        while block := file.read(32768):
            to.write(block)
    if existing is not None:
        sftp.remove(target)
    sftp.rename(part, target)
    sftp.chmod(target, 0o640 if existing is None else existing.st_mode & 0o7777)
    sftp.utime(target, (1_000_000_000, 1_000_000_001))
    return attributes(sftp.lstat(target))


def download(source, target):
    size = sftp.lstat(source).st_size
    with sftp.open(source, "r") as file, open(target, "wb") as to:
        file.prefetch(size)
        to.write(file.read(size))
    return os.stat(target).st_size == size


def remove_tree(path):
    for entry in sftp.listdir_attr(path):
        place = path + "/" + entry.filename
        if stat.S_ISDIR(entry.st_mode):
            remove_tree(place)
        else:
            sftp.remove(place)
    sftp.rmdir(path)


start = sftp.normalize(".")
print("starts at an absolute path", start.startswith("/"))
show("the canonical path of the start again", lambda: sftp.normalize(start) == start)
show("the directory", lambda: sftp.normalize(served) == served)
show("list", lambda: list_directory(served))
show("list a tree", lambda: list_directory(served + "/tree"))
show("up and down again", lambda: sftp.normalize(served + "/tree/..") == served)
for name in ("plain.txt", "sizes/1048576", "sizes/0"):
    show("download " + name, lambda: download(served + "/" + name, local + "/winscp"))
    show("upload as new", lambda: upload(local + "/winscp", served + "/uploaded"))
    show("upload over it", lambda: upload(local + "/winscp", served + "/uploaded"))
    show("remove it", lambda: sftp.remove(served + "/uploaded"))
os.remove(local + "/winscp")
show("new directory", lambda: (sftp.mkdir(served + "/folder"), sftp.chmod(served + "/folder", 0o2750), attributes(sftp.stat(served + "/folder")))[2])
show("again", lambda: sftp.mkdir(served + "/folder"))
show("move into it", lambda: sftp.rename(served + "/plain.txt", served + "/folder/plain.txt"))
show("move where a file is", lambda: sftp.rename(served + "/folder/plain.txt", served + "/link"))
show("new link", lambda: sftp.symlink("plain.txt", served + "/folder/link"))
show("list it", lambda: list_directory(served + "/folder"))
show("download of nothing", lambda: download(served + "/nowhere", local + "/nothing"))
show("upload into nothing", lambda: upload(local + "/../plain", served + "/no/where"))
show("remove the folder", lambda: remove_tree(served + "/folder"))
show("remove a tree", lambda: remove_tree(served + "/tree"))
show("list what is left", lambda: list_directory(served))
transport.close()
