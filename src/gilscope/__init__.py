"""What the GIL costs a Python program, what escaping it gains, and what breaks without it.

with gilscope.record("app.gil"): ...     record how threads use the GIL in this block
gilscope.watch().snapshot()              what it has cost so far, always on, without a file
gilscope.load("app.gil")                 read a recording as columns
gilscope.compare(function, args)         measure it in threads, processes, without the GIL, ...
gilscope.explore(test).result            find an order of its threads that fails, or prove none

The same from a shell, with reports: gilscope --help

(PYTEST_DONT_REWRITE: a recording imports this before pytest does, which pytest would warn of.)
"""

TYPE_CHECKING = False  # typing itself is too heavy for a module that observed programs import
if TYPE_CHECKING:
    from gilscope.compare import compare as compare
    from gilscope.explore import explore as explore
    from gilscope.record.session import record as record
    from gilscope.trace import load as load
    from gilscope.watch import watch as watch

    __version__: str

__all__ = ["__version__", "compare", "explore", "load", "record", "watch"]


def __getattr__(name: str) -> object:
    value: object
    if name == "record":
        from gilscope.record import session

        value = session.record
    elif name == "load":
        from gilscope.needs import require

        require("reading a recording", "numpy")
        from gilscope import trace

        value = trace.load
    elif name in ("compare", "explore"):
        import importlib

        value = getattr(importlib.import_module(f"gilscope.{name}"), name)
    elif name == "watch":  # the package, which can be called: its exporters are found through it
        import importlib

        value = importlib.import_module("gilscope.watch")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("gilscope")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def load_ipython_extension(shell: object) -> None:
    """What `%load_ext gilscope` calls: adds `%%gilscope`, which records a cell."""
    from gilscope.notebook import extension

    extension.load(shell)


def unload_ipython_extension(shell: object) -> None:
    """What `%unload_ext gilscope` calls."""
    from gilscope.notebook import extension

    extension.unload(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
