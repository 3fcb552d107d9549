"""The tables that all threads of a Firefox profile share: strings, functions, frames, stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.export.stackrows import FOLDED, frame_name, source_name

if TYPE_CHECKING:
    from gilscope.trace import Frame, Trace

HOLDS, WAITS, LOCKS, IDLE, OTHER = range(5)  # positions in CATEGORIES
CATEGORIES = [
    {"name": "has the GIL", "color": "blue", "subcategories": ["Other"]},
    {"name": "waits for the GIL", "color": "red", "subcategories": ["Other"]},
    {"name": "waits for a lock", "color": "orange", "subcategories": ["Other"]},
    {"name": "waits: its purpose", "color": "transparent", "subcategories": ["Other"]},
    {"name": "Other", "color": "grey", "subcategories": ["Other"]},
]
MOST_STACKS = 300_000
ROOT = -1  # in the place of a caller


class Strings:
    """Numbers texts; each is written once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


class Tables:
    """Interns what samples refer to."""

    def __init__(self, most_stacks: int = MOST_STACKS) -> None:
        self.strings = Strings()
        self.folded = 0  # paths that had no room
        self._most = most_stacks
        self._sources: dict[str, int] = {}
        self._functions: dict[tuple[str, str], int] = {}
        self._frames: dict[tuple[int, int, int], int] = {}
        self._stacks: dict[tuple[int, int], int] = {}  # (caller, frame)
        self._prefix_offsets: list[int] = []
        self._of_path: dict[tuple[int, int, int], int] = {}

    def stack(self, process: int, trace: Trace, table: int, path_id: int) -> int:
        """Return the stack of a path; when there is no room for more, one that says so."""
        key = process, table, path_id
        if key not in self._of_path:
            self._of_path[key] = self._stack_of(key, trace)
        return self._of_path[key]

    def within(self, stack: int, label: str, category: int) -> int:
        """Return the stack of something that a stack does, and that is no function."""
        return self._push(stack, self._frame(label, "", 0, category))

    def _stack_of(self, key: tuple[int, int, int], trace: Trace) -> int:
        process, table, path_id = key
        paths = trace.paths(table)
        ids = list(paths.ids(path_id))
        if len(self._stacks) + len(ids) > self._most:
            self.folded += 1
            return self._push(ROOT, self._frame(FOLDED, "", 0, HOLDS))
        stack = ROOT
        for each in reversed(ids):
            known = self._of_path.get((process, table, each))
            if known is None:
                known = self._push(stack, self._frame_of(paths.frame(each)))
                self._of_path[process, table, each] = known
            stack = known
        return stack if ids else self._push(ROOT, self._frame_of(paths.frame(0)))

    def _push(self, caller: int, frame: int) -> int:
        number = self._stacks.setdefault((caller, frame), len(self._stacks))
        if number == len(self._prefix_offsets):
            self._prefix_offsets.append(0 if caller == ROOT else number - caller)
        return number

    def _frame_of(self, frame: Frame) -> int:
        return self._frame(frame_name(frame), source_name(frame.file), frame.line, HOLDS)

    def _frame(self, name: str, file: str, line: int, category: int) -> int:
        function = self._functions.setdefault((name, file), len(self._functions))
        if file:
            self._sources.setdefault(file, len(self._sources))
        return self._frames.setdefault((function, line, category), len(self._frames))

    def shared(self) -> dict[str, Any]:
        """Return the profile's `shared` tables; nothing is interned after that."""
        return {
            "stackTable": {
                "frame": [frame for _, frame in self._stacks],
                "prefixOffset": self._prefix_offsets,
                "length": len(self._stacks),
            },
            "frameTable": self._frame_table(),
            "funcTable": self._function_table(),
            "sources": self._source_table(),
            "resourceTable": _columns(0, name=None, host=None, type=None),
            "nativeSymbols": _columns(0, libIndex=0, address=0, name=0, functionSize=0),
            "sourceLocationTable": _columns(0, source=0, line=0, column=0),
            "stringArray": self.strings.texts,
        }

    def _frame_table(self) -> dict[str, Any]:
        frames = list(self._frames)
        return _columns(
            len(frames),
            func=[function for function, _, _ in frames],
            line=[line or None for _, line, _ in frames],
            category=[category for _, _, category in frames],
            address=-1,
            lib=-1,
            inlineDepth=0,
            subcategory=0,
            nativeSymbol=None,
            innerWindowID=0,
            column=None,
            originalLocation=None,
        )

    def _function_table(self) -> dict[str, Any]:
        functions = list(self._functions)
        return _columns(
            len(functions),
            name=[self.strings(name) for name, _ in functions],
            source=[self._sources.get(file) for _, file in functions],
            isJS=False,
            relevantForJS=False,
            resource=-1,
            lineNumber=None,
            columnNumber=None,
            originalLocation=None,
        )

    def _source_table(self) -> dict[str, Any]:
        files = list(self._sources)
        return _columns(
            len(files),
            filename=[self.strings(file) for file in files],
            id=None,
            startLine=1,
            startColumn=1,
            sourceMapURL=None,
            content=None,
        )


def _columns(length: int, **columns: Any) -> dict[str, Any]:
    """Make a table; a column that is no list has the same value in each row."""
    table = {
        name: values if isinstance(values, list) else [values] * length
        for name, values in columns.items()
    }
    return table | {"length": length}
