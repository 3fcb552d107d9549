/* Append chunks to the trace file; see format.h for what is where. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefile.h"
#include "turns.h"

struct extent { /* the HOLDS chunk of a GIL that is being filled */
    struct room room;
    uint64_t used, rows;
};

static struct tracefile *file_of(struct sink *sink) { return (struct tracefile *)sink; }

static bool fail(struct tracefile *file, const char *reason, int error) {
    if (!file->sink.stopped) {
        file->sink.stopped = reason;
        file->sink.error = error;
    }
    return false;
}

static bool write_at(struct tracefile *file, uint64_t at, const void *data, uint64_t bytes) {
    const char *from = data;
    while (bytes) {
        ssize_t wrote = pwrite(file->space.fd, from, bytes, (off_t)at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            bool full = wrote == 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return fail(file, full ? "disk-full" : "write-error", wrote ? errno : ENOSPC);
        }
        from += wrote, at += (uint64_t)wrote, bytes -= (uint64_t)wrote;
    }
    return true;
}

static bool take_room(struct tracefile *file, struct room *room, bool whatever) {
    switch (space_take(&file->space, room, whatever)) {
    case LACKS_NOTHING: return true;
    case LACKS_LIMIT: return fail(file, "max-size", 0);
    case LACKS_DISK: return fail(file, "disk-full", errno);
    default: return fail(file, "write-error", errno);
    }
}

