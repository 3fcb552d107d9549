"""The programs of tests/programs/explored and what gilscope explore must say about each."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "programs" / "explored"


@dataclass(frozen=True, slots=True)
class Case:
    """One test function and the answer to it."""

    module: str
    test: str
    verdict: str  # the value of a gilscope.explore.results.Verdict
    kinds: frozenset[str]  # values of Kind, any of which is right; empty unless found
    worlds: frozenset[str]  # where the bug exists: "gil", "free-threaded"; empty unless found
    has_builder: bool  # the module has a function that returns (workers, check)
    note: str = ""

    @property
    def builder(self) -> str:
        return self.test.removeprefix("test_")


FREE = frozenset({"free-threaded"})
BOTH = frozenset({"gil", "free-threaded"})
# Since 3.14 `with` enters by a CALL, after which the eval loop may switch; before, by BEFORE_WITH.
AFTER_ENTER = {True: BOTH, False: FREE}[sys.version_info >= (3, 14)]

ASSERTION = ("assertion",)
EXCEPTION = ("exception",)
DEADLOCK = ("deadlock",)
LIVELOCK = ("livelock",)
IN_THREAD = ("assertion", "exception")  # an AssertionError that is not raised by the test's thread

WITHOUT_BUILDERS = frozenset(
    {
        "alike",
        "daemons",
        "looks",
        "functions",
        "imports",
        "pools",
        "started_within",
        "timers",
        "seen_attributes",
        "seen_calls",
        "seen_items",
    }
)


def found(
    module: str, test: str, kinds: tuple[str, ...], worlds: frozenset[str] = BOTH, note: str = ""
) -> Case:
    has_builder = module not in WITHOUT_BUILDERS
    name = f"test_broken_{test}" if test else "test_broken"
    return Case(module, name, "found", frozenset(kinds), worlds, has_builder, note)


def seen(module: str, tests: str) -> tuple[Case, ...]:
    """Accesses of every kind, each of which another thread's change conflicts with."""
    return tuple(found(module, test, IN_THREAD) for test in tests.split())


def proven(module: str, *tests: str) -> tuple[Case, ...]:
    return tuple(fixed(module, test, "proven") for test in tests)


def fixed(module: str, test: str, verdict: str, note: str = "") -> Case:
    has_builder = module not in WITHOUT_BUILDERS
    name = f"test_fixed_{test}" if test else "test_fixed"
    return Case(module, name, verdict, frozenset(), frozenset(), has_builder, note)


