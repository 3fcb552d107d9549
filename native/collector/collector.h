/* The collector: drains the arena of one observed process into a trace file, samples what runs
 * inside holds that others wait for, and completes the file however the process ends. */
#ifndef GILSCOPE_COLLECTOR_H
#define GILSCOPE_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/arena.h"
#include "shared/format.h"

/* --- tracefile.c: the file ------------------------------------------------------------------ */

struct extent { /* the HOLDS chunk of a GIL that is being filled */
    uint64_t header_at, payload_at, capacity, used, rows;
};
struct tracefile {
    int fd;
    uint64_t size, limit; /* limit 0: none */
    uint64_t reserved;    /* the disk has room up to here */
    const char *stopped;  /* end_reason, once no more can be written */
    int error;            /* the errno behind it */
    struct extent *extents; /* by number of GIL */
    uint32_t extent_count;
};

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit);
/* Go on behind what another collector has written; false if the file is not whole up to there. */
bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, uint64_t bytes);
bool tracefile_chunk(struct tracefile *file, enum chunk_kind kind, uint32_t table,
                     const void *payload, uint64_t bytes);
/* `first`: which rows they are among all of this GIL; those that are in the file are left out. */
bool tracefile_holds(struct tracefile *file, uint32_t gil, uint64_t first,
                     const struct hold_row *rows, uint64_t count);
bool tracefile_last_hold(struct tracefile *file, uint32_t gil, const struct hold_row *row);
bool tracefile_was_deleted(struct tracefile *file);
void tracefile_trim(struct tracefile *file);

/* --- buffer.c ------------------------------------------------------------------------------- */

struct buffer {
    char *bytes;
    size_t used, room;
};
/* Room for `bytes` more at the end, zeroed and counted as used; exits if there is no memory. */
void *buffer_add(struct buffer *buffer, size_t bytes);

/* --- the process ---------------------------------------------------------------------------- */

struct collector {
    struct arena_header *arena; /* others write there: read once, check, and use the copy */
    int arena_fd;
    double sample_hz;           /* these were copied before there was a program */
    uint64_t max_size_bytes;
    struct frame_layout layout; /* checked */
    struct tracefile file;
    pid_t pid; /* 0 as long as it is not established */
    bool knows_threads; /* the program's thread ids are the same here */
    bool launched;
    bool executed; /* it has become another program */
    bool cannot_read; /* the program's memory: so it may have become another program unseen */
    int pidfd;
    int control; /* the launcher's end of a pipe, or -1 */
    uint64_t end_ns;
    int exit_status; /* INT_MIN: unknown */
    const char *sampler; /* "ok", "off" or why there is none */
    uint64_t samples;
};

/* A field that others may be writing, read a single time. */
#define once(field) (*(volatile __typeof__(field) *)&(field))

static inline bool is_ended(const struct collector *c) { return c->end_ns != 0; }
uint64_t collector_now_ns(const struct collector *c);

/* procfile.c */
/* False where it cannot be read, or is empty; then there is no text. */
__attribute__((format(printf, 3, 4))) bool proc_read(char *text, size_t room, const char *path, ...);
/* /proc/PID/stat from behind the name on; NULL if it cannot be read. */
const char *proc_stat(pid_t pid, char *text, size_t room);
/* mapping.c */
bool mapping_begin(struct collector *c, int fd);
struct thread_cell *cell_at(struct collector *c, uint32_t index);
char *segment_at(struct collector *c, uint32_t index);
void mapping_give_back(struct collector *c, uint32_t index);
/* identity.c */
void identity_show(struct collector *c);
void identity_answer(struct collector *c); /* to a recorder that waits to be known */
void identity_follow(struct collector *c); /* now and then: its credentials and namespace */
bool process_is_gone(struct collector *c);
/* progress.c */
void progress_mark(struct collector *c); /* the file is whole */
void progress_begin_segment(struct collector *c, uint32_t index, uint64_t drained);
void progress_end_segment(struct collector *c, uint32_t index, uint64_t drained);
void progress_begin_ending(struct collector *c);
bool progress_take_over(struct collector *c, int fd); /* from a collector that was killed */
/* drain.c */
void drain_take_over(struct collector *c);
void drain_logs(struct collector *c);
uint32_t path_of_site(uint32_t gil, uint32_t site);
/* threads.c */
uint32_t cells_used(const struct collector *c);
void drain_threads(struct collector *c, bool final);
void drain_cpu(struct collector *c);
/* children.c */
void children_begin(const struct collector *c);
void children_follow(const struct collector *c); /* each time that the house is kept */
/* CPU time that processes used which this one has started meanwhile; false: nobody can tell. */
bool children_cpu_ns(const struct collector *c, uint64_t *cpu_ns);
/* sample.c */
bool sample_contended(struct collector *c); /* false: nobody waits */
void drain_samples(struct collector *c);
/* remote.c */
bool remote_layout(struct collector *c); /* false: the arena's makes no sense */
uint32_t remote_path(struct collector *c, uint64_t tstate); /* 0: not readable */
void drain_remote(struct collector *c);
bool remote_read(struct collector *c, uint64_t address, void *into, size_t bytes);
/* jobs.c */
char jobs_state(pid_t pid); /* as in /proc/PID/stat; 0 if that cannot be read */
void jobs_hear(const char *line); /* from the launcher */
bool jobs_differ(void); /* the launcher is stopped, and the program is not */
void jobs_align(void);  /* to be called when all that the launcher has said is known */
/* ending.c */
void write_beginning(struct collector *c);
void write_ending(struct collector *c);

#endif
