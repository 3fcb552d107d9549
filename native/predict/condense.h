/* Holds of a long recording, fewer of them: what a thread does in a row, without anybody who waits for
 * it to do just that, becomes one hold. */
#ifndef GILSCOPE_PREDICT_CONDENSE_H
#define GILSCOPE_PREDICT_CONDENSE_H

#include <stdbool.h>
#include <stdint.h>

/* Holds of one GIL, by time; `turns` of one row are `count` holds of `held_ns` together. */
struct holds {
    int64_t size;
    const int64_t *request_ns, *acquire_ns, *release_ns, *thread, *site, *held_ns, *count, *index;
};

struct moments;

/* Of all holds, to choose the limits by. `released_ns`, `last` and `run` are by thread. */
struct survey {
    int64_t threads; /* rows may name those up to here */
    int64_t *released_ns; /* when it let go last; -1: never */
    int64_t *last; /* its last hold: which of all */
    int64_t *run;  /* the hold with which it began to be the only one that has the GIL, until then */
    int64_t *waits; /* how many waits took at least 2 ** n ns, and not twice that */
    struct moments *moments; /* by thread */
    int64_t *so_far; /* how many holds there were, and who had the last */
};

/* Sums over holds, and over times off the GIL: by them, how much these vary. */
struct moments {
    double holds, held_ns, held_squared, off_ns, off_squared;
};

enum { WAITS = 64, SO_FAR = 2 };

void survey_add(const struct survey *survey, const struct holds *holds);

/* What is condensed: a row of the outcome. int64_t throughout, for it is an array of numpy's. */
struct row {
    int64_t index, request_ns, acquire_ns, release_ns, thread;
    int64_t site;    /* where it ended */
    int64_t of_site; /* where one of its holds ended, as likely as that is long */
    int64_t held_ns, count, longest_ns;
    int64_t waited_ns;   /* for the GIL, between its holds */
    int64_t handover_ns; /* of that, while nobody had it */
    int64_t is_stalled;  /* it did not let go for `patience_ns`, though another waited */
    int64_t position;    /* which of all holds ended at `of_site` */
    int64_t most_holds;  /* that it may have */
    int64_t held_before_ns; /* for how long threads had had the GIL until it began */
    int64_t long_before; /* the row before it that took longer than that; -1: none */
};

enum { COLUMNS = sizeof(struct row) / sizeof(int64_t) };

struct limits {
    int64_t holds;       /* of a row, on average: see draw_holds() */
    int64_t span_ns;     /* of a row, at the most */
    int64_t pause_ns;    /* of a time off the GIL within it */
    int64_t wait_ns;     /* of a wait for the GIL within it */
    int64_t held_ns;     /* of it, with the GIL */
    int64_t patience_ns; /* longer holds are rows of their own */
};

enum site_flag { SITE_FORCED = 1, SITE_ALONE = 2 };

/* What goes on from block to block. */
struct condensing {
    struct limits limits;
    int64_t threads, sites;
    const uint8_t *site_flags;
    /* Moments of thread t, from cut[cuts[t]] up to cut[cuts[t + 1]], at which no row may be merged. */
    const int64_t *cuts, *cut;
    int64_t cut_count;
    const int64_t *alone; /* which of all holds have a row of their own, ascending */
    int64_t alone_count;
    const double *spread; /* by thread: how much its rows vary, from 0 (not at all) to 1 (exponentially) */
    int64_t *open;  /* by thread: the row that it may add to; -1: none */
    int64_t *at_cut; /* by thread: its next cut */
    int64_t *so_far; /* see enum so_far */
    struct row *rows;
    int64_t room;
};

enum so_far { ROWS, POSITION, RELEASED_NS, HELD_NS, AT_ALONE, DICE, LAST_LONG, CONDENSING };

/* `row_of` gets the row of each hold. Returns false where there is no room for a row of each. */
bool condense(const struct condensing *condensing, const struct holds *holds, int64_t *row_of);

#endif
