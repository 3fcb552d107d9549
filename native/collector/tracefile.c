/* Append chunks to the trace file; see format.h for what is where. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefile.h"
#include "turns.h"

static struct tracefile *file_of(struct sink *sink) { return (struct tracefile *)sink; }

static bool fail(struct tracefile *file, const char *reason, int error) {
    if (!file->sink.stopped) {
        file->sink.stopped = reason;
        file->sink.error = error;
    }
    return false;
}

static bool lacks(struct tracefile *file, enum lack lack) {
    switch (lack) {
    case LACKS_NOTHING: return false;
    case LACKS_LIMIT: return !fail(file, "max-size", 0);
    case LACKS_DISK: return !fail(file, "disk-full", errno);
    default: return !fail(file, "write-error", errno);
    }
}

static bool write_at(struct tracefile *file, uint64_t at, const void *data, uint64_t bytes) {
    return space_write(&file->space, at, data, bytes) || !lacks(file, space_lack());
}

static bool is_of_the_ending(enum chunk_kind kind) {
    return kind == CHUNK_META || kind == CHUNK_THREAD || kind == CHUNK_GIL || kind == CHUNK_OPEN ||
           kind == CHUNK_OPEN_LOCK || kind == CHUNK_AWAY;
}

static struct chunk_header header_of(const struct tracefile *file, const struct room *room,
                                     enum chunk_kind kind, uint32_t table) {
    return (struct chunk_header){.magic = CHUNK_MAGIC,
                                 .kind = (uint16_t)kind,
                                 .table = (uint16_t)table,
                                 .payload_skip = (uint32_t)(room->payload_at - room->header_at),
                                 .process = file->process,
                                 .capacity_bytes = room->bytes,
                                 .used_bytes = room->bytes};
}

bool tracefile_write_kind(struct tracefile *file, uint64_t at, enum chunk_kind kind) {
    return space_write_kind(&file->space, at, kind) || !lacks(file, space_lack());
}

/* What ends a recording may exceed the limit, and the room that is known to be on the disk. */
static bool take_room(struct tracefile *file, struct room *room, enum chunk_kind kind) {
    bool whatever = is_of_the_ending(kind);
    if (is_limited(file) && !file->sink.stopped) {
        enum lack lack = flight_take(&file->flight, &file->space, kind, room);
        if (lack == LACKS_NOTHING || !whatever) return !lacks(file, lack);
    }
    return !lacks(file, space_take(&file->space, room, whatever));
}

static bool put_chunk(struct tracefile *file, enum chunk_kind kind, uint32_t table, const void *payload,
                      uint64_t bytes) {
    struct room room = {.bytes = bytes, .alignment = 8};
    if (!take_room(file, &room, kind)) return false;
    struct chunk_header header = header_of(file, &room, CHUNK_UNDONE, table);
    header.used_bytes = bytes;
    if (is_limited(file)) header.first_row = file->flight.serial++;
    if (write_at(file, room.header_at, &header, sizeof header) &&
        write_at(file, room.payload_at, payload, bytes) && tracefile_write_kind(file, room.header_at, kind))
        return true;
    if (!is_limited(file)) space_give_back(&file->space, room.header_at, room.end);
    return false; /* it stays undone */
}

/* --- the ending ------------------------------------------------------------------------------ */

static void keep_for_the_end(struct tracefile *file, enum chunk_kind kind, uint32_t table,
                             const void *payload, uint64_t bytes) {
    struct room room = {.bytes = bytes, .payload_at = sizeof(struct chunk_header)};
    struct chunk_header header = header_of(file, &room, kind, table);
    header.capacity_bytes = round_up(bytes, 8);
    memcpy(buffer_add(&file->ending, sizeof header), &header, sizeof header);
    memcpy(buffer_add(&file->ending, header.capacity_bytes), payload, bytes);
}

/* As one chunk that readers pass over, until all of it is there. */
static bool write_kept(struct tracefile *file) {
    struct chunk_header first, cover;
    struct room room = {.bytes = file->ending.used - sizeof first, .alignment = 8};
    if (!take_room(file, &room, CHUNK_META)) return false;
    cover = header_of(file, &room, CHUNK_UNDONE, 0);
    memcpy(&first, file->ending.bytes, sizeof first);
    enum chunk_kind kind = first.kind;
    first.kind = CHUNK_UNDONE;
    if (write_at(file, room.header_at, &cover, sizeof cover) &&
        write_at(file, room.payload_at, file->ending.bytes + sizeof first, room.bytes) &&
        write_at(file, room.header_at, &first, sizeof first) &&
        tracefile_write_kind(file, room.header_at, kind))
        return true;
    space_give_back(&file->space, room.header_at, room.end);
    return false;
}

