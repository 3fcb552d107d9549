/* The trace file, byte by byte: the contract between a recording and everything that reads it.
 *
 * All integers are little-endian. All times are CLOCK_MONOTONIC nanoseconds since the recording
 * began ("start_monotonic_ns" in META). A file is one `file_header` followed by chunks:
 *
 *     file_header | chunk_header payload | chunk_header payload | ...
 *
 * Each recorded process has a collector, and all of them write into one file: ids, threads, GILs and
 * times are those of the process that a chunk belongs to. Whoever writes takes room at the end of
 * the file, by making it longer while it has a lock (fcntl) on its first byte, and fills it later: a
 * chunk is UNDONE until it is whole. A HOLDS chunk is an extent that is taken at its full capacity
 * and filled from the front; `used_bytes` in its header grows after the rows behind it are on their
 * way to disk. So whatever is cut off or never written, all else remains readable. A reader steps
 * from chunk to chunk with
 *
 *     payload  = header_offset + payload_skip
 *     next     = round_up(payload + capacity_bytes, 8)
 *
 * and, where a header is damaged, searches forward for the next CHUNK_MAGIC at a multiple of 8.
 * Unknown kinds are skipped; a new kind or a new field at the end of META needs no new version.
 */
#ifndef GILSCOPE_FORMAT_H
#define GILSCOPE_FORMAT_H

#include <stdint.h>

#include "shared/limited.h" /* rows of a file whose size is limited */

#define FILE_MAGIC "GILSCOPE"
#define FORMAT_VERSION 3u /* 2: no TURNS; 1: one process only, `process` was a reserved 0 */
#define CHUNK_MAGIC 0x4b4e4843u /* "CHNK" */

struct file_header {
    char magic[8];           /* FILE_MAGIC, without a terminating zero */
    uint32_t format_version; /* FORMAT_VERSION; a larger one means: a newer gilscope wrote this */
    uint32_t header_bytes;   /* where the first chunk starts; 64 */
    uint8_t reserved[48];
};

struct chunk_header {
    uint32_t magic; /* CHUNK_MAGIC */
    uint16_t kind;  /* enum chunk_kind */
    uint16_t table; /* whose ids the payload uses: the number of a GIL, SAMPLER_TABLE or GILLESS_TABLE */
    uint32_t payload_skip;   /* from the start of this header to the payload: 40, or up to the next
                                multiple of HOLDS_ALIGNMENT for HOLDS so that rows can be mapped */
    uint32_t process;        /* 0 for the first that was recorded; a number of its own for each that
                                joined, in the order in which they did. Its META says which it is */
    uint64_t capacity_bytes; /* the room that the payload takes in the file */
    uint64_t used_bytes;     /* how much of it is filled */
    uint64_t first_row;      /* HOLDS: index, among the rows of this GIL, of the first row. Others: 0,
                                or, where the size of the file is limited, a number that increases in
                                the order in which the chunks of a process were written */
};

/* Samples are written by the collector, which interns code and paths in a table of its own. */
#define SAMPLER_TABLE 0xffffu
#define GILLESS_TABLE 0xfffeu /* waits for locks of threads that had no GIL, and where they were */
#define HOLDS_ALIGNMENT 4096u
#define HOLDS_CAPACITY_MIN (4u << 10)
#define HOLDS_CAPACITY_MAX (4u << 20) /* each extent of a GIL doubles the last, up to this */
#define SLAB_BYTES_MIN (32u << 10)
#define SLAB_BYTES_MAX (4u << 20) /* each doubles the last, up to this, or a sixteenth of the limit */

