/* What is merged: holds of one thread between which nothing happens that another thread waits for, and
 * no pause is long. Without the GIL, and with a core for each thread, that is exact: in which order a
 * thread runs and pauses does not matter to others as long as nobody waits for a moment in between. */
#include "predict/condense.h"

#include <math.h>

enum { NONE = -1 };

static int64_t longer_of(int64_t one, int64_t other) { return one > other ? one : other; }

static int bits_of(int64_t number) {
    int bits = 0;
    while (number > 1) {
        number >>= 1;
        bits++;
    }
    return bits;
}

static void add_moments(struct moments *moments, double held_ns, double off_ns) {
    moments->holds++;
    moments->held_ns += held_ns;
    moments->held_squared += held_ns * held_ns;
    moments->off_ns += off_ns;
    moments->off_squared += off_ns * off_ns;
}

void survey_add(const struct survey *survey, const struct holds *holds) {
    int64_t position = survey->so_far[0], before = survey->so_far[1];
    for (int64_t i = 0; i < holds->size; i++, position++) {
        int64_t thread = holds->thread[i];
        if (thread != before) survey->run[thread] = position;
        before = thread;
        survey->last[thread] = position;
        int64_t released_ns = survey->released_ns[thread];
        if (released_ns >= 0) {
            int64_t off_ns = holds->request_ns[i] - released_ns;
            int64_t wait_ns = holds->acquire_ns[i] - holds->request_ns[i];
            survey->waits[bits_of(wait_ns)]++;
            double held_ns = (double)(holds->release_ns[i] - holds->acquire_ns[i]);
            add_moments(&survey->moments[thread], held_ns, (double)off_ns);
        }
        survey->released_ns[thread] = holds->release_ns[i];
    }
    survey->so_far[0] = position;
    survey->so_far[1] = before;
}

/* --- what may be merged --------------------------------------------------------------------- */

/* Whether something happens to the thread from one moment to another, both included. */
static bool is_cut(const struct condensing *all, int64_t thread, int64_t from_ns, int64_t until_ns) {
    int64_t at = all->at_cut[thread], end = all->cuts[thread + 1];
    while (at < end && all->cut[at] < from_ns) at++;
    all->at_cut[thread] = at;
    return at < end && all->cut[at] <= until_ns;
}

static bool is_alone(const struct condensing *all, const struct holds *holds, int64_t i) {
    int64_t *at = &all->so_far[AT_ALONE], position = all->so_far[POSITION];
    while (*at < all->alone_count && all->alone[*at] < position) ++*at;
    if (*at < all->alone_count && all->alone[*at] == position) return true;
    if (all->site_flags[holds->site[i]] & SITE_ALONE) return true;
    return holds->release_ns[i] - holds->acquire_ns[i] > all->limits.patience_ns;
}

static bool may_join(const struct condensing *all, const struct holds *holds, int64_t i,
                     const struct row *row) {
    const struct limits *limits = &all->limits;
    return row->count < row->most_holds && holds->acquire_ns[i] - holds->request_ns[i] <= limits->wait_ns &&
           holds->request_ns[i] - row->release_ns <= limits->pause_ns &&
           holds->release_ns[i] - row->acquire_ns <= limits->span_ns &&
           row->held_ns + holds->held_ns[i] <= limits->held_ns;
}

/* --- merging -------------------------------------------------------------------------------- */

/* A number from 0 to 2 ** 32 - 1, always the same ones: xorshift64 (Marsaglia 2003). */
static uint64_t roll(int64_t *dice) {
    uint64_t number = (uint64_t)*dice;
    number ^= number << 13;
    number ^= number >> 7;
    number ^= number << 17;
    *dice = (int64_t)number;
    return number >> 32;
}

