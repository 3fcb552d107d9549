"""Every figure that docs/reference/report-json.md names, and what it is: nothing heavy is imported.

A test compares them with that page, and their kinds with the values of a report.
"""

from __future__ import annotations

from functools import cache

from gilscope.budget.kinds import Kind, words

_LINE = "function file line"
_GIL = (
    "held_fraction contended_fraction wait_s acquires contended_acquires forced_releases handover_s"
)
_TIMELINE = "holding[]:share waiting[]:share computing[]:share asleep[]:share"
# By what they are in; a colon says what a figure is where its name does not.
_NAMES = {
    "": "schema wall_s stall_count unlisted_processes warnings[]:text",
    "window": "from_s to_s contended_fraction",
    "whole": "started_unix_s wall_s end_reason was_chosen:truth",
    "whole.rest": "kind contended_fraction held_fraction cpu_s",
    "windows[]": "from_s to_s contended_fraction",
    "run": "program python:text pid host started_unix_s end_reason gil_enabled:truth"
    " switch_interval_s sample_hz samples trace_bytes exit_status children_cpu_s recorded_cpu_s"
    " cores processes free_threaded:truth gil_enabled_at_end:truth gil_enabled_by:text"
    " gil_forced:truth rows_from_s",
    "run.sampler": "kind detail:text",
    "gil": _GIL,
    "verdict": "kind otherwise:text is_overruled:truth summary:text evidence:text advice[]:text",
    "verdict.facts": "cpu_s computing_s others_cpu_s others_work:truth others_unseen_s idle_hold_s"
    " machine_was_busy:truth wanted_cores turn_takers[] stall_wait_s stalled_s coreless_s"
    " stall_concentration:share convoy[] loop_thread loop_wait_s busy_s"
    " nobody_was_awake:truth",
    "verdict.facts.others[]": "program reason count cpu_s",
    "verdict.facts.task[]": _LINE,
    "verdict.facts.asleep": f"{_LINE} kind off_s longest_s threads times still:truth",
    "verdict.facts.asleep.inside": _LINE,
    "verdict.facts.asleep.also[]": _LINE,
    "verdict.facts.spin": f"{_LINE} asks:text thread:text caused_wait_s own_wait_s",
    "threads[]": "thread name tid start_s lifetime_s hold_s wait_s off_gil_s handover_s cpu_s"
    " computing_s of_kernel:truth ready_s acquires contended_acquires waited_hold_s longest_hold_s"
    " longest_wait_s wait_p50_s wait_p99_s pid",
    "threads[].task": _LINE,
    "threads[].timeline": _TIMELINE,
    "threads[].blocked[]": f"{_LINE} kind off_s times longest_s still:truth",
    "threads[].blocked[].inside": _LINE,
    "groups[]": "name threads[] hold_s wait_s longest_wait_s wait_p99_s",
    "groups[].task": _LINE,
    "groups[].timeline": _TIMELINE,
    "locks[]": "wait_s waits longest_wait_s purpose:truth",
    "locks[].waiter": _LINE,
    "locks[].owner": _LINE,
    "open_locks[]": f"thread:text since_s {_LINE} owner:text in_cycle:truth is_own:truth"
    " awaited:text is_stuck:truth"
    " purpose:truth",
    "gc": "pauses pause_s longest_s",
    "without_gil": "cores_used wait_s stopped_s ready_s paused_s",
    "without_gil.contended[]": f"{_LINE} kind wait_s waits longest_wait_s purpose:truth",
    "without_gil.contended[].ended_at": _LINE,
    "without_gil.stops[]": f"{_LINE} for_gc:truth pauses pause_s longest_s reach_s longest_reach_s"
    " stopped_s",
    "without_gil.stops[].last": _LINE,
    "without_gil.threads[]": "thread name lifetime_s cpu_s wait_s idle_s stopped_s ready_s",
    "loop": "thread:text times blocked_s longest_s delayed_s",
    "loop.blocked[]": f"thread:text {_LINE} kind blocked_s times longest_s",
    "loop.blocked[].callback": _LINE,
    "loop.blocked[].inside": _LINE,
    "loop.turns[]": f"thread:text from_s to_s blocked_s {_LINE}",
    "blame[]": f"{_LINE} caused_wait_s fraction line_source longest_stall_s pid",
    "blame[].inside": _LINE,
    "victims[]": f"{_LINE} wait_s waits longest_wait_s fraction pid",
    "victims[].inside": _LINE,
    "pairs[]": "culprit:text culprit_function culprit_file culprit_line victim:text wait_s",
    "stalls[]": f"start_s stall_s hold_s thread:text {_LINE} line_source waiters pid",
    "stalls[].inside": _LINE,
    "open[]": f"thread:text holding:truth since_s {_LINE}",
    "processes[]": "pid parent_pid host program began:text start_s wall_s end:text exit_status"
    " recorded:truth reason cpu_s hold_s wait_s threads",
    "processes[].gil": _GIL,
    "processes[].verdict": "kind summary:text evidence:text advice[]:text",
    "collection": "files trace_bytes hosts[]:text incomplete[]:text",
    "collection.alignment": "kind error_s",
    "collection.alignment.clocks[]": "hosts[]:text processes moved_s error_s",
    "collection.unread[]": "file reason",
    "prediction": "withheld:text replay_error:share wall_s parallelism",
    "prediction.rows[]": "scenario:text cores wall_s low_s high_s most_gain:share",
    "what_helps[]": "change:text switch_interval_s gain:share low:share high:share command:text",
    "what_helps[].line": _LINE,
}
_TEXTS = words(
    "function file kind program host name reason end_reason line_source culprit_function"
    " culprit_file"
)
_SUFFIXES = {"_s": Kind.SECONDS, "fraction": Kind.SHARE, "_bytes": Kind.BYTES}
# What a text may be, where that is a closed set; new ones come with new versions.
_VERDICTS = words(
    "uncontended deadlock cpu-full lock-bound idle cpu-bound stall busy-wait gc-pause convoy"
    " event-loop-starved event-loop-blocked no-gil scales stopped empty failed unclear elsewhere"
)
_ENDS = words(
    "exit stopped killed max-size disk-full write-error overflow undrained exec unfinished"
)
VALUES = {
    "verdict.kind": _VERDICTS,
    "verdict.otherwise": _VERDICTS,
    "processes[].verdict.kind": _VERDICTS,
    "run.end_reason": _ENDS,
    "whole.end_reason": _ENDS,
    "processes[].end": _ENDS | {"ended"},
    "blame[].line_source": frozenset({"sampled", "release"}),
    "stalls[].line_source": frozenset({"sampled", "release"}),
    "prediction.rows[].scenario": frozenset({"gil", "no-gil"}),
}


@cache
def figures() -> dict[str, Kind]:
    """Return all figures as the report's page names them, `threads[].wait_s`, and their kinds."""
    found = {}
    for owner, names in _NAMES.items():
        for each in names.split():
            name, _, told = each.partition(":")
            found[f"{owner}.{name}" if owner else name] = Kind(told) if told else _kind(name)
    return found


@cache
def lists() -> frozenset[str]:
    """Return all lists, inner ones too: `threads[]`, `threads[].blocked[]`."""
    found = set()
    for name in figures():
        parts = name.split(".")
        found |= {".".join(parts[: at + 1]) for at, part in enumerate(parts) if part.endswith("[]")}
    return frozenset(found)


def list_of(name: str) -> str:
    """Return the innermost list that a figure is of; "" if it is there once."""
    at = name.rfind("[]")
    return "" if at < 0 else name[: at + 2]


def plain(name: str) -> str:
    """A name as people may write it: without brackets."""
    return name.replace("[]", "")


def _kind(name: str) -> Kind:
    if name in _TEXTS:
        return Kind.TEXT
    return next((kind for end, kind in _SUFFIXES.items() if name.endswith(end)), Kind.NUMBER)
