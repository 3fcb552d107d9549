/* The arena: memory shared between the recorder, inside the observed program, and the collector,
 * a process of its own that drains it to the trace file and samples the program from outside.
 *
 * It is a memfd. The observed program therefore never writes to a disk (writeback can stall a
 * thread for tens of ms while it holds the GIL), has no thread more than without gilscope, and
 * whatever it wrote outlives its being killed.
 *
 *     header, GIL cells, segment table | thread cells | segments
 *
 * Records go into segments; a log (there are four for each GIL) is a chain of segments. The one
 * thread that holds the GIL writes; the collector reads up to `used_bytes`, and frees a segment
 * that is sealed and drained. The lowest free segment is taken first, so the few that are in use
 * stay in the cache. The file has its full length from the start, but no memory where nothing was
 * written; and each side maps thread cells and segments in blocks, as far as they are in use.
 *
 * Neither side trusts the other, which may be another user's: places and lengths are constants of
 * this header, not fields of the arena, and whatever else is read from it is copied once, and
 * checked where it counts something or leads somewhere.
 */
#ifndef GILSCOPE_ARENA_H
#define GILSCOPE_ARENA_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "format.h"

#define ARENA_MAGIC 0x37414e4552414753u /* "SGARENA7" */

#define THREAD_CELLS 65536u
#define GIL_CELLS 1024u
#define SEGMENTS 2048u
#define SEGMENT_BYTES (128u << 10)
#define CELLS_PER_BLOCK 1024u
#define SEGMENTS_PER_BLOCK 8u
#define META_BYTES 8192u
#define NAME_BYTES 168u
#define LOCK_WAITS 2u /* of a thread, one after another without a GIL between them */

/* Where the recorder stands. */
enum recorder_state {
    RECORDER_ABSENT = 0, /* nobody has claimed the arena */
    RECORDER_STARTING = 1, /* holds LOCK_RECORDER until the collector knows which process it is */
    RECORDER_RECORDING = 2,
    RECORDER_STOPPED = 3,
    RECORDER_FAILED = 4, /* `message` says why */
};

/* Why the recording ended; "exit" and "killed" are told apart by the collector. */
enum stop_reason {
    STOP_NONE = 0,
    STOP_ASKED = 1,    /* by the program, through the API */
    STOP_EXIT = 2,     /* the process ran its exit handlers */
    STOP_OVERFLOW = 3, /* no free segment or cell: the collector could not keep up */
    STOP_COMMAND = 4,  /* the collector said so */
    STOP_UNDRAINED = 5, /* the collector has ended, or does nothing */
};

/* Where things are in the observed interpreter, so that the collector can read stacks with
 * process_vm_readv whatever Python it is. Offsets in bytes. */
struct frame_layout {
    uint64_t code_type; /* address of PyCode_Type: what a code object's type must be */
    uint64_t long_type; /* of PyLong_Type */
    uint64_t method_type; /* of PyMethodDescr_Type */
    uint32_t tstate_frame;
    uint32_t tstate_indirect; /* offset of the frame behind the pointer at tstate_frame, plus 1;
                                 0 if tstate_frame holds the frame itself */
    uint32_t tstate_interpreter, interpreter_collecting; /* an int: its cyclic collector is at work */
    uint32_t tstate_thread; /* an unsigned long: the kernel's number of its thread */
    uint32_t frame_code, frame_instruction, frame_previous, frame_owner, frame_bytes;
    uint32_t shim_owner, generator_owner;
    uint32_t code_tag_mask;
    uint32_t object_type;
    uint32_t object_size; /* ob_size of a variable-sized object */
    uint32_t code_qualname, code_filename, code_firstlineno, code_linetable, code_bytecode;
    uint32_t code_firsttraceable; /* beyond the code's end: a frame of the interpreter's own */
    uint32_t code_localnames, code_locals, tuple_items;
    uint32_t frame_stackpointer; /* 0: what a frame's stack holds is not known from outside */
    uint32_t lock_word;          /* of a lock object: what its waiters wait for */
    uint32_t long_digit, long_tag_shift; /* the tag, at object_size, has its number of digits above that */
    uint32_t code_bytes;
    uint32_t bytes_data;
    uint32_t str_length, str_state, str_ascii_data, str_compact_data;
    uint32_t str_kind_mask, str_ascii_mask, str_compact_mask; /* of the 32 bits at str_state */
};