static void join(const struct condensing *all, const struct holds *holds, int64_t i, struct row *row) {
    int64_t acquire_ns = holds->acquire_ns[i], held_ns = holds->held_ns[i];
    row->waited_ns += acquire_ns - holds->request_ns[i];
    if (all->site_flags[row->site] & SITE_FORCED)
        row->waited_ns += holds->request_ns[i] - row->release_ns; /* it wanted to go on */
    int64_t free_ns = all->so_far[RELEASED_NS];
    if (holds->request_ns[i] < free_ns) row->handover_ns += acquire_ns - free_ns;
    row->held_ns += held_ns;
    row->count += holds->count[i];
    row->longest_ns = longer_of(row->longest_ns, held_ns);
    row->release_ns = holds->release_ns[i];
    row->site = holds->site[i];
    double chance = row->held_ns > 0 ? (double)held_ns / (double)row->held_ns : 1;
    if ((double)roll(&all->so_far[DICE]) >= chance * 4294967296.0) return;
    row->of_site = row->site;
    row->position = all->so_far[POSITION];
}

/* How many holds a row may have is drawn, so that rows vary as single holds do: threads that take turns
 * at equal lengths hardly wait for each other, and sums of many holds are more equal than these are.
 * On average it is the same for all threads: then waiting grows as holds do, for all of them. */
static int64_t draw_holds(const struct condensing *all, int64_t thread) {
    double chance = ((double)roll(&all->so_far[DICE]) + 1) / 4294967296.0;
    double spread = all->spread[thread];
    return (int64_t)((1 - spread - spread * log(chance)) * (double)all->limits.holds + 0.5);
}

static int64_t begin(const struct condensing *all, const struct holds *holds, int64_t i) {
    int64_t number = all->so_far[ROWS]++;
    all->rows[number] = (struct row){
        .index = holds->index[i],
        .request_ns = holds->request_ns[i],
        .acquire_ns = holds->acquire_ns[i],
        .release_ns = holds->release_ns[i],
        .thread = holds->thread[i],
        .site = holds->site[i],
        .of_site = holds->site[i],
        .held_ns = holds->held_ns[i],
        .count = holds->count[i],
        .longest_ns = holds->held_ns[i],
        .position = all->so_far[POSITION],
        .most_holds = draw_holds(all, holds->thread[i]),
        .held_before_ns = all->so_far[HELD_NS],
        .long_before = NONE,
    };
    return number;
}

/* --- holds that did not let go -------------------------------------------------------------- */

/* Somebody waited from then until now: which of the long holds before did not let go? */
static void note_wait(const struct condensing *all, int64_t request_ns) {
    for (int64_t at = all->so_far[LAST_LONG]; at != NONE; at = all->rows[at].long_before) {
        struct row *row = &all->rows[at];
        if (row->release_ns <= request_ns) return;
        int64_t waited_from_ns = longer_of(request_ns, row->acquire_ns);
        if (row->release_ns - waited_from_ns > all->limits.patience_ns) row->is_stalled = 1;
    }
}

static void note_long(const struct condensing *all, int64_t number) {
    struct row *row = &all->rows[number];
    if (row->release_ns - row->acquire_ns <= all->limits.patience_ns) return;
    row->long_before = all->so_far[LAST_LONG];
    all->so_far[LAST_LONG] = number;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* Return the row of a hold: one that is there, or a new one. */
static int64_t put(const struct condensing *all, const struct holds *holds, int64_t i) {
    int64_t thread = holds->thread[i], number = all->open[thread];
    bool alone = is_alone(all, holds, i);
    int64_t from_ns = number == NONE ? holds->request_ns[i] : all->rows[number].release_ns;
    bool cut = is_cut(all, thread, from_ns, holds->release_ns[i]);
    if (number != NONE && !alone && !cut && may_join(all, holds, i, &all->rows[number])) {
        join(all, holds, i, &all->rows[number]);
        return number;
    }
    number = begin(all, holds, i);
    if (cut && is_cut(all, thread, holds->acquire_ns[i], holds->release_ns[i])) alone = true;
    all->open[thread] = alone ? NONE : number;
    if (alone) note_long(all, number);
    return number;
}

bool condense(const struct condensing *all, const struct holds *holds, int64_t *row_of) {
    if (all->room - all->so_far[ROWS] < holds->size) return false;
    for (int64_t i = 0; i < holds->size; i++) {
        if (holds->request_ns[i] < holds->acquire_ns[i]) note_wait(all, holds->request_ns[i]);
        row_of[i] = put(all, holds, i);
        all->so_far[RELEASED_NS] = holds->release_ns[i];
        all->so_far[HELD_NS] += holds->held_ns[i];
        all->so_far[POSITION]++;
    }
    return true;
}
