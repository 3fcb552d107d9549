/* Room in a file whose size is limited.
 *
 * At any moment the chunks of a piece lead a reader from its beginning to its end: what is free is one
 * UNDONE chunk, and where a chunk is taken from it, the header of what is left is written first. Before
 * a piece is used again, a single header that reaches to its end makes all that it had invisible. */
#include "slabs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES sizeof(struct chunk_header)
#define SLAB_HEAD_BYTES (HEADER_BYTES + sizeof(struct slab_row))
#define SLAB_ALIGNMENT 4096u
#define SLABS_PER_LIMIT 16u

void slabs_begin(struct slabs *slabs, uint32_t process) {
    *slabs = (struct slabs){.process = process, .next_bytes = SLAB_BYTES_MIN, .next_age = 1};
}

uint64_t slabs_largest(const struct space *space) {
    uint64_t bytes = space->limit / SLABS_PER_LIMIT / SLAB_ALIGNMENT * SLAB_ALIGNMENT;
    if (bytes < SLAB_BYTES_MIN) return SLAB_BYTES_MIN;
    return bytes < SLAB_BYTES_MAX ? bytes : SLAB_BYTES_MAX;
}

static bool write_header(const struct slabs *slabs, const struct space *space, uint64_t at, uint16_t kind,
                         uint64_t capacity) {
    struct chunk_header header = {.magic = CHUNK_MAGIC,
                                  .kind = kind,
                                  .payload_skip = HEADER_BYTES,
                                  .process = slabs->process,
                                  .capacity_bytes = capacity,
                                  .used_bytes = kind == CHUNK_UNDONE ? 0 : capacity};
    return space_write(space, at, &header, sizeof header);
}

/* One chunk from here to the end, that readers pass over. */
static bool cover(const struct slabs *slabs, const struct space *space, uint64_t at, uint64_t end) {
    return at == end || write_header(slabs, space, at, CHUNK_UNDONE, end - at - HEADER_BYTES);
}

static struct slab *newest(const struct slabs *slabs, enum purpose purpose) {
    for (uint32_t i = slabs->count; i-- > 0;)
        if (slabs->all[i].purpose == purpose) return &slabs->all[i];
    return NULL;
}

const struct slab *slabs_of_rows(const struct slabs *slabs) { return newest(slabs, FOR_ROWS); }

static bool append(struct slabs *slabs, const struct slab *slab) {
    struct slab *larger = realloc(slabs->all, (slabs->count + 1) * sizeof *larger);
    if (!larger) return false;
    slabs->all = larger;
    slabs->all[slabs->count++] = *slab;
    return true;
}

/* Take the oldest piece of rows out of the list; all that was in it is gone. Definitions leave rows at
 * least one. */
static enum lack recycle(struct slabs *slabs, const struct space *space, enum purpose purpose,
                         struct slab *slab) {
    uint32_t oldest = 0, pieces = 0;
    for (uint32_t i = slabs->count; i-- > 0;)
        if (slabs->all[i].purpose == FOR_ROWS) oldest = i, pieces++;
    if (pieces < (purpose == FOR_ROWS ? 1u : 2u)) return LACKS_LIMIT;
    *slab = slabs->all[oldest];
    if (!cover(slabs, space, slab->begin, slab->end)) return space_lack();
    slabs->count--;
    memmove(&slabs->all[oldest], &slabs->all[oldest + 1], (slabs->count - oldest) * sizeof *slab);
    return LACKS_NOTHING;
}

/* A new piece at the end of the file; or an old one, once that is where the limit is. One that is too
 * small, from the beginning of the recording, stays empty. */
static enum lack find_piece(struct slabs *slabs, struct space *space, enum purpose purpose, uint64_t needed,
                            struct slab *slab) {
    uint64_t largest = slabs_largest(space);
    uint64_t bytes = slabs->next_bytes < largest ? slabs->next_bytes : largest;
    while (bytes < needed) bytes *= 2;
    if (bytes > largest) bytes = largest;
    struct room room = {.bytes = bytes - HEADER_BYTES, .alignment = 8};
    enum lack lack = space_take(space, &room, false);
    if (lack == LACKS_NOTHING) {
        *slab = (struct slab){.begin = room.header_at, .end = room.end};
        slabs->next_bytes = bytes * 2;
        return cover(slabs, space, slab->begin, slab->end) ? LACKS_NOTHING : space_lack();
    }
    if (lack != LACKS_LIMIT) return lack;
    do lack = recycle(slabs, space, purpose, slab);
    while (lack == LACKS_NOTHING && slab->end - slab->begin < needed);
    return lack;
}