/* Whether a free-threaded interpreter runs with its GIL, as far as is known; others always do. */
enum gil_switch { GIL_ALWAYS_ON = 0, GIL_OFF = 1, GIL_ON = 2 };

enum cell_state { CELL_FREE = 0, CELL_CLAIMED = 1, CELL_LIVE = 2, CELL_ENDED = 3 };

/* What one thread is doing. Written by that thread (the name: while it holds a GIL). */
struct thread_cell {
    _Atomic uint32_t state; /* enum cell_state */
    uint32_t thread;
    int32_t tid;
    uint32_t flags; /* enum thread_flags of format.h */
    uint64_t start_ns;
    _Atomic uint64_t request_ns; /* asking since; 0 if it is not blocked */
    /* When it last gave up a GIL, as in the row of that hold, and its PyThreadState then. Both stay when it
     * has one again: a GIL knows its holder. Here, since what each release writes lies together. */
    _Atomic uint64_t released_ns;
    _Atomic uint64_t released_tstate;
    _Atomic uint32_t waiting_gil; /* the index of the GIL's cell, plus 1 */
    _Atomic uint32_t last_site; /* where it last gave up that GIL */
    _Atomic uint32_t name_version; /* odd while the name is being written */
    uint32_t name_bytes;
    uint64_t end_ns;
    uint64_t cpu_start_ns; /* of its CPU clock, when it was first seen */
    uint64_t cpu_ns;
    char name[NAME_BYTES];
    /* Its waits for locks that are not in a log yet: it needs the GIL to write them. The last of them
     * may still go on, and is LOCK_OPEN then. */
    _Atomic uint32_t lock_waits;
    uint32_t lock_gil; /* the number of the GIL that it had before */
    uint64_t lock_tstate; /* address of its PyThreadState, or 0 */
    struct lock_row locks[LOCK_WAITS];
} __attribute__((aligned(128)));

/* What one GIL is doing. Written by its holder, but for `waiters`. */
struct gil_cell {
    _Atomic uint32_t state; /* enum cell_state */
    uint32_t gil; /* 0, 1, 2, ... never reused */
    int64_t interpreter_id;
    uint64_t start_ns;
    uint64_t end_ns;
    _Atomic uint32_t holder; /* index of the thread's cell, plus 1; 0 if free */
    _Atomic uint32_t waiters;
    _Atomic uint64_t acquire_ns;
    _Atomic uint64_t request_ns;
    _Atomic uint64_t tstate; /* address of the holder's PyThreadState */
} __attribute__((aligned(128)));

enum segment_state { SEGMENT_FREE = 0, SEGMENT_OPEN = 1, SEGMENT_SEALED = 2 };
enum log_kind {
    LOG_HOLDS = 0,
    LOG_RESUMES = 1,
    LOG_DEFINITIONS = 2,
    LOG_LOCKS = 3,
    LOG_GUARDS = 4,
    LOG_KINDS = 5
};

struct segment_info {
    _Atomic uint32_t state; /* enum segment_state */
    uint16_t gil;
    uint16_t kind; /* enum log_kind */
    uint64_t sequence; /* position of this segment in its log */
    uint64_t first_row; /* LOG_HOLDS */
    _Atomic uint64_t used_bytes;
    _Atomic uint64_t drained_bytes; /* how many of them are in the file; by the collector */
} __attribute__((aligned(64)));

/* In a LOG_HOLDS segment, a bit of hold_row.thread: more is known of this hold than its times. It
 * waited, made others wait, was ended by force, has a resume_row, or its thread had another GIL before; so it is not summed up with its
 * neighbours (see turns_row in format.h). */
#define HOLD_STANDS_ALONE 0x80000000u

/* In a LOG_DEFINITIONS segment: a header before each entry, which is a chunk payload of format.h. */
struct definition_header {
    uint32_t kind; /* enum chunk_kind */
    uint32_t bytes; /* of the entry, a multiple of 8 */
};

