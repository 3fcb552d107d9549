/* Sums over all holds of a recording: per thread, and how long anybody waited. */
#include "totals.h"

#include "shared/spells.h"

#include <stdlib.h>
#include <string.h>

#define MOST_GILS SAMPLER_TABLE
#define MOST_THREADS (1u << 22) /* no program has had more */

#define MOST_SPELLS (1u << 16)

struct gil_totals {
    struct totals_gil sum;
    struct totals_thread *threads; /* in the order in which they first had it */
    uint32_t thread_count, thread_room;
    uint32_t *places; /* by a hash of their number: where they are in `threads`, plus 1; 0 is nowhere */
    uint32_t place_count; /* a power of two, more than twice as many */
    struct spells spells;
    uint8_t *is_forced; /* by site */
    uint32_t site_count;
};

/* At least `count` elements, those that are new all zeros. */
static void *grown(void *old, uint32_t *room, uint32_t count, size_t element) {
    uint32_t more = count + count / 2 + 16;
    char *larger = realloc(old, more * element);
    if (!larger) return NULL;
    memset(larger + *room * element, 0, (more - *room) * element);
    *room = more;
    return larger;
}

static struct gil_totals *of_gil(struct totals *totals, uint32_t gil) {
    if (gil >= MOST_GILS) return NULL;
    if (gil >= totals->gil_count) {
        struct gil_totals *larger = grown(totals->gils, &totals->gil_count, gil + 1, sizeof *larger);
        if (!larger) return NULL;
        totals->gils = larger;
    }
    totals->gils[gil].sum.gil = gil;
    return &totals->gils[gil];
}

/* Numbers come from the observed program, which may be hostile: they are no indices. */
static uint32_t *place_of(const struct gil_totals *gil, uint32_t thread) {
    uint32_t mask = gil->place_count - 1, at = thread * 2654435761u & mask;
    while (gil->places[at] && gil->threads[gil->places[at] - 1].thread != thread) at = (at + 1) & mask;
    return &gil->places[at];
}

static bool has_places(struct gil_totals *gil) {
    if (gil->place_count > 2 * (gil->thread_count + 1)) return true;
    uint32_t count = gil->place_count ? 2 * gil->place_count : 64;
    uint32_t *larger = calloc(count, sizeof *larger);
    if (!larger) return false;
    free(gil->places);
    gil->places = larger;
    gil->place_count = count;
    for (uint32_t i = 0; i < gil->thread_count; i++) *place_of(gil, gil->threads[i].thread) = i + 1;
    return true;
}

static struct totals_thread *of_thread(struct gil_totals *gil, uint32_t thread) {
    if (!thread || !has_places(gil)) return NULL;
    uint32_t *place = place_of(gil, thread);
    if (*place) return &gil->threads[*place - 1];
    if (gil->thread_count >= MOST_THREADS) return NULL;
    if (gil->thread_count == gil->thread_room) {
        struct totals_thread *larger = grown(gil->threads, &gil->thread_room, gil->thread_count + 1,
                                             sizeof *larger);
        if (!larger) return NULL;
        gil->threads = larger;
    }
    *place = ++gil->thread_count;
    struct totals_thread *found = &gil->threads[*place - 1];
    found->thread = thread;
    return found;
}

void totals_sites(struct totals *totals, uint32_t number, const struct site_row *rows, uint64_t count) {
    struct gil_totals *gil = of_gil(totals, number);
    for (uint64_t i = 0; gil && i < count; i++) {
        struct site_row row;
        memcpy(&row, &rows[i], sizeof row);
        if (row.site_id >= gil->site_count) {
            if (row.site_id > gil->site_count + count) continue; /* they come in their order */
            uint8_t *larger = grown(gil->is_forced, &gil->site_count, row.site_id + 1, 1);
            if (!larger) return;
            gil->is_forced = larger;
        }
        gil->is_forced[row.site_id] = (row.flags & SITE_FORCED) != 0;
    }
}

/* --- how long anybody waited -------------------------------------------------------------------- */

static bool has_room_for_spell(struct gil_totals *gil) {
    struct spells *spells = &gil->spells;
    if (spells->count < spells->room || spells->room >= MOST_SPELLS) return true;
    struct spell *larger = grown(spells->rows, &spells->room, spells->count + 1, sizeof *larger);
    if (larger) spells->rows = larger;
    return larger != NULL;
}

static void add_spell(struct gil_totals *gil, uint64_t begin_ns, uint64_t end_ns) {
    if (has_room_for_spell(gil)) gil->sum.contended_ns += spells_add(&gil->spells, begin_ns, end_ns);
}

/* What goes on from here knows no spells, but until when all are counted. */
static struct totals_gil settled(const struct gil_totals *gil) {
    struct totals_gil sum = gil->sum;
    sum.covered_until_ns = gil->spells.covered_until_ns;
    if (gil->spells.count) sum.covered_until_ns = gil->spells.rows[gil->spells.count - 1].end_ns;
    return sum;
}

/* --- holds -------------------------------------------------------------------------------------- */

