# Reads system calls from standard input, one JSON list per line, and makes them
# chrooted in the directory that the first argument names. Answers each with a
# line: what the call returned, or its errno as a negative number.
import json
import os
import sys

os.chroot(sys.argv[1])
os.chdir("/")


def shown(stat):
    return [stat.st_ino & 0xFFFFFFFF, stat.st_mode]


def opened(path, flags):
    fd = os.open(path, flags, 0o644)
    inode = os.fstat(fd).st_ino & 0xFFFFFFFF
    os.close(fd)
    return inode


calls = {
    "stat": lambda path: shown(os.stat(path)),
    "lstat": lambda path: shown(os.lstat(path)),
    "readlink": os.readlink,
    "statvfs": lambda path: os.statvfs(path).f_bsize,
    "open": opened,
    "opendir": lambda path: opened(path, os.O_RDONLY | os.O_DIRECTORY),
    "mkdir": os.mkdir,
    "rmdir": os.rmdir,
    "unlink": os.unlink,
    "symlink": os.symlink,
    "truncate": os.truncate,
    "chmod": os.chmod,
    "utimes": lambda path, seconds: os.utime(path, (seconds, seconds)),
    "lutimes": lambda path, seconds: os.utime(path, (seconds, seconds), follow_symlinks=False),
    "chown": lambda path: os.chown(path, -1, -1),
    "link": lambda old, new: os.link(old, new, follow_symlinks=False),
    "rename": os.rename,
    "chdir": os.chdir,
    "getcwd": os.getcwd,
}
for line in sys.stdin:
    name, *args = json.loads(line)
    try:
        answer = calls[name](*args)
        answer = 0 if answer is None else answer
    except OSError as error:
        answer = -error.errno
    print(json.dumps(answer), flush=True)