enum chunk_kind {
    CHUNK_META = 1,   /* a UTF-8 JSON object; keys of later ones replace those of earlier ones */
    CHUNK_CODE = 2,   /* code_entry, each followed by its three byte strings, padded to 8 */
    CHUNK_PATH = 3,   /* path_row */
    CHUNK_SITE = 4,   /* site_row */
    CHUNK_HOLDS = 5,  /* hold_row, in the order of their time */
    CHUNK_RESUME = 6, /* resume_row, by increasing hold_row */
    CHUNK_SAMPLE = 7, /* sample_row, by increasing time */
    CHUNK_THREAD = 8, /* thread_entry, its name, padded to 8; later ones of a thread replace earlier ones */
    CHUNK_GIL = 9,    /* gil_row; later ones replace earlier ones of the same GIL */
    CHUNK_OPEN = 10,  /* open_row: who held and who waited when the recording ended */
    CHUNK_CPU = 11,   /* cpu_row, by increasing time */
    CHUNK_READY = 19, /* ready_row, by increasing time; none where the kernel does not say */
    CHUNK_TURNS = 13,  /* turns_row, by increasing row; before the rows that they belong to */
    CHUNK_LOCK = 14,   /* lock_row, in the order in which they were written */
    CHUNK_OPEN_LOCK = 15, /* lock_row, of waits that their threads did not live to write */
    CHUNK_LOOK = 24,   /* look_row, by increasing time */
    CHUNK_AWAY = 26,   /* away_row, see away.h: who let go of a GIL and never asked for it again */
    CHUNK_GUARD = 27,  /* guard_row, by time within each lock */
    CHUNK_UNDONE = 12, /* not whole, or taken back: to be passed over */
    CHUNK_TOTALS = 17, /* totals_head, totals_gil of each, totals_thread; the largest first_row counts */
    CHUNK_SLAB = 18,   /* slab_row: nothing for readers */
    CHUNK_NOW = 25,    /* see now.h: nothing for readers of a whole trace */
    CHUNK_PROCESS = 16, /* lines of JSON, of process 0: a process of the program that is not recorded */
};

/* Keys of a line of PROCESS: pid, parent_pid, begin_ns, end_ns (when it was last seen alive; both are
 * CLOCK_MONOTONIC, as start_monotonic_ns in META), ended, cpu_ns (by then), name (as the kernel has
 * it), executable (without its folder), command (its first arguments, cut), reason. Later lines replace
 * earlier ones of the same pid and begin_ns. Where there were too many: unlisted (how many, in all),
 * cpu_ns. A process that was recorded later may have lines, too.
 * Reasons: not-python, no-children (gilscope was to record the first alone), not-attached (the same, where
 * that was found running), other-implementation, 32-bit, option-S, option-I, option-E, environment (its own lacks GILSCOPE_DOOR), other-user (and
 * nothing else can be known), not-joined (gilscope is loaded there: C code forked it, or it could not
 * begin), no-gilscope (none within a second), not-yet (it will be, once it lets go of the GIL), unknown. */

/* Keys of META, all optional. At the beginning: python, implementation, clock, platform, executable,
 * argv, pid, parent_pid, began, host, host_clock (equal where CLOCK_MONOTONIC is the same), time_error_ns
 * (of start_unix_ns, at most; absent where nobody sets the clock), cpu_count, start_unix_ns, start_monotonic_ns, switch_interval_ns, free_threaded (the
 * build), gil_enabled (at that moment), gil_forced (free-threaded: PYTHON_GIL=1 or -X gil=1),
 * locks_recorded (false: its locks are not made of semaphores).
 * At the end: end_ns, end_reason, sample_hz, samples, sampler, switch_interval_ns, exit_status,
 * children_cpu_ns; and of a free-threaded build gil_enabled_at_end, and gil_enabled_by: the name of
 * the extension module whose import turned the GIL on, where that is known. record/cellnotes.py adds more. */

/* A code object. Its line numbers are resolved by the reader: `linetable` is co_linetable as
 * CPython 3.11+ stores it (Objects/locations.md in CPython). One of SAMPLER_TABLE whose file is "<gc>" stands
 * for the cyclic garbage collector: what was sampled while it was at work ends there. It has no lines. */
struct code_entry {
    uint32_t code_id; /* 1, 2, 3, ... within its table */
    uint32_t first_line;
    uint32_t qualname_bytes;
    uint32_t filename_bytes;
    uint32_t linetable_bytes;
    uint32_t reserved;
    /* qualname (UTF-8), filename (UTF-8, surrogateescape), linetable; padded to 8 together */
};