static bool take_chunk(struct sink *sink, enum chunk_kind kind, uint32_t table, const void *payload,
                       uint64_t bytes) {
    struct tracefile *file = file_of(sink);
    if (sink->stopped && !is_of_the_ending(kind)) return false;
    if (is_limited(file)) flight_see(&file->flight, kind, table, payload, bytes);
    else if (sink->is_ending && is_of_the_ending(kind)) {
        if (bytes) keep_for_the_end(file, kind, table, payload, bytes);
        return true;
    }
    const char *from = payload;
    while (bytes) {
        uint64_t part = is_limited(file) ? flight_part(&file->space, kind, from, bytes) : bytes;
        if (!put_chunk(file, kind, table, from, part)) return false;
        from += part, bytes -= part;
    }
    return true;
}

/* --- holds ---------------------------------------------------------------------------------- */

struct extent *extent_of(struct tracefile *file, uint32_t gil) {
    if (gil >= file->extent_count) {
        uint32_t count = gil + 16;
        struct extent *larger = realloc(file->extents, count * sizeof *larger);
        if (!larger) return NULL;
        memset(larger + file->extent_count, 0, (count - file->extent_count) * sizeof *larger);
        file->extents = larger;
        file->extent_count = count;
    }
    return &file->extents[gil];
}

bool extent_write_header(struct tracefile *file, const struct extent *extent, uint32_t gil) {
    struct chunk_header header = header_of(file, &extent->room, CHUNK_HOLDS, gil);
    header.used_bytes = extent->used;
    header.first_row = extent->rows - extent->used / sizeof(struct hold_row);
    return write_at(file, extent->room.header_at, &header, sizeof header);
}

/* Each extent doubles the last; what is known to be the last rows, and the hold that goes on at the end, take
 * no more than they need. */
static bool new_extent(struct tracefile *file, struct extent *extent, uint32_t gil, uint64_t count) {
    uint64_t bytes = extent->room.bytes ? extent->room.bytes * 2 : HOLDS_CAPACITY_MIN;
    uint64_t needed = count * sizeof(struct hold_row), last = needed + sizeof(struct hold_row);
    if (bytes > HOLDS_CAPACITY_MAX) bytes = HOLDS_CAPACITY_MAX;
    if (is_limited(file)) bytes = flight_extent(&file->flight, needed);
    if (file->sink.is_ending && last < bytes) bytes = last;
    struct room room = {.bytes = bytes, .alignment = HOLDS_ALIGNMENT};
    if (!take_room(file, &room, CHUNK_HOLDS)) return false;
    *extent = (struct extent){.room = room, .rows = extent->rows};
    if (is_limited(file)) extent->slab = slabs_of_rows(&file->flight.slabs)->age;
    return extent_write_header(file, extent, gil);
}

static uint64_t rows_that_fit(const struct tracefile *file, const struct extent *extent) {
    const struct slab *slab = is_limited(file) ? slabs_of_rows(&file->flight.slabs) : NULL;
    if (is_limited(file) && (!slab || slab->age != extent->slab)) return 0;
    return (extent->room.bytes - extent->used) / sizeof(struct hold_row);
}

static bool write_rows(struct tracefile *file, struct extent *extent, uint32_t gil,
                       const struct hold_row *rows, uint64_t count) {
    while (count && !file->sink.stopped) {
        uint64_t room = rows_that_fit(file, extent);
        if (!room && !new_extent(file, extent, gil, count)) return false;
        if (!room) room = rows_that_fit(file, extent);
        uint64_t now = count < room ? count : room;
        if (!write_at(file, extent->room.payload_at + extent->used, rows, now * sizeof *rows)) return false;
        extent->used += now * sizeof *rows;
        extent->rows += now;
        rows += now, count -= now;
        if (!extent_write_header(file, extent, gil)) return false;
    }
    return count == 0;
}

