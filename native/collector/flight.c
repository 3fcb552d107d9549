/* A trace whose size is limited: the rows of the end, and totals of the whole run.
 *
 * The totals in the file are brought up to date after each segment of holds, before it is noted as
 * written. So they have all rows that are gone, and a successor finds those from before what it undoes. */
#include "flight.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/* A batch of rows takes at most a quarter of a piece, and its turns an eighth. */
#define BATCHES_PER_SLAB 4u
/* Two chunks of holds, aligned, and one of turns. */
#define HEADERS_OF_BATCH (2 * (HOLDS_ALIGNMENT + 64u) + 64u)

void flight_begin(struct flight *flight, uint32_t process) {
    *flight = (struct flight){.serial = 1};
    slabs_begin(&flight->slabs, process);
}

static bool is_of_rows(enum chunk_kind kind) {
    return kind == CHUNK_HOLDS || kind == CHUNK_TURNS || kind == CHUNK_RESUME || kind == CHUNK_SAMPLE ||
           kind == CHUNK_LOOK || kind == CHUNK_CPU || kind == CHUNK_READY || kind == CHUNK_LOCK ||
           kind == CHUNK_GUARD;
}

enum lack flight_take(struct flight *flight, struct space *space, enum chunk_kind kind, struct room *room) {
    return slabs_take(&flight->slabs, space, is_of_rows(kind) ? FOR_ROWS : FOR_DEFINITIONS, room);
}

/* --- chunks that fit ---------------------------------------------------------------------------- */

static uint64_t row_bytes(enum chunk_kind kind) {
    switch (kind) {
    case CHUNK_TURNS: return sizeof(struct turns_row);
    case CHUNK_RESUME: return sizeof(struct resume_row);
    case CHUNK_SAMPLE: return sizeof(struct sample_row);
    case CHUNK_LOOK: return sizeof(struct look_row);
    case CHUNK_CPU: return sizeof(struct cpu_row);
    case CHUNK_READY: return sizeof(struct ready_row);
    case CHUNK_LOCK: return sizeof(struct lock_row);
    case CHUNK_GUARD: return sizeof(struct guard_row);
    case CHUNK_PATH: return sizeof(struct path_row);
    case CHUNK_SITE: return sizeof(struct site_row);
    default: return 0;
    }
}

static uint64_t entry_bytes(const char *payload, uint64_t bytes) {
    struct code_entry entry;
    if (bytes < sizeof entry) return bytes;
    memcpy(&entry, payload, sizeof entry);
    uint64_t total = sizeof entry + (uint64_t)entry.qualname_bytes + entry.filename_bytes +
                     entry.linetable_bytes;
    total = round_up(total, 8);
    return total < bytes ? total : bytes;
}

uint64_t flight_part(const struct space *space, enum chunk_kind kind, const char *payload, uint64_t bytes) {
    uint64_t most = slabs_largest(space) / 2, part = 0;
    if (bytes <= most) return bytes;
    if (row_bytes(kind)) return most / row_bytes(kind) * row_bytes(kind);
    if (kind != CHUNK_CODE) return bytes;
    for (uint64_t next; part < bytes; part += next) {
        next = entry_bytes(payload + part, bytes - part);
        if (part && part + next > most) break;
    }
    return part;
}

void flight_see(struct flight *flight, enum chunk_kind kind, uint32_t table, const void *payload,
                uint64_t bytes) {
    if (kind == CHUNK_SITE) totals_sites(&flight->totals, table, payload, bytes / sizeof(struct site_row));
}

/* --- holds -------------------------------------------------------------------------------------- */

static uint64_t slab_bytes(const struct flight *flight) {
    const struct slab *slab = slabs_of_rows(&flight->slabs);
    return slab ? slab->end - slab->begin : SLAB_BYTES_MIN;
}

uint64_t flight_batch(const struct flight *flight) {
    return slab_bytes(flight) / BATCHES_PER_SLAB / sizeof(struct hold_row);
}

enum lack flight_prepare(struct flight *flight, struct space *space, uint64_t rows, uint64_t turns) {
    uint64_t bytes = rows * sizeof(struct hold_row) + turns * sizeof(struct turns_row) + HEADERS_OF_BATCH;
    return slabs_prepare(&flight->slabs, space, FOR_ROWS, bytes);
}

