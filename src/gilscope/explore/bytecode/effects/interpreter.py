"""The interpreter's own settings and books, which lie outside of the program's objects.

What changes how the interpreter runs is unknown; that is why what only reads such a setting touches
nothing. Sources: Python/{sysmodule,_warnings}.c, Modules/{gc,signal,_locale,atexit,_abc}module.c.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    READ_OUTSIDE,
    SIZES,
    WRITE_OUTSIDE,
    Table,
    alike,
    each,
    unknown,
)

INTERPRETER: Table = {
    "sys": {
        **each("exit exc_info exception intern is_finalizing getdefaultencoding getdlopenflags"),
        **each("getfilesystemencodeerrors getfilesystemencoding get_int_max_str_digits"),
        **each("getprofile gettrace getrecursionlimit get_coroutine_origin_tracking_depth"),
        **each("get_asyncgen_hooks _getframe _getframemodulename _is_gil_enabled audit"),
        **each("_get_cpu_count_config is_remote_debug_enabled is_stack_trampoline_active"),
        **each("_is_interned _is_immortal getunicodeinternedsize"),
        **each("getsizeof", SIZES),
        **each("getswitchinterval", READ_OUTSIDE),
        # It changes when threads really switch, which explore decides here.
        **each("setswitchinterval", WRITE_OUTSIDE),
        **each("displayhook excepthook unraisablehook", ARGUMENTS, WRITE_OUTSIDE),
        **unknown("settrace setprofile _settraceallthreads _setprofileallthreads call_tracing"),
        **unknown("_current_frames _current_exceptions getrefcount getallocatedblocks"),
        **each("set_asyncgen_hooks"),  # the thread's own
        **unknown("setrecursionlimit set_coroutine_origin_tracking_depth"),
        **unknown("set_int_max_str_digits setdlopenflags addaudithook breakpointhook"),
        **unknown("activate_stack_trampoline deactivate_stack_trampoline remote_exec"),
        **unknown("_baserepl _clear_internal_caches _clear_type_cache _clear_type_descriptors"),
        **unknown("_debugmallocstats _dump_tracelets _getquickenedcount"),
        **unknown("get_lazy_imports get_lazy_imports_filter set_lazy_imports"),
        **unknown("set_lazy_imports_filter"),
    },
    "sys.legacy_event_handler": unknown("__call__"),
    "gc": {
        **each("isenabled get_debug get_threshold get_count is_finalized is_tracked", READ_OUTSIDE),
        **unknown("collect disable enable freeze unfreeze get_freeze_count get_objects"),
        **unknown("get_referents get_referrers get_stats set_debug set_threshold"),
    },
    "_signal": {
        **each("default_int_handler strsignal valid_signals"),
        **each("getsignal getitimer", READ_OUTSIDE),
        **unknown("alarm pause pidfd_send_signal pthread_kill pthread_sigmask raise_signal"),
        **each("set_wakeup_fd siginterrupt signal", WRITE_OUTSIDE),
        **unknown("setitimer sigpending sigtimedwait sigwait"),
        **unknown("sigwaitinfo"),
    },
    "_locale": {
        **each("getencoding localeconv nl_langinfo", READ_OUTSIDE),
        **each("strcoll strxfrm dcgettext dgettext gettext", READ_OUTSIDE, ARGUMENTS),
        **unknown("setlocale bind_textdomain_codeset bindtextdomain textdomain"),
    },
    "atexit": {
        **each("register unregister", WRITE_OUTSIDE, ARGUMENTS),
        **each("_ncallbacks", READ_OUTSIDE),
        **unknown("_clear _run_exitfuncs"),
    },
    # What was told once is remembered in the modules that it was told about.
    "_warnings": {
        **each("warn warn_explicit", WRITE_OUTSIDE, ARGUMENTS),
        **each("_filters_mutated _filters_mutated_lock_held", WRITE_OUTSIDE),
        **unknown("_acquire_lock _release_lock"),
    },
    # To register a class changes the answers about all classes below and above it.
    "_abc": {
        **each("_abc_init _abc_instancecheck _abc_subclasscheck get_cache_token"),
        **unknown("_abc_register _get_dump _reset_caches _reset_registry"),
    },
    "_abc._abc_data": each("__new__"),
    "_tracemalloc": {
        **each("is_tracing get_traceback_limit", READ_OUTSIDE),
        **unknown("_get_object_traceback _get_traces clear_traces get_traced_memory"),
        **unknown("get_tracemalloc_memory reset_peak start stop"),
    },
    "faulthandler": {
        **each("is_enabled", READ_OUTSIDE),
        **unknown("_fatal_error_c_thread _read_null _sigabrt _sigfpe _sigsegv _stack_overflow"),
        **unknown("cancel_dump_traceback_later disable dump_c_stack dump_traceback"),
        **unknown("dump_traceback_later enable register unregister"),
    },
    "_typing": each("_idfunc"),
    "_opcode": {
        **each("stack_effect has_arg has_const has_exc has_free has_jump has_local has_name"),
        **each("is_valid get_intrinsic1_descs get_intrinsic2_descs get_nb_ops"),
        **each("get_special_method_names"),
        **unknown("get_executor get_specialization_stats"),
    },
    # Each thread has a running loop of its own.
    "_asyncio": {
        **each("_get_running_loop get_running_loop _set_running_loop"),
        **unknown("_enter_task _leave_task _register_task _unregister_task _swap_current_task"),
        **unknown("_register_eager_task _unregister_eager_task all_tasks current_task"),
        # Without a running loop they ask the policy, which is Python code. The second may warn.
        **each("get_event_loop"),
        **each("_get_event_loop", WRITE_OUTSIDE),
        **unknown("future_add_to_awaited_by future_discard_from_awaited_by Future Task"),
    },
    "_asyncio.Future": {
        **each("__await__ __iter__ __class_getitem__ __new__ get_loop"),
        **unknown("__del__ __init__ __repr__ _make_cancelled_error add_done_callback cancel"),
        **unknown("cancelled done exception remove_done_callback result set_exception set_result"),
    },
    "_asyncio.Task": unknown(
        "__await__ __class_getitem__ __del__ __init__ __iter__ __new__ __repr__ get_context"
        " _make_cancelled_error add_done_callback cancel cancelled cancelling done exception"
        " get_coro get_name get_stack print_stack remove_done_callback result set_exception"
        " set_name set_result uncancel"
    ),
    "_asyncio.FutureIter": unknown("__getattribute__ __iter__ __next__ close send throw"),
    **alike(
        "_asyncio.TaskStepMethWrapper builtins.TaskStepMethWrapper",
        unknown("__call__ __getattribute__"),
    ),
}
TABLE: Table = INTERPRETER
