/* Move what the recorder has written from the arena's segments into the file. */
#include <stdlib.h>
#include <string.h>

#include "drain.h"
#include "buffer.h"
#include "mapping.h"
#include "progress.h"
#include "sink.h"

struct found {
    uint32_t index;
    uint16_t gil, kind;
    uint64_t sequence, first_row;
    bool sealed;
    uint64_t used;
};

static uint64_t drained[SEGMENTS]; /* bytes of each segment that are in the file */
static uint32_t ever_used;         /* segments above this one were never claimed */

static int by_place(const void *left, const void *right) {
    const struct found *a = left, *b = right;
    if (a->gil != b->gil) return a->gil < b->gil ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

/* All segments with anything in them. A sealed segment's length is final only if its state is read
 * first. */
static uint32_t find_segments(struct collector *c, struct found *found) {
    struct segment_info *table = c->arena->table;
    uint32_t count = 0;
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        uint32_t state = atomic_load_explicit(&table[i].state, memory_order_acquire);
        if (state == SEGMENT_FREE && i >= ever_used) break;
        if (i >= ever_used) ever_used = i + 1;
        if (state == SEGMENT_FREE) continue;
        uint64_t used = atomic_load_explicit(&table[i].used_bytes, memory_order_acquire);
        if (used > SEGMENT_BYTES || used % 8) continue;
        if (!used && state != SEGMENT_SEALED) continue;
        found[count++] = (struct found){.index = i,
                                        .gil = once(table[i].gil),
                                        .kind = once(table[i].kind),
                                        .sequence = once(table[i].sequence),
                                        .first_row = once(table[i].first_row),
                                        .sealed = state == SEGMENT_SEALED,
                                        .used = used};
    }
    qsort(found, count, sizeof *found, by_place);
    return count;
}

/* --- which path a site stands for: to say where a thread waits when all has ended ------------- */

static struct buffer *paths_of_sites; /* by GIL; path ids by site id */
static uint32_t gils_with_sites;

static void remember_sites(uint32_t gil, const struct buffer *rows) {
    if (gil >= gils_with_sites) {
        struct buffer *larger = realloc(paths_of_sites, (gil + 1) * sizeof *larger);
        if (!larger) return;
        memset(larger + gils_with_sites, 0, (gil + 1 - gils_with_sites) * sizeof *larger);
        paths_of_sites = larger;
        gils_with_sites = gil + 1;
    }
    for (size_t at = 0; at + sizeof(struct site_row) <= rows->used; at += sizeof(struct site_row)) {
        struct site_row row;
        memcpy(&row, rows->bytes + at, sizeof row);
        struct buffer *paths = &paths_of_sites[gil];
        if (row.site_id == paths->used / sizeof row.path_id + 1) /* they come in their order */
            memcpy(buffer_add(paths, sizeof row.path_id), &row.path_id, sizeof row.path_id);
    }
}

uint32_t path_of_site(uint32_t gil, uint32_t site) {
    uint32_t path = 0;
    if (!site || gil >= gils_with_sites) return 0;
    if (paths_of_sites[gil].used / sizeof path < site) return 0;
    memcpy(&path, paths_of_sites[gil].bytes + (site - 1) * sizeof path, sizeof path);
    return path;
}

bool waiting_row(struct collector *c, struct thread_cell *cell, uint64_t until_ns, struct open_row *row) {
    uint32_t gil = atomic_load(&cell->waiting_gil);
    uint64_t request_ns = atomic_load(&cell->request_ns);
    if (!request_ns || !gil || gil > GIL_CELLS || request_ns > until_ns) return false;
    uint32_t number = once(c->arena->gils[gil - 1].gil);
    *row = (struct open_row){.thread = cell->thread,
                             .gil = number,
                             .state = OPEN_WAITING,
                             .path_id = path_of_site(number, atomic_load(&cell->last_site)),
                             .request_ns = request_ns};
    return true;
}

