# Runs a program on a kernel that appears to lack one system call:
# without.py NUMBER PROGRAM [ARGUMENT ...]
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
ERRNO_ENOSYS = 0x00050000 | 38
ALLOW = 0x7FFF0000

number = int(sys.argv[1])
# Load the number of the call; if it is the one, ENOSYS, else allow.
program = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, ERRNO_ENOSYS), (0x06, 0, 0, ALLOW)]
)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program) // 8, program))) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