CASES: tuple[Case, ...] = (
    found("aba", "", ASSERTION),
    *proven("aba", ""),
    found("alike", "join_between", ASSERTION),
    found("alike", "join_in_loop", ASSERTION),
    found("alike", "join_of_one", ASSERTION),
    found("alike", "join_by_another", ASSERTION),
    found("alike", "join_with_timeout", ASSERTION),
    found("alike", "is_alive", ASSERTION),
    found("alike", "ident", ASSERTION),
    found("alike", "current_thread", ASSERTION),
    found("alike", "name", ASSERTION),
    found("alike", "arguments", ASSERTION),
    found("alike", "closures", ASSERTION),
    found("alike", "subclass", ASSERTION),
    found("alike", "many", ASSERTION),
    *proven("alike", "many", "asleep", "waiting"),
    found("barriers", "missing", ASSERTION),
    found("barriers", "parties", DEADLOCK),
    found("barriers", "round", ASSERTION),
    *proven("barriers", "", "timeout"),
    found("bounded_buffer", "overflow", ("assertion", "deadlock")),
    found("bounded_buffer", "silent", DEADLOCK),
    found("bounded_buffer", "one_condition", DEADLOCK),
    found("bounded_buffer", "if", ASSERTION),
    *proven("bounded_buffer", "one_to_one", "two_producers", "two_consumers"),
    found("check_then_act", "claim", ASSERTION, FREE),
    found("check_then_act", "create", ASSERTION),
    found("check_then_act", "listeners", ASSERTION, FREE),
    found("check_then_act", "balance", ASSERTION, FREE),
    found("check_then_act", "withdraw", ASSERTION),
    *proven("check_then_act", "claim", "create", "listeners", "withdraw"),
    found("containers", "append_index", ASSERTION),
    found(
        "containers",
        "append_len",
        ASSERTION,
        note="with the GIL in cold code only: specialised calls of append and len do not switch",
    ),
    found("containers", "delete", EXCEPTION, FREE),
    found("containers", "get_delete", IN_THREAD),
    found("containers", "pop", EXCEPTION, FREE),
    found("containers", "remove", EXCEPTION, FREE),
    *proven("containers", "append_index", "delete", "get_delete", "pop", "remove", "append"),
    found("daemons", "after_one_wait", IN_THREAD),
    found("daemons", "waited_for", ASSERTION),
    *proven("daemons", "polling", "two"),
    *seen("functions", "name doc module repr shown_in_list shown_method shown_partial"),
    *seen("functions", "wrong_call wrong_callback property static_method thread annotations"),
    *seen("functions", "partial_argument spread spread_source own_new"),
    *proven("functions", "wraps", "names_under_lock", "spread", "own_new"),
    fixed("functions", "generator_name", "not proven"),
    fixed("functions", "defaults", "not proven"),
    *seen("imports", "import import_from import_module dunder_import dunder_import_from"),
    *proven("imports", "under_lock", "import"),
    fixed("imports", "new_module", "not proven"),
    found("generators", "", EXCEPTION, note="ValueError: generator already executing"),
    found("generators", "ids", ASSERTION, FREE),
    found("generators", "slices", ASSERTION, FREE),
    *proven("generators", "", "own", "ids", "slices", "count"),
    found("guarded", "released_by_another", ASSERTION),
    found("guarded", "wrong_arguments", ASSERTION),
    found("guarded", "left_early", ASSERTION),
    found("guarded", "chain", ASSERTION),
    found("guarded", "waits_within", ASSERTION),
    found("guarded", "released_in_callback", EXCEPTION, note="ValueError: modified during sort"),
    found("guarded", "try", ASSERTION),
    found("guarded", "try_and_keep", ASSERTION),
    *proven("guarded", "handed_over", "within_two", "try"),
    found("handed_on", "after_put", ASSERTION),
    found("handed_on", "if_empty", ASSERTION),
    found("handed_on", "by_another_queue", ASSERTION),
    found("handed_on", "back_and_forth", ASSERTION),
    found("handed_on", "flag", ASSERTION),
    found("handed_on", "after_release", ASSERTION),
    found("handed_on", "timeout", ASSERTION),
    found("handed_on", "own_locks", ASSERTION),
    found("handed_on", "order_when_late", DEADLOCK),
    found("handed_on", "lock_in_lock", ASSERTION),
    found("handed_on", "given_up_within", ASSERTION),
    found("handed_on", "wrong_again", ASSERTION),
    found("handed_on", "tries_own", ASSERTION),
    found("handed_on", "tries_own_by_position", ASSERTION),
    found("handed_on", "looked_at", ASSERTION),
    found("handed_on", "held_while_time_passes", ASSERTION),
    found("handed_on", "late_in_vain", ASSERTION),
    found("handed_on", "late_item", ASSERTION),
    *proven("handed_on", "in_a_queue", "flag", "own_locks", "held_while_time_passes"),
    found("iteration", "dict", EXCEPTION),
    found("iteration", "items", EXCEPTION),
    found("iteration", "generator", EXCEPTION),
    found("iteration", "set", EXCEPTION),
    found("iteration", "list", ASSERTION),
    *proven("iteration", "dict", "dict_copy", "replace", "list"),
    found("lazy", "singleton", ASSERTION),
    found("lazy", "global", ASSERTION),
    found("lazy", "hasattr", ASSERTION),
    found("lazy", "double_checked", ASSERTION),
    found("lazy", "half_made", ASSERTION),
    *proven("lazy", "singleton", "eager", "double_checked"),
    found("livelock", "never_set", LIVELOCK, note="in every schedule"),
    found("livelock", "missed", LIVELOCK),
    found("livelock", "backoff", ASSERTION),
    found("livelock", "backoff_forever", LIVELOCK, note="only if two threads stay in lockstep"),
    *proven("livelock", "backoff", "event"),
    fixed("livelock", "spin", "not proven", "endless under an unfair schedule, and only there"),
    found("lock_left_held", "", DEADLOCK),
    found("lock_left_held", "return", DEADLOCK),
    found("lock_left_held", "raise", ("deadlock", "exception")),
    *proven("lock_left_held", "", "finally"),
    found("looks", "order_of_a_log", ASSERTION),
    found("looks", "newest_wins", ASSERTION),
    found("looks", "version", ASSERTION),
    found("looks", "started_before", ASSERTION),
    *proven("looks", "order_of_a_log", "newest_wins", "version", "joined_before"),
    *proven("looks", "each_its_own_time", "numbered_log"),
    found("lock_order", "two", DEADLOCK),
    found("lock_order", "with", DEADLOCK, AFTER_ENTER),
    found("lock_order", "three", DEADLOCK),
    found("lock_order", "bank", DEADLOCK),
    found("lock_order", "audit", ASSERTION),
    *proven("lock_order", "two", "three", "timeout", "bank", "audit"),
    found("lost_item_updates", "list_item", ASSERTION, FREE),
    found("lost_item_updates", "dict_item", ASSERTION, FREE),
    found("lost_item_updates", "defaultdict", ASSERTION, FREE),
    found("lost_item_updates", "object_in_list", ASSERTION, FREE),
    *proven("lost_item_updates", "list_item", "dict_item", "object_in_list"),
    found("lost_updates", "attribute", ASSERTION, FREE),
    found("lost_updates", "slot", ASSERTION, FREE),
    found("lost_updates", "global", ASSERTION, FREE),
    found("lost_updates", "cell", ASSERTION, FREE),
    found("lost_updates", "class_attribute", ASSERTION, FREE),
    found("lost_updates", "wrong_lock", ASSERTION, FREE),
    *proven("lost_updates", "attribute", "slot", "global", "cell", "class_attribute"),
    found("lost_updates_by_call", "function", ASSERTION),
    found("lost_updates_by_call", "dict_get", ASSERTION),
    found("lost_updates_by_call", "int", ASSERTION),
    found("lost_updates_by_call", "max", ASSERTION),
    found("lost_updates_by_call", "property", ASSERTION),
    found("lost_updates_by_call", "own_item", ASSERTION),
    found(
        "lost_updates_by_call",
        "missing",
        ASSERTION,
        note="with the GIL the only switch is in Counter.__missing__, which is library code",
    ),
    found("lost_updates_by_call", "two_sections", ASSERTION),
    *proven("lost_updates_by_call", "function", "contextmanager", "dict_get", "property"),
    *proven("lost_updates_by_call", "two_sections"),
    found("lost_wakeups", "condition", DEADLOCK),
    found("lost_wakeups", "flag_outside", DEADLOCK),
    found("lost_wakeups", "set_outside", DEADLOCK),
    found("lost_wakeups", "event", DEADLOCK),
    found("lost_wakeups", "notify_one", DEADLOCK),
    found("lost_wakeups", "if", EXCEPTION),
    *proven("lost_wakeups", "condition", "wait_for", "timeout", "event", "notify_all", "while"),
    found("meanwhile", "store", ASSERTION),
    found("meanwhile", "setdefault", ASSERTION),
    found("meanwhile", "add", ASSERTION),
    found("meanwhile", "delete", ASSERTION),
    found("meanwhile", "compare", ASSERTION),
    found("meanwhile", "step", ASSERTION),
    found("memo", "memo", ASSERTION),
    found("memo", "cached_property", ASSERTION),
    found("memo", "lru_cache", ASSERTION, note="the switch is in Python that C has called"),
    *proven("memo", "memo", "idempotent"),
    found("modelled", "named_tuple", ASSERTION),
    found("modelled", "one_mock", ASSERTION),
    *proven("modelled", "named_tuple", "new_mocks", "compile", "search_deque"),
    found("modelled", "search_deque", ASSERTION, FREE),
    found("modelled", "remove_from_deque", EXCEPTION),
    found("modelled", "truth", ASSERTION),
    fixed("modelled", "search_deque_for_others", "not proven"),
    found("pools", "counter", ASSERTION),
    found("pools", "counter_in_place", ASSERTION, FREE),
    found("pools", "nested", DEADLOCK, note="in every schedule"),
    found("pools", "not_waited_for", ASSERTION),
    found("pools", "as_completed_in_order", ASSERTION),
    *proven("pools", "as_completed", "counter", "map", "one_worker"),
    fixed("pools", "left_open", "not proven", note="its workers look for it by a weak reference"),
    found("publication", "fields", ASSERTION, FREE),
    found("publication", "constructor", EXCEPTION),
    found("publication", "flag", ASSERTION, FREE),
    found("publication", "event", ASSERTION),
    found("publication", "torn", ASSERTION, FREE),
    found("publication", "flags", ASSERTION, FREE),
    *proven("publication", "fields", "constructor", "flag", "event", "torn", "flags"),
    found("queues", "empty", EXCEPTION),
    found("queues", "qsize", DEADLOCK),
    found("queues", "simple_empty", DEADLOCK),
    found("queues", "order", ASSERTION),
    found("queues", "task_done", DEADLOCK, note="in every schedule"),
    *proven("queues", "nowait", "timeout", "queue", "bounded", "simple", "task_done", "priority"),
    found("readers_writers", "unlocked", ASSERTION),
    found("readers_writers", "uncounted", ("assertion", "deadlock", "exception")),
    *proven("readers_writers", "one", "two"),
    found("refcounts", "decref", ASSERTION, FREE),
    found("refcounts", "use", IN_THREAD),
    *proven("refcounts", "decref", "use"),
    *seen(
        "seen_attributes",
        "function_attribute cell_contents slot_alias vars getattr_dunder_dict class_dict "
        "aug_attr descr metaclass_attr simplenamespace setattr_builtin object_setattr "
        "class_counter global_delete builtins exec_namespace exec_name property_c "
        "getitem_alias attrgetter methodcaller exception_shared dataclass_eq "
        "namedtuple_list dir_base decimal_flags new_builtin context_of_exception "
        "traceback_by_throw simplenamespace_shown",
    ),
    *seen(
        "seen_calls",
        "partial map_c min_key_get reduce_iadd lru contains_eq hash_py sorted_key_method "
        "zip groupby filter_none dict_fromkeys join chain enumgen gen_shared "
        "shared_iterator_list json copy pickle heap stringio environ singledispatch "
        "contextmgr weakref weakdict print_to print_stdout length_hint catch_warnings",
    ),
    *seen(
        "seen_items",
        "matchmap matchseq dictview mappingproxy eq_nested fstring deep star unpack "
        "kwargs setslice inplace_or bytearray concat slice percent str_format ordered "
        "chainmap subclass_list_iter subclass_dict_init",
    ),
    found("self_deadlock", "", DEADLOCK, note="in every schedule"),
    found("self_deadlock", "rare", DEADLOCK),
    *proven("self_deadlock", "", "rare"),
    found("semaphores", "two", ASSERTION),
    found("semaphores", "zero", DEADLOCK, note="in every schedule"),
    found("semaphores", "release", EXCEPTION),
    *proven("semaphores", "mutex", "bounded", "signal", "release"),
    found("started_within", "unjoined", ASSERTION),
    found("started_within", "result", ASSERTION),
    found("started_within", "alive", ASSERTION),
    found("started_within", "join_holding", DEADLOCK, note="in every schedule"),
    found("started_within", "main_works_too", ASSERTION, FREE),
    *proven("started_within", "joined", "result", "join_holding", "main_works_too"),
    found("stopping", "close", ASSERTION),
    found("stopping", "close_marked_first", ASSERTION, FREE),
    found("stopping", "read", IN_THREAD),
    found("stopping", "stop", ASSERTION),
    *proven("stopping", "close", "read", "stop"),
    found("thread_locals", "global", ASSERTION),
    found("thread_locals", "shared_content", ASSERTION, note="in every schedule"),
    *proven("thread_locals", "local", "subclass"),
    found("timers", "cancel", ASSERTION),
    found("timers", "late", ASSERTION, note="in every schedule"),
    found("timers", "late_release", ASSERTION),
    found("timers", "late_join", ASSERTION),
    found("timers", "decided", ASSERTION, FREE),
    *proven("timers", "decided", "fires", "early", "polling"),
    found("try_locks", "ignored", IN_THREAD),
    found("try_locks", "skipped", ASSERTION),
    found("try_locks", "timeout", ASSERTION),
    *proven("try_locks", "blocking", "counted"),
)
