/* Sum up turns of one thread that nobody waited for. What one look at the arena finds is summed up by
 * itself: nothing is kept in mind, so a collector that is killed loses nothing. */
#include "turns.h"

#include <stdbool.h>

#define MOST_PLACES 8u
/* A row of turns takes more than twice the room of a hold. */
#define WORTH_IT(holds, places) ((holds) >= 3 * (uint64_t)(places))

struct place {
    uint64_t held_ns, off_ns;
    uint32_t site, count, longest_hold_ns, longest_off_ns;
};

struct run {
    uint64_t length;
    uint32_t place_count, last; /* the place where the last of them ended */
    struct place places[MOST_PLACES];
};

static bool can_be_summed(const struct hold_row *hold) {
    return !(hold->thread & HOLD_STANDS_ALONE) && hold->request_ns == hold->acquire_ns &&
           hold->acquire_ns <= hold->release_ns && hold->release_ns - hold->acquire_ns <= TURN_MAX_NS;
}

static struct place *place_of(struct run *run, uint32_t site) {
    for (uint32_t i = 0; i < run->place_count; i++)
        if (run->places[i].site == site) return &run->places[i];
    if (run->place_count == MOST_PLACES) return NULL;
    run->places[run->place_count] = (struct place){.site = site};
    return &run->places[run->place_count++];
}

static void add_off(struct place *place, uint32_t off_ns) {
    place->off_ns += off_ns;
    if (off_ns > place->longest_off_ns) place->longest_off_ns = off_ns;
}

/* Where what the recorder says makes no sense, its rows stay as they are. */
static bool add(struct run *run, const struct hold_row *hold, const struct hold_row *before) {
    if (!can_be_summed(hold)) return false;
    if (before && (hold->thread != before->thread || hold->acquire_ns < before->release_ns)) return false;
    uint64_t off_ns = before ? hold->acquire_ns - before->release_ns : 0;
    if (off_ns > UINT32_MAX) return false;
    struct place *place = place_of(run, hold->site);
    if (!place) return false;
    uint32_t held_ns = (uint32_t)(hold->release_ns - hold->acquire_ns);
    place->count++;
    place->held_ns += held_ns;
    if (held_ns > place->longest_hold_ns) place->longest_hold_ns = held_ns;
    if (before) add_off(&run->places[run->last], (uint32_t)off_ns); /* it went by where the last one ended */
    run->last = (uint32_t)(place - run->places);
    run->length++;
    return true;
}

/* Return when the row ends, where the next begins. */
static uint64_t put_place(struct summed *summed, const struct place *place, uint32_t thread,
                          uint64_t begin_ns, struct turns_row next) {
    uint64_t end_ns = begin_ns + place->held_ns + place->off_ns;
    summed->rows[summed->row_count++] = (struct hold_row){.request_ns = begin_ns,
                                                          .acquire_ns = begin_ns,
                                                          .release_ns = end_ns,
                                                          .thread = thread,
                                                          .site = SITE_TURNS};
    next.held_ns = place->held_ns;
    next.count = place->count;
    next.site = place->site;
    next.longest_hold_ns = place->longest_hold_ns;
    next.longest_off_ns = place->longest_off_ns;
    summed->turns[summed->turns_count++] = next;
    return end_ns;
}

static void put_run(struct summed *summed, struct run *run, const struct hold_row *first, uint64_t first_hold,
                    uint64_t first_row) {
    struct place last = run->places[run->last];
    run->places[run->last] = run->places[run->place_count - 1];
    run->places[run->place_count - 1] = last;
    uint64_t begin_ns = first->acquire_ns;
    for (uint32_t i = 0; i < run->place_count; i++) {
        struct turns_row next = {.row = first_row + summed->row_count, .hold_row = first_hold};
        begin_ns = put_place(summed, &run->places[i], first->thread, begin_ns, next);
        first_hold += run->places[i].count;
    }
}

static struct run run_from(const struct hold_row *holds, uint64_t count) {
    struct run run = {0};
    struct hold_row before, hold;
    for (uint64_t i = 0; i < count; i++, before = hold) {
        hold = holds[i]; /* once: the recorder's memory may be written by others */
        if (!add(&run, &hold, i ? &before : NULL)) break;
    }
    return run;
}

static void put_as_they_are(struct summed *summed, const struct hold_row *holds, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        struct hold_row *row = &summed->rows[summed->row_count++];
        *row = holds[i];
        row->thread &= ~HOLD_STANDS_ALONE;
    }
}

void turns_sum_up(struct summed *summed, const struct hold_row *holds, uint64_t count, uint64_t first_hold,
                  uint64_t first_row) {
    summed->row_count = summed->turns_count = 0;
    for (uint64_t i = 0; i < count;) {
        struct run run = run_from(holds + i, count - i);
        uint64_t length = run.length ? run.length : 1;
        if (run.length && WORTH_IT(run.length, run.place_count))
            put_run(summed, &run, holds + i, first_hold + i, first_row);
        else put_as_they_are(summed, holds + i, length);
        i += length;
    }
}