uint64_t flight_extent(const struct flight *flight, uint64_t needed) {
    const struct slab *slab = slabs_of_rows(&flight->slabs);
    uint64_t bytes = slab_bytes(flight) / BATCHES_PER_SLAB;
    if (bytes < needed) bytes = needed;
    if (!slab) return bytes;
    uint64_t payload = round_up(slab->used + sizeof(struct chunk_header), HOLDS_ALIGNMENT);
    uint64_t left = slab->end > payload ? slab->end - payload : 0;
    /* What would be left is too little for another. */
    if (left >= needed && left < bytes + HEADERS_OF_BATCH) bytes = left;
    return bytes / sizeof(struct hold_row) * sizeof(struct hold_row);
}

/* --- totals ------------------------------------------------------------------------------------- */

/* Room with something to spare, because there will be more threads. What it replaces stays undone. */
static enum lack take_copy(struct flight *flight, struct space *space, struct room *copy, uint64_t bytes) {
    if (copy->bytes >= bytes)
        return space_write_kind(space, copy->header_at, CHUNK_UNDONE) ? LACKS_NOTHING : space_lack();
    if (copy->bytes && !space_write_kind(space, copy->header_at, CHUNK_UNDONE)) return space_lack();
    struct room room = {.bytes = bytes * 2, .alignment = 8};
    enum lack lack = flight_take(flight, space, CHUNK_TOTALS, &room);
    if (lack == LACKS_LIMIT) lack = space_take(space, &room, true);
    if (lack == LACKS_NOTHING) *copy = room;
    return lack;
}

enum lack flight_write_totals(struct flight *flight, struct space *space) {
    static struct buffer payload;
    uint64_t bytes = totals_bytes(&flight->totals);
    payload.used = 0;
    totals_write(&flight->totals, buffer_add(&payload, bytes));
    struct room *copy = &flight->copies[flight->copy];
    enum lack lack = take_copy(flight, space, copy, bytes);
    if (lack != LACKS_NOTHING) return lack;
    flight->copy = !flight->copy;
    struct chunk_header header = {.magic = CHUNK_MAGIC,
                                  .kind = CHUNK_UNDONE,
                                  .payload_skip = (uint32_t)(copy->payload_at - copy->header_at),
                                  .process = flight->slabs.process,
                                  .capacity_bytes = copy->bytes,
                                  .used_bytes = bytes,
                                  .first_row = flight->serial++};
    bool done = space_write(space, copy->header_at, &header, sizeof header) &&
                space_write(space, copy->payload_at, payload.bytes, bytes) &&
                space_write_kind(space, copy->header_at, CHUNK_TOTALS);
    return done ? LACKS_NOTHING : space_lack();
}

/* --- going on ----------------------------------------------------------------------------------- */

static char *payload_of(const struct space *space, uint64_t at, uint64_t bytes) {
    char *payload = malloc(bytes + 1);
    if (payload && space_read(space, at, payload, bytes)) return payload;
    free(payload);
    return NULL;
}

bool flight_found(struct flight *flight, const struct space *space, uint64_t at,
                  const struct chunk_header *header) {
    uint64_t payload_at = at + header->payload_skip;
    if (header->kind == CHUNK_SLAB) {
        struct slab_row row;
        return space_read(space, payload_at, &row, sizeof row) && slabs_found(&flight->slabs, at, &row);
    }
    if (header->first_row >= flight->serial) flight->serial = header->first_row + 1;
    if (header->used_bytes > header->capacity_bytes) return false;
    if (header->kind == CHUNK_SITE) {
        char *rows = payload_of(space, payload_at, header->used_bytes);
        if (rows) flight_see(flight, CHUNK_SITE, header->table, rows, header->used_bytes);
        free(rows);
        return rows != NULL;
    }
    if (header->kind != CHUNK_TOTALS) return true;
    uint32_t older = flight->copy_serials[0] > flight->copy_serials[1];
    flight->copy_serials[older] = header->first_row;
    flight->copies[older] = (struct room){.bytes = header->capacity_bytes,
                                          .alignment = 8,
                                          .header_at = at,
                                          .payload_at = payload_at,
                                          .end = payload_at + header->capacity_bytes};
    return true;
}

bool flight_resume(struct flight *flight, const struct space *space) {
    if (!slabs_resume(&flight->slabs, space)) return false;
    uint32_t newest = flight->copy_serials[1] > flight->copy_serials[0];
    const struct room *copy = &flight->copies[newest];
    flight->copy = !newest;
    if (!copy->bytes) return true; /* it was killed before the first holds were written */
    char *payload = payload_of(space, copy->payload_at, copy->bytes);
    bool is_sane = payload && totals_read(&flight->totals, payload, copy->bytes);
    free(payload);
    return is_sane;
}