/* A call path is a node in a tree: its innermost frame, and the path of the caller. */
struct path_row {
    uint32_t path_id; /* 1, 2, 3, ... within its table; 0 is "no Python frame known" */
    uint32_t parent;  /* the caller's path, always a smaller id; 0 at the outermost known frame */
    uint32_t code_id;
    int32_t instruction; /* byte offset into co_code of the instruction being executed; -1 unknown */
};

/* How and where a hold ended. */
enum site_flags {
    SITE_FORCED = 1, /* another thread's drop request ended the hold */
    SITE_LEAF = 2,   /* the path was not walked beyond its innermost frame */
};
struct site_row {
    uint32_t site_id; /* 1, 2, 3, ... within its table; 0 is path 0, no flags */
    uint32_t path_id;
    uint32_t flags; /* enum site_flags */
    uint32_t reserved;
};

/* One hold: request_ns <= acquire_ns <= release_ns. A request that was granted without blocking
 * has request_ns == acquire_ns. After a forced release the next request counts from that release
 * (docs/explanation/how-recording-works.md: "Waits begin earlier than the request"). */
struct hold_row {
    uint64_t request_ns;
    uint64_t acquire_ns;
    uint64_t release_ns;
    uint32_t thread; /* as in thread_entry */
    uint32_t site;   /* as in site_row: where the GIL was released; or SITE_TURNS */
};

/* Many holds that one row of HOLDS stands for, as its site SITE_TURNS says: turns of one thread, one
 * after another, none longer than TURN_MAX_NS, which neither waited nor made others wait, which were
 * not ended by force, which have no resume_row, and between which the thread had no other GIL. The row reaches from the first acquire to the
 * last release. Sums and extremes are exact; when each of them began and ended is not kept. Where
 * turns at several places alternate, their time together is divided into a row for each place, which
 * is as long as what was held until a release there, and the time without the GIL after it, if one of
 * them followed;
 * the place where the last of them ended comes last. */
struct turns_row {
    uint64_t row;      /* index, among the rows of HOLDS of this GIL, of the one that stands for them */
    uint64_t hold_row; /* number of the first of them among all holds of this GIL */
    uint64_t held_ns;  /* all of them together; the rest of the row is time without the GIL */
    uint32_t count;
    uint32_t site;            /* where they ended */
    uint32_t longest_hold_ns; /* of one of them */
    uint32_t longest_off_ns;  /* between the end of one of these and the beginning of the next turn */
};
#define SITE_TURNS UINT32_MAX
#define TURN_MAX_NS 100000u

/* What preceded a hold, where there is more to say than hold_row can. */
struct resume_row {
    uint64_t hold_row;    /* number of the hold among all holds of this GIL, from 0 */
    uint64_t handover_ns; /* how long the thread was parked after its last, voluntary release */
    uint64_t off_cpu_ns;  /* CPU time used between that release and the request; UINT64_MAX: not known */
    uint32_t path_id;     /* where it waited, if it had to block, or was without the GIL for 1 ms */
    uint32_t reserved;
};

/* One wait for a lock, in which the thread was blocked: not for a GIL, but for what the interpreter
 * makes its locks, conditions, events, queues and joins of. It is written when the thread has the GIL
 * again, into the log of that GIL, and CHUNK_LOCK is in that order; at most `end_ns`, the moment when
 * the wait was over, comes before it.
 * What ends a wait is a post. The thread that posted had the lock until then, if it is a lock. A wait
 * that was interrupted by a signal goes on in a row of its own, and so does one from which the thread
 * was awakened only to find the lock taken by another (Python 3.13 and later). */
