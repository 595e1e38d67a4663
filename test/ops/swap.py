# For each line of standard input, waits until the first name exists, exchanges it with
# the second at once, and prints a line. The next line ends a wait in vain.
import ctypes
import os
import select
import sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
RENAME_EXCHANGE = 2
one, other = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
LOOKS = range(200)


def swapped():
    for _ in LOOKS:
        if libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0:
            return True
    return False


while os.read(0, 1):
    print("ready", flush=True)
    found = False
    while not found and not select.select([0], [], [], 0)[0]:
        found = swapped()
    os.read(0, 1)
    print("swapped" if found else "in vain", flush=True)
