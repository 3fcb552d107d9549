"""Modules and types of which nothing is modelled: each call of theirs is unknown, by its name."""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import each

# They wait, keep state in C, or reach into the interpreter.
UNKNOWN_MODULES = frozenset(
    each(
        "_ast _bz2 _ctypes _curses _dbm _elementtree _hmac _imp _interpchannels"
        " _interpqueues _interpreters _lsprof _lzma _multiprocessing _posixshmem"
        " _remote_debugging _sqlite3 _ssl _suggestions _symtable _sysconfig _tokenize"
        " _zstd compression.zstd concurrent.interpreters ctypes fcntl grp interpreters mmap"
        " pickle pwd pyexpat readline resource sqlite3 ssl syslog termios"
        " xml.etree.ElementTree"
    )
)
# Types that a program can hardly get at, and the other half of pickle.
UNKNOWN_TYPES = frozenset(
    each(
        "builtins.FrameLocalsProxy typing.ParamSpec"
        " typing.ParamSpecArgs typing.ParamSpecKwargs typing.TypeAliasType typing.TypeVar"
        " typing.TypeVarTuple builtins.InstructionSequence builtins.InterpreterID"
        " builtins.PyCapsule builtins.StgDict builtins.CArgObject builtins._RunningLoopHolder"
        " builtins._buffer_wrapper builtins.hamt builtins.hamt_array_node"
        " builtins.hamt_bitmap_node builtins.hamt_collision_node builtins.instancemethod"
        " builtins.items builtins.keys builtins.values builtins.lazy_import builtins.managedbuffer"
        " builtins.uop_executor _typing._ConstEvaluator"
        " _pickle.PicklerMemoProxy _pickle.Unpickler _pickle.UnpicklerMemoProxy"
    )
) | {"builtins.symtable entry"}

# They look at, or change, what no access stands for: unknown wherever other threads are.
EVERYWHERE = frozenset(
    each(
        "_abc._abc_register _abc._reset_registry _abc._reset_caches builtins.type.__subclasses__"
        " gc.collect gc.get_objects gc.get_referents gc.get_referrers sys._current_frames"
        " sys._current_exceptions"
    )
)