enum lock_result {
    LOCK_OPEN = 0, /* it still waited when the recording ended; end_ns is that end */
    LOCK_GOT = 1,  /* a post ended it */
    LOCK_TIMED_OUT = 2,
    LOCK_INTERRUPTED = 3, /* by a signal */
    LOCK_FAILED = 4,      /* the C library said anything else */
};
#define LOCK_FOREVER 128 /* beside a result: the wait had no timeout */
enum lock_flags {
    LOCK_SITE_IS_PATH = 1, /* `site` is a path of SAMPLER_TABLE: the collector looked */
    LOCK_STOPPED = 2,   /* the interpreter had stopped its threads; `waker` had asked for that */
    LOCK_STOPS = 4,     /* the thread has asked for that, and waits for the rest; `waker` was the last */
    LOCK_OF_OBJECT = 8, /* the one that each object has, which the interpreter takes for an operation */
    LOCK_OF_DICT = 16,  /* and that object is a dict, or of a class derived from it; */
    LOCK_OF_LIST = 32,  /* a list; */
    LOCK_OF_SET = 64,   /* a set or a frozenset */
    LOCK_OF_QUEUE = 48, /* without OF_OBJECT: what waits at a queue.SimpleQueue, which nobody has */
    LOCK_FOR_GC = 128,  /* STOPPED, STOPS: so that the cyclic collector can work */
};
struct lock_row {
    uint64_t lock; /* its address, which recurs when the lock is gone; 0 unknown */
    uint64_t begin_ns;
    uint64_t end_ns;
    uint64_t wake_ns; /* of the post that ended it, between the two; 0 unknown */
    uint32_t thread;
    uint32_t site;       /* where it waited, as in site_row; 0 unknown */
    uint32_t waker;      /* the thread that posted; 0 unknown */
    uint32_t waker_site; /* where, in the table of waker_gil; where it had no GIL, where it let go of it */
    uint32_t owner;      /* the thread that had the lock when the wait began; 0 unknown */
    uint16_t waker_gil;
    uint8_t result; /* enum lock_result, and perhaps LOCK_FOREVER */
    uint8_t flags;  /* enum lock_flags */
};

/* What ran inside a hold while somebody waited for it to end. */
struct sample_row {
    uint64_t time_ns;
    uint64_t acquire_ns; /* of the hold that the sample fell into */
    uint32_t thread;
    uint32_t path_id; /* in SAMPLER_TABLE */
    uint32_t gil;
    uint32_t waiters; /* threads blocked on this GIL at that moment */
};

/* What ran in a hold that had lasted for 20 ms, or that somebody waited for, every 20 ms; and see away.h. */
struct look_row {
    uint64_t time_ns;
    uint64_t acquire_ns; /* of the hold */
    uint64_t root; /* tells tasks: where the outermost frame of a coroutine or generator is; 0: none */
    uint32_t thread;
    uint32_t path_id; /* in SAMPLER_TABLE */
    uint32_t gil;
    uint32_t root_path; /* up to that frame */
    uint32_t behind;    /* callbacks that asyncio's loop has yet to call in this turn, after this one */
    uint32_t reserved;
};

enum thread_flags {
    THREAD_MAIN = 1,
    THREAD_ENDED = 2, /* end_ns is final */
};
struct thread_entry {
    uint32_t thread; /* 1, 2, 3, ... in order of first appearance; never reused */
    int32_t tid;     /* the kernel's id, which may recur */
    uint64_t start_ns;
    uint64_t end_ns; /* or when this entry was written */
    uint64_t cpu_ns; /* consumed since start_ns */
    uint32_t flags;  /* enum thread_flags */
    uint32_t name_bytes;
    /* name (UTF-8), padded to 8 */
};

struct gil_row {
    uint32_t gil; /* 0 is the main interpreter's */
    uint32_t reserved;
    int64_t interpreter_id;
    uint64_t start_ns;
    uint64_t end_ns; /* 0 while it exists */
};

enum open_state {
    OPEN_HOLDING = 1,
    OPEN_WAITING = 2,
};
struct open_row {
    uint32_t thread;
    uint32_t gil;
    uint32_t state;   /* enum open_state */
    uint32_t path_id; /* WAITING: where it waits; HOLDING: where it was last seen, or 0 */
    uint64_t request_ns;
    uint64_t acquire_ns; /* 0 while waiting */
};

struct cpu_row {
    uint64_t time_ns;
    uint64_t cpu_ns; /* since the thread's start_ns */
    uint32_t thread;
    uint32_t reserved;
};

/* How long a thread could have run, but no core was free for it. The kernel counts that when the thread
 * gets a core: a row may lack what goes on. A thread has a first row, and one for each change that was
 * seen; one of a long hold has more. They count from its beginning on; of a thread that was there
 * before the recording, from the first row on. */
struct ready_row {
    uint64_t time_ns;
    uint64_t ready_ns;
    uint32_t thread;
    uint32_t reserved;
};

#endif