/* How far the collector has got, for a successor that completes the file if it is killed. What it was
 * writing then is undone, and written again. */
struct progress {
    _Atomic uint32_t has_begun;
    _Atomic uint64_t samples;
    _Atomic uint32_t writing; /* the index of a segment that is on its way, plus 1; or WRITES_ENDING */
    uint64_t file_bytes_before, drained_before; /* as they were before that: how long the file was */
    uint64_t rows_before; /* of the holds of the GIL, if it is one of those */
};
#define WRITES_ENDING UINT32_MAX

/* What whoever made the arena has written; all else is zero then. */
struct arena_offer {
    uint64_t magic;
    struct clock_pair earlier; /* taken when the arena was made, */
    uint64_t earlier_unix_ns; /* and the time of day then */
    double sample_hz;
    uint64_t max_size_bytes; /* 0: no limit */
};

struct arena_header {
    struct arena_offer offer;

    /* written by the recorder */
    _Atomic uint32_t state __attribute__((aligned(64)));
    _Atomic uint32_t stop_reason;
    _Atomic uint32_t exit_status; /* that it has asked to end with, plus 1; 0: it has not */
    int32_t pid; /* as the program knows itself: in another namespace it is another process's */
    _Atomic uint32_t gil_count;
    _Atomic uint32_t cells_used; /* none at or above this index ever was */
    _Atomic uint32_t next_cell; /* where to look for a free one; the collector lowers it */
    uint64_t start_monotonic_ns, start_unix_ns;
    uint64_t end_ns;
    _Atomic uint64_t exec_ns; /* since when it is about to become another program, or 0 */
    _Atomic uint64_t switch_interval_ns; /* as it was last seen */
    uint64_t canary_address; /* of a variable in the program that holds canary; gone after exec */
    uint64_t canary;
    struct frame_layout layout;
    _Atomic uint32_t locks_recorded;
    _Atomic uint32_t gil_switch; /* enum gil_switch */
    uint32_t gil_module_bytes; /* 0: not known, or none */
    char gil_module[128]; /* the module that turned it on, in UTF-8 */
    struct clock clock __attribute__((aligned(64)));
    char message[256];
    char meta[META_BYTES];

    /* written by the collector */
    _Atomic uint32_t command __attribute__((aligned(64))); /* 1: stop recording */
    _Atomic uint32_t knows_recorder; /* futex: 1 when it has seen whose LOCK_RECORDER is */
    _Atomic uint32_t collector_done; /* futex: 1 when the file is complete */
    int32_t collector_pid;
    _Atomic uint32_t collector_alive; /* its thread id; the kernel marks it when that thread ends */
    _Atomic uint32_t beat; /* counts up while the collector gets on with its work */
    struct progress progress;
    _Atomic uint32_t asleep __attribute__((aligned(64))); /* the collector waits on `wake` */
    _Atomic uint32_t wake; /* futex */

    struct gil_cell gils[GIL_CELLS];
    struct segment_info table[SEGMENTS];
};

/* Bytes of the file that the two lock (fcntl): who has a lock is known to the kernel, and so cannot
 * be mistaken, whatever namespaces they live in. */
#define LOCK_COLLECTOR 0
#define LOCK_RECORDER 1

/* Where things are. Pages may have up to 64 KB. */
#define ARENA_PAGE 65536u
#define CELLS_AT (((uint64_t)sizeof(struct arena_header) + ARENA_PAGE - 1) & ~(uint64_t)(ARENA_PAGE - 1))
#define CELL_BLOCK_BYTES ((uint64_t)CELLS_PER_BLOCK * sizeof(struct thread_cell))
#define SEGMENTS_AT (CELLS_AT + THREAD_CELLS * (uint64_t)sizeof(struct thread_cell))
#define SEGMENT_BLOCK_BYTES ((uint64_t)SEGMENTS_PER_BLOCK * SEGMENT_BYTES)
#define ARENA_BYTES (SEGMENTS_AT + (uint64_t)SEGMENTS * SEGMENT_BYTES)
_Static_assert(CELL_BLOCK_BYTES % ARENA_PAGE == 0, "blocks of cells are mapped");

#endif
