"""Files, and what else lies outside of Python's objects.

All of it is one location. What waits for something (a pipe, a child, a socket) is unknown, since
what it waits for may be another thread. Sources: Modules/posixmodule.c, Modules/_io/*.c.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ARGUMENTS,
    CALLS_ARGUMENTS,
    CALLS_KEYWORDS,
    ITERATES,
    LOOSE_WRITE,
    LOOSELY_READ_SELF,
    LOOSELY_WRITE_SELF,
    NEVER_ATOMIC,
    NEXT_OF_SELF,
    READ_ATTRIBUTE,
    READ_OUTSIDE,
    WRITE_OUTSIDE,
    WRITE_SELF,
    Named,
    Row,
    Table,
    each,
    unknown,
)
from gilscope.explore.bytecode.effects.threads import Request, asks

TORN_SELF: Row = (0, ALL, LOOSE_WRITE | NEVER_ATOMIC)  # between its reads of the file
FILLS_ARGUMENT: Row = (1, ALL, LOOSE_WRITE)

POSIX: Named = {
    # Facts, and what is computed from the arguments alone.
    **each("WCOREDUMP WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WSTOPSIG WTERMSIG"),
    **each("waitstatus_to_exitcode strerror major minor makedev", ARGUMENTS),
    **each("fspath _path_normpath _path_splitroot_ex", ARGUMENTS),
    **each("getpid getppid cpu_count confstr sysconf uname ctermid register_at_fork"),
    **each("sched_get_priority_max sched_get_priority_min sched_yield"),
    **each("get_terminal_size device_encoding _inputhook _is_inputhook_installed", READ_OUTSIDE),
    **each("sched_param", ITERATES),
    **each("times_result uname_result waitid_result", ITERATES),
    **each(
        "access stat lstat fstat statx statvfs fstatvfs listdir readlink", READ_OUTSIDE, ARGUMENTS
    ),
    **each("scandir getxattr listxattr pathconf fpathconf isatty ttyname", READ_OUTSIDE, ARGUMENTS),
    **each("getcwd getcwdb getegid geteuid getgid getgrouplist getgroups getlogin", READ_OUTSIDE),
    **each("getpgid getpgrp getpriority getresgid getresuid getsid getuid", READ_OUTSIDE),
    **each("get_blocking get_inheritable sched_getaffinity sched_getparam", READ_OUTSIDE),
    **each("sched_getscheduler sched_rr_get_interval tcgetpgrp", READ_OUTSIDE),
    **each("_create_environ", READ_OUTSIDE),
    **each("chdir fchdir chmod fchmod chown fchown lchown link mkdir mkfifo mknod", WRITE_OUTSIDE),
    **each("remove removexattr rename replace rmdir setxattr symlink truncate", WRITE_OUTSIDE),
    **each("ftruncate unlink utime umask putenv unsetenv _clearenv", WRITE_OUTSIDE),
    **each(
        "open close closerange dup dup2 pipe pipe2 lseek memfd_create pidfd_open", WRITE_OUTSIDE
    ),
    **each("set_blocking set_inheritable sync fsync fdatasync", WRITE_OUTSIDE),
    **each("posix_fadvise posix_fallocate", WRITE_OUTSIDE),
    **asks("read readv readinto", Request.READ_FILE),
    **asks("write writev", Request.WRITE_FILE),
    **unknown("pread preadv pwrite pwritev sendfile splice"),
    **unknown("copy_file_range eventfd eventfd_read eventfd_write lockf openpty posix_openpt"),
    **unknown("grantpt ptsname unlockpt login_tty timerfd_create timerfd_gettime timerfd_settime"),
    **unknown("timerfd_gettime_ns timerfd_settime_ns setns unshare chroot"),
    **unknown("_exit abort kill killpg nice"),
    **asks("execv execve fork forkpty posix_spawn posix_spawnp system", Request.START_PROCESS),
    **unknown("wait wait3 wait4 waitid waitpid initgroups sched_setaffinity"),
    **unknown("sched_setparam sched_setscheduler setegid seteuid setgid setgroups setpgid setpgrp"),
    **unknown("setpriority setregid setresgid setresuid setreuid setsid setuid tcsetpgrp"),
    **unknown("DirEntry"),
}
FILES: Table = {
    "posix": POSIX,
    "_posixsubprocess": asks("fork_exec", Request.START_PROCESS),
    "posix.DirEntry": {
        **each("is_dir is_file is_junction is_symlink stat inode", READ_OUTSIDE, WRITE_SELF),
        **each("__fspath__ __repr__ __class_getitem__"),
    },
    "posix.ScandirIterator": {
        **each("__next__", NEXT_OF_SELF, READ_OUTSIDE),
        **each("__exit__ close __del__", LOOSELY_WRITE_SELF, READ_OUTSIDE),
        **each("__enter__ __iter__"),
    },
    "_stat": each(
        "S_IFMT S_IMODE S_ISBLK S_ISCHR S_ISDIR S_ISDOOR S_ISFIFO S_ISLNK S_ISPORT S_ISREG S_ISSOCK"
        " S_ISWHT filemode",
        ARGUMENTS,
    ),
}
OPENING: Named = {
    **each("open open_code", WRITE_OUTSIDE, ARGUMENTS, CALLS_KEYWORDS),
    **each("text_encoding"),
}
ASKS_FILE = "isatty readable seekable writable fileno"
WITH_STATE: Named = {
    **each("__getstate__ __reduce__ __reduce_ex__"),  # they only raise
    **each("__repr__", LOOSELY_READ_SELF),
}
# Its lock is held from the first to the last access.
BUFFERED: Named = {
    **WITH_STATE,
    **each("close detach flush seek tell truncate __init__", LOOSELY_WRITE_SELF, WRITE_OUTSIDE),
    **each("isatty seekable fileno", LOOSELY_READ_SELF, READ_OUTSIDE),
    **each("__sizeof__", LOOSELY_READ_SELF),
    **each("_dealloc_warn __new__"),
}
BUFFERED_READER: Named = {
    **each("peek read read1 readline __next__ readable", LOOSELY_WRITE_SELF, WRITE_OUTSIDE),
    **each("readinto readinto1", LOOSELY_WRITE_SELF, FILLS_ARGUMENT, WRITE_OUTSIDE),
}
BUFFERED_WRITER: Named = {
    **each("write writable", LOOSELY_WRITE_SELF, ARGUMENTS, WRITE_OUTSIDE),
}
STREAMS: Table = {
    "_io": {
        **OPENING,
        **each("BytesIO StringIO IncrementalNewlineDecoder", ARGUMENTS),
        **each("BufferedReader BufferedWriter BufferedRandom BufferedRWPair"),
        **each("TextIOWrapper _IOBase _RawIOBase _BufferedIOBase _TextIOBase"),
        **each("FileIO", WRITE_OUTSIDE, CALLS_KEYWORDS),
        **unknown("_BytesIOBuffer"),
    },
    "io": OPENING,
    "_io._IOBase": {
        **each("__enter__ __iter__ _checkClosed _checkReadable _checkSeekable", LOOSELY_READ_SELF),
        **each(f"_checkWritable {ASKS_FILE}", LOOSELY_READ_SELF),
        **each("__exit__ close flush __del__ truncate seek tell", LOOSELY_WRITE_SELF),
        **each("__next__ readline readlines", LOOSELY_WRITE_SELF),
        **each("writelines", LOOSELY_WRITE_SELF, ITERATES, ARGUMENTS),
        **each("__new__"),
    },
    "_io._RawIOBase": {
        **each("read readall write", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("readinto", LOOSELY_WRITE_SELF, FILLS_ARGUMENT),
    },
    "_io._BufferedIOBase": {
        **each("detach read read1 write", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("readinto readinto1", LOOSELY_WRITE_SELF, FILLS_ARGUMENT),
    },
    "_io._TextIOBase": each("detach read readline write", LOOSELY_WRITE_SELF, ARGUMENTS),
    "_io.BytesIO": {
        **each("read read1 readline readlines seek truncate close", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("readinto", LOOSELY_WRITE_SELF, FILLS_ARGUMENT),
        **each("write __init__ __setstate__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("writelines", LOOSELY_WRITE_SELF, ITERATES, ARGUMENTS),
        **each("__next__ getbuffer", LOOSELY_WRITE_SELF),
        **each("getvalue", LOOSELY_WRITE_SELF),  # cuts what it shares to its size
        **each("tell __getstate__ __sizeof__ flush isatty", LOOSELY_READ_SELF),
        **each("readable seekable writable", LOOSELY_READ_SELF),
        **each("__iter__ __new__"),
    },
    "_io.StringIO": {
        **each("read readline seek truncate close", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("write __init__ __setstate__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__next__ getvalue", LOOSELY_WRITE_SELF),  # joins what was written
        **each("tell __getstate__ readable seekable writable", LOOSELY_READ_SELF),
        **each("__new__"),
    },
    "_io._BytesIOBuffer": unknown("__buffer__ __release_buffer__"),
    "_io.IncrementalNewlineDecoder": {
        **each("decode reset setstate __init__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("getstate", LOOSELY_READ_SELF),
        **each("__new__"),
    },
    "_io.FileIO": {
        **WITH_STATE,
        **each("read readall seek truncate write", LOOSELY_READ_SELF, WRITE_OUTSIDE, ARGUMENTS),
        **each("readinto", LOOSELY_READ_SELF, FILLS_ARGUMENT, WRITE_OUTSIDE),
        **each("tell _isatty_open_only", LOOSELY_READ_SELF, READ_OUTSIDE),
        **each(ASKS_FILE, LOOSELY_READ_SELF, READ_OUTSIDE),
        **each("close __init__", LOOSELY_WRITE_SELF, WRITE_OUTSIDE, CALLS_ARGUMENTS),
        **each("_dealloc_warn __new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "_io.BufferedReader": {**BUFFERED, **BUFFERED_READER},
    "_io.BufferedWriter": {**BUFFERED, **BUFFERED_WRITER},
    "_io.BufferedRandom": {**BUFFERED, **BUFFERED_READER, **BUFFERED_WRITER},
    "_io.BufferedRWPair": {
        **each("close flush peek read read1 __init__", LOOSELY_WRITE_SELF, WRITE_OUTSIDE),
        **each("readinto readinto1", LOOSELY_WRITE_SELF, FILLS_ARGUMENT, WRITE_OUTSIDE),
        **each("write", LOOSELY_WRITE_SELF, ARGUMENTS, WRITE_OUTSIDE),
        **each("isatty readable writable", LOOSELY_READ_SELF, READ_OUTSIDE),
        **each("__new__"),
    },
    "_io.TextIOWrapper": {
        **WITH_STATE,
        # What is written is complete before its buffer is asked to write.
        **each("write", LOOSELY_WRITE_SELF, ARGUMENTS, WRITE_OUTSIDE),
        **each("close detach flush reconfigure __init__", LOOSELY_WRITE_SELF, WRITE_OUTSIDE),
        **each("read readline seek tell truncate __next__", TORN_SELF, WRITE_OUTSIDE),
        **each(ASKS_FILE, LOOSELY_READ_SELF, READ_OUTSIDE),
        **each("__new__"),
    },
    "builtins.stderrprinter": {
        **each("close flush write", WRITE_OUTSIDE),
        **each("fileno isatty __repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
}
TABLE: Table = {**FILES, **STREAMS}