static void add_turns(struct gil_totals *gil, struct totals_thread *thread, const struct turns_row *turns) {
    thread->holds += turns->count;
    thread->held_ns += turns->held_ns;
    if (turns->longest_hold_ns > thread->longest_hold_ns) thread->longest_hold_ns = turns->longest_hold_ns;
    if (turns->site < gil->site_count && gil->is_forced[turns->site]) thread->forced += turns->count;
}

static void add_hold(struct gil_totals *gil, struct totals_thread *thread, const struct hold_row *row) {
    uint64_t held_ns = row->release_ns - row->acquire_ns, wait_ns = row->acquire_ns - row->request_ns;
    thread->holds++;
    thread->held_ns += held_ns;
    if (held_ns > thread->longest_hold_ns) thread->longest_hold_ns = held_ns;
    if (row->site < gil->site_count && gil->is_forced[row->site]) thread->forced++;
    if (!wait_ns) return;
    thread->waits++;
    thread->wait_ns += wait_ns;
    if (wait_ns > thread->longest_wait_ns) thread->longest_wait_ns = wait_ns;
    add_spell(gil, row->request_ns, row->acquire_ns);
}

void totals_add(struct totals *totals, uint32_t number, const struct hold_row *rows, uint64_t count,
                const struct turns_row *turns, uint64_t turns_count) {
    struct gil_totals *gil = of_gil(totals, number);
    for (uint64_t i = 0, turn = 0; gil && i < count; i++) {
        const struct turns_row *many = NULL;
        if (rows[i].site == SITE_TURNS && turn < turns_count) many = &turns[turn++];
        gil->sum.rows++;
        gil->sum.holds += many ? many->count : 1;
        bool is_sane = rows[i].request_ns <= rows[i].acquire_ns && rows[i].acquire_ns <= rows[i].release_ns;
        struct totals_thread *thread = is_sane ? of_thread(gil, rows[i].thread) : NULL;
        if (!thread) continue; /* readers leave it out, too */
        if (many) add_turns(gil, thread, many);
        else add_hold(gil, thread, &rows[i]);
    }
}

uint64_t totals_rows(const struct totals *totals, uint32_t gil) {
    return gil < totals->gil_count ? totals->gils[gil].sum.rows : 0;
}

/* --- in the file -------------------------------------------------------------------------------- */

static struct totals_head count_all(const struct totals *totals) {
    struct totals_head head = {0};
    for (uint32_t i = 0; i < totals->gil_count; i++) {
        const struct gil_totals *gil = &totals->gils[i];
        head.gil_count += gil->sum.rows != 0;
        for (uint32_t j = 0; j < gil->thread_count; j++) head.thread_count += gil->threads[j].holds != 0;
    }
    return head;
}

size_t totals_bytes(const struct totals *totals) {
    struct totals_head head = count_all(totals);
    return sizeof head + head.gil_count * sizeof(struct totals_gil) +
           head.thread_count * sizeof(struct totals_thread);
}

void totals_write(const struct totals *totals, char *payload) {
    struct totals_head head = count_all(totals);
    char *gils = payload + sizeof head, *threads = gils + head.gil_count * sizeof(struct totals_gil);
    memcpy(payload, &head, sizeof head);
    for (uint32_t i = 0; i < totals->gil_count; i++) {
        const struct gil_totals *gil = &totals->gils[i];
        struct totals_gil sum = settled(gil);
        if (!sum.rows) continue;
        memcpy(gils, &sum, sizeof sum);
        gils += sizeof sum;
        for (uint32_t j = 0; j < gil->thread_count; j++) {
            if (!gil->threads[j].holds) continue;
            struct totals_thread row = gil->threads[j];
            row.gil = i;
            memcpy(threads, &row, sizeof row);
            threads += sizeof row;
        }
    }
}

bool totals_read(struct totals *totals, const char *payload, size_t bytes) {
    struct totals_head head;
    if (bytes < sizeof head) return false;
    memcpy(&head, payload, sizeof head);
    const char *gils = payload + sizeof head;
    const char *threads = gils + (size_t)head.gil_count * sizeof(struct totals_gil);
    if (bytes < (size_t)(threads - payload) + (size_t)head.thread_count * sizeof(struct totals_thread))
        return false;
    for (uint32_t i = 0; i < head.gil_count; i++, gils += sizeof(struct totals_gil)) {
        struct totals_gil sum;
        memcpy(&sum, gils, sizeof sum);
        struct gil_totals *gil = of_gil(totals, sum.gil);
        if (!gil) return false;
        gil->sum = sum;
        gil->spells.covered_until_ns = sum.covered_until_ns;
    }
    for (uint32_t i = 0; i < head.thread_count; i++, threads += sizeof(struct totals_thread)) {
        struct totals_thread row;
        memcpy(&row, threads, sizeof row);
        struct gil_totals *gil = of_gil(totals, row.gil);
        struct totals_thread *thread = gil ? of_thread(gil, row.thread) : NULL;
        if (!thread) return false;
        *thread = row;
    }
    return true;
}