/* --- segments ---------------------------------------------------------------------------------- */

static void write_definitions(struct collector *c, uint32_t gil, const char *at, uint64_t bytes) {
    static struct buffer kinds[CHUNK_SITE + 1];
    while (bytes >= sizeof(struct definition_header)) {
        struct definition_header header;
        memcpy(&header, at, sizeof header);
        uint64_t total = sizeof header + header.bytes;
        if (total > bytes || header.kind < CHUNK_CODE || header.kind > CHUNK_SITE) break;
        if (header.bytes % 8) break;
        memcpy(buffer_add(&kinds[header.kind], header.bytes), at + sizeof header, header.bytes);
        at += total, bytes -= total;
    }
    if (gil != GILLESS_TABLE) remember_sites(gil, &kinds[CHUNK_SITE]); /* nobody there waits for a GIL */
    for (uint32_t kind = CHUNK_CODE; kind <= CHUNK_SITE; kind++) {
        sink_chunk(c->sink, (enum chunk_kind)kind, gil, kinds[kind].bytes, kinds[kind].used);
        kinds[kind].used = 0;
    }
}

static void write_segment(struct collector *c, struct found *found) {
    atomic_fetch_add(&c->arena->beat, 1);
    struct segment_info *info = &c->arena->table[found->index];
    uint64_t from = drained[found->index], bytes = found->used > from ? found->used - from : 0;
    const char *data = segment_at(c, found->index) + from;
    if (bytes) {
        progress_begin_segment(c, found->index, from);
        if (found->kind == LOG_HOLDS)
            sink_holds(c->sink, found->gil, found->first_row + from / sizeof(struct hold_row),
                       (const struct hold_row *)data, bytes / sizeof(struct hold_row));
        else if (found->kind == LOG_RESUMES) sink_chunk(c->sink, CHUNK_RESUME, found->gil, data, bytes);
        else if (found->kind == LOG_GUARDS) sink_chunk(c->sink, CHUNK_GUARD, found->gil, data, bytes);
        else if (found->kind == LOG_LOCKS) sink_chunk(c->sink, CHUNK_LOCK, found->gil, data, bytes);
        else write_definitions(c, found->gil, data, bytes);
        progress_end_segment(c, found->index, found->used);
    }
    drained[found->index] = found->used;
    if (!found->sealed) return;
    drained[found->index] = 0;
    mapping_give_back(c, found->index);
    atomic_store_explicit(&info->used_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&info->drained_bytes, 0, memory_order_release);
    atomic_store_explicit(&info->state, SEGMENT_FREE, memory_order_release);
}

void drain_take_over(struct collector *c) {
    ever_used = SEGMENTS;
    for (uint32_t i = 0; i < SEGMENTS; i++)
        drained[i] = atomic_load(&c->arena->table[i].drained_bytes) & ~(uint64_t)7;
}

void drain_forget(void) {
    memset(drained, 0, ever_used * sizeof *drained);
    for (uint32_t i = 0; i < gils_with_sites; i++) free(paths_of_sites[i].bytes);
    free(paths_of_sites);
    paths_of_sites = NULL;
    ever_used = gils_with_sites = 0;
}

/* Whatever a row refers to was defined before the row was written. So the lengths of the rows are
 * read first, those of the definitions second, and the definitions go into the file first. */
void drain_logs(struct collector *c) {
    static struct found rows[SEGMENTS], definitions[SEGMENTS];
    uint32_t row_count = find_segments(c, rows);
    uint32_t definition_count = find_segments(c, definitions);
    for (uint32_t i = 0; i < definition_count; i++)
        if (definitions[i].used && definitions[i].kind == LOG_DEFINITIONS) write_segment(c, &definitions[i]);
    for (uint32_t i = 0; i < row_count; i++)
        if (rows[i].kind != LOG_DEFINITIONS || !rows[i].used) write_segment(c, &rows[i]);
}
