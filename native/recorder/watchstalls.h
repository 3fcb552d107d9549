/* Holds that went on after others had waited for longer than the switch interval. */
#ifndef GILSCOPE_RECORDER_WATCHSTALLS_H
#define GILSCOPE_RECORDER_WATCHSTALLS_H

#include "watchtotals.h"

struct stall {
    uint64_t ns;      /* how long it went on after that */
    uint64_t hold_ns;
    uint64_t wait_ns; /* of all threads that waited meanwhile */
    uint32_t waiters;
};

/* Was the hold one, which ends now? By its holder. */
bool watchstalls_find(struct gil *gil, uint64_t release_ns, struct stall *stall);

/* --- those that are kept -------------------------------------------------------------------- */

#define KEPT_STALLS 8u
#define KEPT_FRAMES 32u
struct kept_frame {
    uint32_t line; /* 0: not known */
    char function[96], file[224]; /* their beginnings, if they are longer, of the file's name the end */
};
struct kept_stall {
    struct stall stall;
    uint64_t end_unix_ns;
    uint32_t number; /* of all that were kept, from 1 */
    uint32_t depth;  /* all frames, of which the innermost are kept */
    char thread[NAME_BYTES + 1];
    struct kept_frame frames[KEPT_FRAMES];
};

/* One that is as long as that is kept with its stack, once in a minute; 0: none is. */
void watchstalls_set_least(uint64_t least_ns);
void watchstalls_keep(struct gil *gil, PyThreadState *tstate, const struct stall *stall);
/* Copies one of the last that were kept, by its place; false: there is none. */
bool watchstalls_copy(uint32_t place, struct kept_stall *to);
void watchstalls_forget(void);
void watchstalls_after_fork(void);

#endif