static bool is_of_the_ending(enum chunk_kind kind) {
    return kind == CHUNK_META || kind == CHUNK_THREAD || kind == CHUNK_GIL || kind == CHUNK_OPEN;
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

static bool write_kind(struct tracefile *file, uint64_t header_at, enum chunk_kind kind) {
    uint16_t number = (uint16_t)kind;
    return write_at(file, header_at + offsetof(struct chunk_header, kind), &number, sizeof number);
}

static bool take_chunk(struct sink *sink, enum chunk_kind kind, uint32_t table, const void *payload,
                       uint64_t bytes) {
    struct tracefile *file = file_of(sink);
    bool is_ending = is_of_the_ending(kind);
    if (!bytes) return true;
    if (sink->stopped && !is_ending) return false;
    struct room room = {.bytes = bytes, .alignment = 8};
    if (!take_room(file, &room, is_ending)) return false;
    struct chunk_header header = header_of(file, &room, CHUNK_UNDONE, table);
    if (write_at(file, room.header_at, &header, sizeof header) &&
        write_at(file, room.payload_at, payload, bytes) && write_kind(file, room.header_at, kind))
        return true;
    space_give_back(&file->space, room.header_at, room.end); /* or it stays undone */
    return false;
}

/* --- holds ---------------------------------------------------------------------------------- */

static struct extent *extent_of(struct tracefile *file, uint32_t gil) {
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

static bool write_header(struct tracefile *file, const struct extent *extent, uint32_t gil) {
    struct chunk_header header = header_of(file, &extent->room, CHUNK_HOLDS, gil);
    header.used_bytes = extent->used;
    header.first_row = extent->rows - extent->used / sizeof(struct hold_row);
    return write_at(file, extent->room.header_at, &header, sizeof header);
}

/* Each extent doubles the last; what is known to be the last rows takes no more than it needs. */
static bool new_extent(struct tracefile *file, struct extent *extent, uint32_t gil, uint64_t count) {
    uint64_t bytes = extent->room.bytes ? extent->room.bytes * 2 : HOLDS_CAPACITY_MIN;
    uint64_t needed = count * sizeof(struct hold_row);
    if (bytes > HOLDS_CAPACITY_MAX) bytes = HOLDS_CAPACITY_MAX;
    if (file->sink.is_ending && needed < bytes) bytes = needed;
    struct room room = {.bytes = bytes, .alignment = HOLDS_ALIGNMENT};
    if (!take_room(file, &room, false)) return false;
    *extent = (struct extent){.room = room, .rows = extent->rows};
    return write_header(file, extent, gil);
}

static bool write_rows(struct tracefile *file, struct extent *extent, uint32_t gil,
                       const struct hold_row *rows, uint64_t count) {
    while (count && !file->sink.stopped) {
        if (extent->used == extent->room.bytes && !new_extent(file, extent, gil, count)) return false;
        uint64_t room = (extent->room.bytes - extent->used) / sizeof *rows;
        uint64_t now = count < room ? count : room;
        if (!write_at(file, extent->room.payload_at + extent->used, rows, now * sizeof *rows)) return false;
        extent->used += now * sizeof *rows;
        extent->rows += now;
        rows += now, count -= now;
        if (!write_header(file, extent, gil)) return false;
    }
    return count == 0;
}

static bool take_holds(struct sink *sink, uint32_t gil, uint64_t first, const struct hold_row *holds,
                       uint64_t count) {
    static struct summed summed;
    struct tracefile *file = file_of(sink);
    struct extent *extent = extent_of(file, gil);
    if (!extent) return fail(file, "write-error", ENOMEM);
    turns_sum_up(&summed, holds, count, first, extent->rows);
    return take_chunk(sink, CHUNK_TURNS, gil, summed.turns, summed.turns_count * sizeof *summed.turns) &&
           write_rows(file, extent, gil, summed.rows, summed.row_count);
}

static bool take_last_hold(struct sink *sink, uint32_t gil, const struct hold_row *row) {
    struct extent *extent = extent_of(file_of(sink), gil);
    if (!extent) return fail(file_of(sink), "write-error", ENOMEM);
    return write_rows(file_of(sink), extent, gil, row, 1);
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
    if (!space_end(&file->space, &place.bytes)) place.bytes = UINT64_MAX;
    if (gil < file->extent_count) place.rows = file->extents[gil].rows;
    return place;
}

/* Give back the unused room of extents: at the end of the file, or at least on the disk. */
static void trim(struct sink *sink) {
    struct tracefile *file = file_of(sink);
    for (uint32_t gil = 0; gil < file->extent_count; gil++) {
        struct extent *extent = &file->extents[gil];
        uint64_t used = (extent->used + 7) & ~(uint64_t)7, from = extent->room.payload_at + used;
        if (used >= extent->room.bytes) continue;
        if (space_give_back(&file->space, from, extent->room.end)) {
            extent->room.bytes = used;
            write_header(file, extent, gil);
        } else if (fallocate(file->space.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                             (off_t)(extent->room.end - from)) != 0) {
            continue; /* it stays */
        }
    }
    space_release(&file->space);
}

/* --- beginning, and going on ----------------------------------------------------------------- */

static void start(struct tracefile *file, int fd, uint64_t limit, uint32_t process) {
    static const struct sink_functions functions = {take_chunk, take_holds, take_last_hold,
                                                    place,      check,      trim};
    *file = (struct tracefile){.sink = {.does = &functions},
                               .process = process,
                               .space = {.fd = fd, .limit = limit}};
}

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit, uint32_t process) {
    start(file, fd, limit, process);
    if (process) return true; /* the first one's collector begins the file */
    struct file_header header = {.format_version = FORMAT_VERSION,
                                 .header_bytes = sizeof(struct file_header)};
    memcpy(header.magic, FILE_MAGIC, sizeof header.magic);
    return write_at(file, 0, &header, sizeof header);
}

static bool read_at(const struct tracefile *file, uint64_t at, void *into, size_t bytes) {
    return pread(file->space.fd, into, bytes, (off_t)at) == (ssize_t)bytes;
}

/* Where rows were being added, those before them are kept. */
static bool take_extent(struct tracefile *file, uint64_t at, const struct chunk_header *header,
                        const struct sink_place *undo) {
    struct extent *extent = extent_of(file, header->table);
    if (!extent || header->used_bytes > header->capacity_bytes) return false;
    uint64_t used = header->used_bytes, rows = undo->rows - header->first_row;
    if (header->table == undo->gil && rows < used / sizeof(struct hold_row))
        used = rows * sizeof(struct hold_row);
    struct room room = {.bytes = header->capacity_bytes,
                        .alignment = HOLDS_ALIGNMENT,
                        .header_at = at,
                        .payload_at = at + header->payload_skip};
    room.end = (room.payload_at + room.bytes + 7) & ~(uint64_t)7;
    *extent = (struct extent){.room = room,
                              .used = used,
                              .rows = header->first_row + used / sizeof(struct hold_row)};
    return used == header->used_bytes || write_header(file, extent, header->table);
}

static bool take_over(struct tracefile *file, uint64_t at, const struct chunk_header *header,
                      const struct sink_place *undo) {
    bool is_ours = header->kind != CHUNK_UNDONE && header->kind != CHUNK_PROCESS;
    if (header->process != file->process || !is_ours) return true;
    if (at >= undo->bytes) return write_kind(file, at, CHUNK_UNDONE);
    return header->kind != CHUNK_HOLDS || take_extent(file, at, header, undo);
}

bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, const struct sink_place *undo) {
    start(file, fd, limit, 0);
    uint64_t end, at = sizeof(struct file_header);
    if (!space_end(&file->space, &end)) return false;
    for (struct chunk_header header; at + sizeof header <= end;) {
        if (!read_at(file, at, &header, sizeof header)) return false;
        uint64_t bytes = (header.payload_skip + header.capacity_bytes + 7) & ~(uint64_t)7;
        if (header.magic != CHUNK_MAGIC || bytes < sizeof header || bytes > end - at) {
            at += 8; /* it was killed before it said what this was to be */
            continue;
        }
        if (!take_over(file, at, &header, undo)) return false;
        at += bytes;
    }
    return true;
}