/* Turns go before their rows, and where the room of old rows is used again, not earlier than they. */
static bool write_summed(struct tracefile *file, uint32_t gil, const struct summed *summed) {
    struct extent *extent = extent_of(file, gil);
    if (is_limited(file)) {
        enum lack lack = flight_prepare(&file->flight, &file->space, summed->row_count, summed->turns_count);
        if (lacks(file, lack)) return false;
    }
    if (!take_chunk(&file->sink, CHUNK_TURNS, gil, summed->turns,
                    summed->turns_count * sizeof *summed->turns) ||
        !write_rows(file, extent, gil, summed->rows, summed->row_count))
        return false;
    if (is_limited(file))
        totals_add(&file->flight.totals, gil, summed->rows, summed->row_count, summed->turns,
                   summed->turns_count);
    return true;
}

static bool write_totals(struct tracefile *file) {
    return !is_limited(file) || !lacks(file, flight_write_totals(&file->flight, &file->space));
}

static bool take_holds(struct sink *sink, uint32_t gil, uint64_t first, const struct hold_row *holds,
                       uint64_t count) {
    static struct summed summed;
    struct tracefile *file = file_of(sink);
    struct extent *extent = extent_of(file, gil);
    if (!extent) return fail(file, "write-error", ENOMEM);
    uint64_t most = is_limited(file) ? flight_batch(&file->flight) : count;
    for (uint64_t at = 0, now; at < count; at += now) {
        now = count - at < most ? count - at : most;
        turns_sum_up(&summed, holds + at, now, first + at, extent->rows);
        if (!write_summed(file, gil, &summed)) return false;
    }
    return write_totals(file);
}

static bool take_last_hold(struct sink *sink, uint32_t gil, const struct hold_row *row) {
    struct extent *extent = extent_of(file_of(sink), gil);
    if (!extent) return fail(file_of(sink), "write-error", ENOMEM);
    if (!write_rows(file_of(sink), extent, gil, row, 1)) return false;
    if (is_limited(file_of(sink))) totals_add(&file_of(sink)->flight.totals, gil, row, 1, NULL, 0);
    return true;
}

/* --- now and then, and at the end ------------------------------------------------------------ */

static void check(struct sink *sink) {
    struct stat status;
    bool was_deleted = fstat(file_of(sink)->space.fd, &status) == 0 && status.st_nlink == 0;
    if (was_deleted) fail(file_of(sink), "write-error", ENOENT);
}

static struct sink_place place(struct sink *sink, uint32_t gil) {
    struct tracefile *file = file_of(sink);
    struct sink_place place = {.gil = gil};
    if (is_limited(file)) place.bytes = file->flight.serial;
    else if (!space_end(&file->space, &place.bytes)) place.bytes = UINT64_MAX;
    if (gil < file->extent_count) place.rows = file->extents[gil].rows;
    return place;
}

/* Give back the unused room of extents: at the end of the file, or at least on the disk. */
static void trim(struct sink *sink) {
    struct tracefile *file = file_of(sink);
    tracefile_show_now(sink, NULL, 0);
    if (file->ending.used) write_kept(file);
    file->ending.used = 0;
    if (is_limited(file)) {
        write_totals(file);
        slabs_trim(&file->flight.slabs, &file->space);
        space_release(&file->space);
        return;
    }
    for (uint32_t gil = 0; gil < file->extent_count; gil++) {
        struct extent *extent = &file->extents[gil];
        uint64_t used = round_up(extent->used, 8), from = extent->room.payload_at + used;
        if (used >= extent->room.bytes) continue;
        if (space_give_back(&file->space, from, extent->room.end)) {
            extent->room.bytes = used;
            extent_write_header(file, extent, gil);
        } else if (fallocate(file->space.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                             (off_t)(extent->room.end - from)) != 0) {
            continue; /* it stays */
        }
    }
    space_release(&file->space);
}

/* --- beginning ----------------------------------------------------------------- */

void tracefile_start(struct tracefile *file, int fd, uint64_t limit, uint32_t process) {
    static const struct sink_functions functions =
        {take_chunk, take_holds,           take_last_hold,     place,
         check,      tracefile_is_watched, tracefile_show_now, trim};
    *file = (struct tracefile){.sink = {.does = &functions},
                               .process = process,
                               .space = {.fd = fd, .limit = limit}};
    flight_begin(&file->flight, process);
}

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit, uint32_t process) {
    tracefile_start(file, fd, limit, process);
    if (process) return true; /* the first one's collector begins the file */
    struct file_header header = {.format_version = FORMAT_VERSION,
                                 .header_bytes = sizeof(struct file_header)};
    memcpy(header.magic, FILE_MAGIC, sizeof header.magic);
    return write_at(file, 0, &header, sizeof header);
}
