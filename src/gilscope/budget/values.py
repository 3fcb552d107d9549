"""The figures of a report, as far as they are known: exact ones, lower bounds, and doubts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.budget import names
from gilscope.budget.kinds import AMOUNTS, Kind, words
from gilscope.budget.outcome import Doubt, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INFINITE = math.inf
COMPLETE = frozenset({"exit", "stopped", "killed", "exec"})  # nothing was lost of these
_VERDICT_DOUBTS = {
    "empty": Reason.EMPTY,
    "failed": Reason.FAILED,
    "elsewhere": Reason.ELSEWHERE,
}
# About the recording, and not about what the program did.
_ALWAYS_KNOWN = words("schema run window whole collection warnings unlisted_processes processes")
_OF_GIL = words("gil threads groups blame victims pairs stalls stall_count open gc")
# Of threads without a GIL, this is known all the same.
_NOT_OF_GIL = words("thread name tid pid start_s cpu_s ready_s of_kernel function file line kind")
# Where the size of the trace was limited, these are of the end of the run: see run.rows_from_s.
_OF_END = words("blame victims pairs stalls stall_count loop gc locks without_gil")
_OF_END_TOO = words("handover_s wait_p50_s wait_p99_s waited_hold_s task timeline")
_OF_END_FACTS = words(
    "stall_wait_s stalled_s coreless_s stall_concentration loop_thread loop_wait_s task"
)
_LOW_ONLY = frozenset({Kind.SECONDS, Kind.NUMBER, Kind.BYTES})
_NO_SUMS = frozenset({"wait_p50_s", "wait_p99_s"})
# Lists that have the longest only: by what they are sorted, and how many rows they have at most.
_CUT = {
    "stalls[]": ("stall_s", 20),
    "loop.turns[]": ("blocked_s", 20),
    "loop.blocked[]": ("blocked_s", 20),
    "threads[].blocked[]": ("off_s", 8),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A number between `low` and `high`; or a text or a truth, None if it is not known."""

    low: float = -INFINITE
    high: float = INFINITE
    plain: str | bool | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, with those around it: by the names of the lists.

    `rest` stands for rows that the list lacks: how much its first `key` is at most is known.
    """

    around: Mapping[str, Any]
    doubt: Reason | None = None
    key: str = ""
    most: float = INFINITE

    @property
    def is_rest(self) -> bool:
        return self.doubt is not None


class Report:
    """A report as `json` has it. `is_damaged` if a part of its trace was lost."""

    def __init__(self, json: Mapping[str, Any], *, is_damaged: bool = False) -> None:
        self._json = json
        self._doubt = self._whole_doubt(is_damaged=is_damaged)

    # --- figures ---------------------------------------------------------------------------------

    def value(self, name: str, row: Row | None = None) -> Value:
        """Return a figure; of a list, that of a row."""
        kind = names.figures()[name]
        if row is not None and row.is_rest and names.list_of(name) in row.around:
            return self._of_rest(name, kind, row)
        plain = self._plain(name, row)
        reason = self._doubt_about(name, row)
        if plain is None:
            reason = reason or Reason.NULL
        if kind not in AMOUNTS:
            doubts = () if reason is None else (Doubt(name, reason),)
            return Value(plain=plain if reason is None else None, doubts=doubts)
        if reason is None:
            return Value(float(plain), float(plain))
        if plain is None or kind not in _LOW_ONLY or _leaf(name) in _NO_SUMS:
            return Value(doubts=(Doubt(name, reason),))
        return Value(float(plain), doubts=(Doubt(name, reason, float(plain)),))

    def has(self, name: str, row: Row | None = None) -> bool:
        """Whether a figure is known, and exact."""
        return not self.value(name, row).doubts

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a list, then one for what it lacks, if it lacks any."""
        yield from self._rows(name)

    # --- lists -----------------------------------------------------------------------------------

    def _rows(self, name: str) -> Iterator[Row]:
        outer = names.list_of(name[:-2])
        around: Iterator[Row] = iter((Row({}),)) if not outer else self._rows(outer)
        inner = name[len(outer) + 1 :] if outer else name
        for each in around:
            if each.is_rest:
                yield Row({**each.around, name: {}}, each.doubt)
                continue
            here = each.around[outer] if outer else self._json
            found = _walk(here, inner[:-2])
            if found is None:
                doubt = self._doubt_about(name, each) or Reason.NULL
                yield Row({**each.around, name: {}}, doubt)
                continue
            for row in found:
                yield Row({**each.around, name: row})
            yield from self._missing(name, each, found)

    def _missing(self, name: str, around: Row, rows: list[Any]) -> Iterator[Row]:
        """Yield a row for those that a list does not have."""
        doubt = self._doubt_about(name, around)
        if name == "processes[]" and self._json.get("unlisted_processes"):
            doubt = Reason.NOT_LISTED
        if doubt is not None:
            yield Row({**around.around, name: {}}, doubt)
        elif self._is_cut(name, rows):
            key = _CUT[name][0]
            most = rows[-1].get(key)
            bound = INFINITE if most is None else float(most)
            yield Row({**around.around, name: {}}, Reason.NOT_LISTED, f"{name}.{key}", bound)

    def _is_cut(self, name: str, rows: list[Any]) -> bool:
        if name == "stalls[]":
            return len(rows) < (self._json.get("stall_count") or 0)
        return name in _CUT and len(rows) >= _CUT[name][1]

    def _of_rest(self, name: str, kind: Kind, row: Row) -> Value:
        assert row.doubt is not None
        doubts = (Doubt(name, row.doubt),)
        if kind not in AMOUNTS:
            return Value(doubts=doubts)
        return Value(0.0, row.most if name == row.key else INFINITE, doubts=doubts)

    # --- doubts ----------------------------------------------------------------------------------

    def _plain(self, name: str, row: Row | None) -> Any:
        of = names.list_of(name)
        if not of:
            return _walk(self._json, name)
        assert row is not None
        here = row.around[of]
        return here if of == name else _walk(here, name[len(of) + 1 :])

    def _whole_doubt(self, *, is_damaged: bool) -> Reason | None:
        run = self._json["run"]
        if run["end_reason"] not in COMPLETE:
            return Reason.BROKE_OFF
        if is_damaged:
            return Reason.DAMAGED
        gathered = self._json.get("collection")
        if gathered is not None and (gathered["unread"] or gathered["incomplete"]):
            return Reason.INCOMPLETE
        return _VERDICT_DOUBTS.get(self._json["verdict"]["kind"])

    def _doubt_about(self, name: str, row: Row | None) -> Reason | None:
        root, leaf = name.partition(".")[0].removesuffix("[]"), _leaf(name)
        if root == "processes":
            return self._doubt_about_process(leaf, row)
        if root in _ALWAYS_KNOWN:
            return None
        if self._doubt is not None and not (
            name == "verdict.kind" and self._doubt in _VERDICT_DOUBTS.values()
        ):
            return self._doubt
        run = self._json["run"]
        if not run["gil_enabled"] and _is_of_gil(name, root, leaf):
            return Reason.NO_GIL
        if run["rows_from_s"] and _is_of_end(name, root):
            return Reason.END_ONLY
        return None

    def _doubt_about_process(self, leaf: str, row: Row | None) -> Reason | None:
        """What a process did is known to its end only; who it was, always."""
        process = row.around.get("processes[]", {}) if row is not None else {}
        is_over = process.get("end", "ended") in (*COMPLETE, "ended")
        is_sum = leaf.endswith("_s") or leaf == "threads"
        return None if is_over or not is_sum or leaf == "start_s" else Reason.BROKE_OFF


def _walk(here: Any, path: str) -> Any:
    """Follow names into objects; None where one of them is null, or missing."""
    for part in path.split("."):
        if not isinstance(here, dict):
            return None
        here = here.get(part.removesuffix("[]"))
    return here


def _leaf(name: str) -> str:
    return name.rpartition(".")[2].removesuffix("[]")


def _is_of_gil(name: str, root: str, leaf: str) -> bool:
    if name in ("threads[]", "groups[]"):  # they are there without a GIL, too
        return False
    return root in _OF_GIL and leaf not in _NOT_OF_GIL


def _is_of_end(name: str, root: str) -> bool:
    parts = {each.removesuffix("[]") for each in name.split(".")}
    if root == "verdict":
        return bool(parts & _OF_END_FACTS)
    return root in _OF_END or bool(parts & _OF_END_TOO)
