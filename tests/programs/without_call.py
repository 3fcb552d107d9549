"""Executes a command in which one system call is refused: without_call.py NUMBER COMMAND..."""

import ctypes
import os
import struct
import sys

ALLOW, REFUSE_EPERM = 0x7FFF0000, 0x00050001
filter_ = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x20, 0, 0, 0),  # load the call's number
        (0x15, 0, 1, int(sys.argv[1])),
        (0x06, 0, 0, REFUSE_EPERM),
        (0x06, 0, 0, ALLOW),
    )
)
buffer = ctypes.create_string_buffer(filter_)
program = ctypes.create_string_buffer(struct.pack("H6xQ", 4, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, MODE_FILTER, program, 0, 0):
    sys.exit(77)
os.execvp(sys.argv[2], sys.argv[2:])