static enum lack open_piece(struct slabs *slabs, struct space *space, enum purpose purpose, uint64_t bytes) {
    struct slab slab;
    enum lack lack = find_piece(slabs, space, purpose, bytes + SLAB_HEAD_BYTES, &slab);
    if (lack != LACKS_NOTHING) return lack;
    slab.used = slab.begin + SLAB_HEAD_BYTES;
    slab.age = slabs->next_age++;
    slab.purpose = purpose;
    struct slab_row row = {.bytes = slab.end - slab.begin, .age = slab.age, .purpose = purpose};
    if (!cover(slabs, space, slab.used, slab.end) ||
        !space_write(space, slab.begin + HEADER_BYTES, &row, sizeof row) ||
        !write_header(slabs, space, slab.begin, CHUNK_SLAB, sizeof row))
        return space_lack();
    return append(slabs, &slab) ? LACKS_NOTHING : (errno = ENOMEM, LACKS_FILE);
}

enum lack slabs_prepare(struct slabs *slabs, struct space *space, enum purpose purpose, uint64_t bytes) {
    const struct slab *slab = newest(slabs, purpose);
    if (slab && bytes <= slab->end - slab->used) return LACKS_NOTHING;
    return open_piece(slabs, space, purpose, bytes);
}

enum lack slabs_take(struct slabs *slabs, struct space *space, enum purpose purpose, struct room *room) {
    uint64_t most = HEADER_BYTES + room->alignment + round_up(room->bytes, 8);
    if (most + SLAB_HEAD_BYTES > slabs_largest(space)) return space_take(space, room, false);
    struct slab *slab = newest(slabs, purpose);
    uint64_t payload = slab ? round_up(slab->used + HEADER_BYTES, room->alignment) : 0;
    if (!slab || payload + round_up(room->bytes, 8) > slab->end) {
        enum lack lack = open_piece(slabs, space, purpose, most);
        if (lack != LACKS_NOTHING) return lack;
        slab = newest(slabs, purpose);
        payload = round_up(slab->used + HEADER_BYTES, room->alignment);
    }
    uint64_t end = payload + round_up(room->bytes, 8);
    if (slab->end - end < HEADER_BYTES) { /* too little for a chunk of its own */
        end = slab->end;
        room->bytes = end - payload;
    }
    if (!cover(slabs, space, end, slab->end)) return space_lack();
    room->header_at = slab->used;
    room->payload_at = payload;
    room->end = slab->used = end;
    return LACKS_NOTHING;
}

static int by_age(const void *left, const void *right) {
    const struct slab *a = left, *b = right;
    return a->age < b->age ? -1 : a->age > b->age;
}

bool slabs_found(struct slabs *slabs, uint64_t at, const struct slab_row *row) {
    struct slab slab = {.begin = at,
                        .end = at + row->bytes,
                        .used = at + SLAB_HEAD_BYTES,
                        .age = row->age,
                        .purpose = row->purpose};
    bool is_sane = row->bytes >= SLAB_HEAD_BYTES && row->bytes <= SLAB_BYTES_MAX &&
                   (row->purpose == FOR_ROWS || row->purpose == FOR_DEFINITIONS);
    if (!is_sane) return true; /* it is not used again */
    if (!append(slabs, &slab)) return false;
    if (slab.age >= slabs->next_age) slabs->next_age = slab.age + 1;
    qsort(slabs->all, slabs->count, sizeof slab, by_age);
    return true;
}

void slabs_stays(struct slabs *slabs, uint64_t at, uint64_t end) {
    for (uint32_t i = 0; i < slabs->count; i++) {
        struct slab *slab = &slabs->all[i];
        if (at < slab->begin || end > slab->end) continue;
        slab->used = slab->end - end < HEADER_BYTES ? slab->end : end;
    }
}

bool slabs_resume(const struct slabs *slabs, const struct space *space) {
    for (uint32_t i = 0; i < slabs->count; i++)
        if (!cover(slabs, space, slabs->all[i].used, slabs->all[i].end)) return false;
    return true;
}

static void trim(const struct space *space, struct slab *slab) {
    if (!slab || slab->used == slab->end) return;
    if (space_give_back(space, slab->used, slab->end)) {
        slab->end = slab->used;
        return;
    }
    uint64_t from = slab->used + HEADER_BYTES; /* that header has to stay */
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    bool freed = from < slab->end && fallocate(space->fd, mode, (off_t)from, (off_t)(slab->end - from)) == 0;
    (void)freed; /* or it stays on the disk */
}

void slabs_trim(const struct slabs *slabs, const struct space *space) {
    struct slab *rows = newest(slabs, FOR_ROWS), *definitions = newest(slabs, FOR_DEFINITIONS);
    bool rows_are_last = rows && definitions && rows->begin > definitions->begin;
    trim(space, rows_are_last ? rows : definitions);
    trim(space, rows_are_last ? definitions : rows);
}
