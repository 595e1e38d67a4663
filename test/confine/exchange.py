# Exchanges two names, or moves a directory back and forth, as fast as it can,
# until its standard input ends. Prints a line after every 1000 rounds.
import ctypes
import os
import select
import sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
RENAME_EXCHANGE = 2
how, one, other = sys.argv[1], os.fsencode(sys.argv[2]), os.fsencode(sys.argv[3])


def exchange():
    if libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))


def move():
    os.rename(one, other)
    os.rename(other, one)


turn = exchange if how == "exchange" else move
while not select.select([0], [], [], 0)[0]:
    for _ in range(500):
        turn()
        turn()
    print("1000", flush=True)
