/* Append chunks to the trace file; see format.h for what is where. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefile.h"

struct extent { /* the HOLDS chunk of a GIL that is being filled */
    uint64_t header_at, payload_at, capacity, used, rows;
};

static struct tracefile *file_of(struct sink *sink) { return (struct tracefile *)sink; }

/* What ends a recording well (who held, who waited, names) still fits after the limit. */
#define RESERVE_FOR_ENDING (64u << 10)

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
        ssize_t wrote = pwrite(file->fd, from, bytes, (off_t)at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            bool full = wrote == 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return fail(file, full ? "disk-full" : "write-error", wrote ? errno : ENOSPC);
        }
        from += wrote, at += (uint64_t)wrote, bytes -= (uint64_t)wrote;
    }
    return true;
}

/* Take the room on the disk before writing, and some more: a full disk is noticed while there is
 * still enough to complete the file. */
static bool reserve(struct tracefile *file, uint64_t bytes) {
    uint64_t until = file->sink.bytes + bytes + RESERVE_FOR_ENDING;
    if (until <= file->reserved) return true;
    uint64_t from = file->reserved > file->sink.bytes ? file->reserved : file->sink.bytes;
    if (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(until - from)) == 0)
        file->reserved = until;
    else if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return false; /* else: not known */
    return true;
}

static bool fits(struct tracefile *file, uint64_t bytes) {
    if (file->sink.stopped) return false;
    if (file->limit && file->sink.bytes + bytes > file->limit) return fail(file, "max-size", 0);
    return reserve(file, bytes) || fail(file, "disk-full", ENOSPC);
}

static bool is_of_the_ending(enum chunk_kind kind) {
    return kind == CHUNK_META || kind == CHUNK_THREAD || kind == CHUNK_GIL || kind == CHUNK_OPEN;
}

static bool take_chunk(struct sink *sink, enum chunk_kind kind, uint32_t table, const void *payload,
                       uint64_t bytes) {
    struct tracefile *file = file_of(sink);
    if (!bytes) return true;
    uint64_t padded = (bytes + 7) & ~(uint64_t)7;
    struct chunk_header header = {.magic = CHUNK_MAGIC,
                                  .kind = (uint16_t)kind,
                                  .table = (uint16_t)table,
                                  .payload_skip = sizeof header,
                                  .capacity_bytes = bytes,
                                  .used_bytes = bytes};
    bool may_write = is_of_the_ending(kind) ? true : fits(file, sizeof header + padded);
    if (!may_write) return false;
    if (write_at(file, file->sink.bytes + sizeof header, payload, bytes) &&
        write_at(file, file->sink.bytes, &header, sizeof header)) {
        file->sink.bytes += sizeof header + padded;
        return true;
    }
    /* Leave no half of a chunk behind. */
    if (ftruncate(file->fd, (off_t)file->sink.bytes) != 0) file->sink.error = errno;
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

static struct chunk_header header_of(const struct extent *extent, uint32_t gil) {
    return (struct chunk_header){
        .magic = CHUNK_MAGIC,
        .kind = CHUNK_HOLDS,
        .table = (uint16_t)gil,
        .payload_skip = (uint32_t)(extent->payload_at - extent->header_at),
        .capacity_bytes = extent->capacity,
        .used_bytes = extent->used,
        .first_row = extent->rows - extent->used / sizeof(struct hold_row),
    };
}

static bool write_header(struct tracefile *file, const struct extent *extent, uint32_t gil) {
    struct chunk_header header = header_of(extent, gil);
    return write_at(file, extent->header_at, &header, sizeof header);
}

static bool new_extent(struct tracefile *file, struct extent *extent, uint32_t gil) {
    uint64_t capacity = extent->capacity ? extent->capacity * 2 : HOLDS_CAPACITY_MIN;
    if (capacity > HOLDS_CAPACITY_MAX) capacity = HOLDS_CAPACITY_MAX;
    uint64_t payload = file->sink.bytes + sizeof(struct chunk_header);
    payload = (payload + HOLDS_ALIGNMENT - 1) / HOLDS_ALIGNMENT * HOLDS_ALIGNMENT;
    if (!fits(file, payload + capacity - file->sink.bytes)) return false;
    *extent = (struct extent){.header_at = file->sink.bytes,
                              .payload_at = payload,
                              .capacity = capacity,
                              .rows = extent->rows};
    if (!write_header(file, extent, gil)) return false;
    if (ftruncate(file->fd, (off_t)(payload + capacity)) != 0)
        return fail(file, errno == ENOSPC ? "disk-full" : "write-error", errno);
    file->sink.bytes = payload + capacity;
    return true;
}

static bool take_holds(struct sink *sink, uint32_t gil, uint64_t first, const struct hold_row *rows,
                       uint64_t count) {
    struct tracefile *file = file_of(sink);
    struct extent *extent = extent_of(file, gil);
    if (!extent) return fail(file, "write-error", ENOMEM);
    uint64_t there = extent->rows > first ? extent->rows - first : 0;
    if (there >= count) return true;
    rows += there, count -= there;
    while (count && !file->sink.stopped) {
        if (extent->used == extent->capacity && !new_extent(file, extent, gil)) return false;
        uint64_t room = (extent->capacity - extent->used) / sizeof *rows;
        uint64_t now = count < room ? count : room;
        if (!write_at(file, extent->payload_at + extent->used, rows, now * sizeof *rows))
            return false;
        extent->used += now * sizeof *rows;
        extent->rows += now;
        rows += now, count -= now;
        if (!write_header(file, extent, gil)) return false;
    }
    return count == 0;
}

static bool take_last_hold(struct sink *sink, uint32_t gil, const struct hold_row *row) {
    struct extent *extent = extent_of(file_of(sink), gil);
    return take_holds(sink, gil, extent ? extent->rows : 0, row, 1);
}

/* --- now and then, and at the end ------------------------------------------------------------ */

static void check(struct sink *sink) {
    struct stat status;
    bool was_deleted = fstat(file_of(sink)->fd, &status) == 0 && status.st_nlink == 0;
    if (was_deleted) fail(file_of(sink), "write-error", ENOENT);
}

/* Give back the unused room of an extent at the end of the file. */
static void trim(struct sink *sink) {
    struct tracefile *file = file_of(sink);
    if (ftruncate(file->fd, (off_t)file->sink.bytes) != 0) fail(file, "write-error", errno);
    for (uint32_t gil = 0; gil < file->extent_count; gil++) {
        struct extent *extent = &file->extents[gil];
        if (!extent->capacity || extent->payload_at + extent->capacity != file->sink.bytes) continue;
        uint64_t used = (extent->used + 7) & ~(uint64_t)7;
        extent->capacity = used;
        file->sink.bytes = extent->payload_at + used;
        if (write_header(file, extent, gil) && ftruncate(file->fd, (off_t)file->sink.bytes) != 0)
            fail(file, "write-error", errno);
        return;
    }
}

/* --- beginning, and going on ----------------------------------------------------------------- */

static void start(struct tracefile *file, int fd, uint64_t limit) {
    static const struct sink_functions functions = {take_chunk, take_holds, take_last_hold, check, trim};
    *file = (struct tracefile){.sink = {.does = &functions, .bytes = sizeof(struct file_header)},
                               .fd = fd,
                               .limit = limit};
}

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit) {
    start(file, fd, limit);
    struct file_header header = {.format_version = FORMAT_VERSION,
                                 .header_bytes = sizeof(struct file_header)};
    memcpy(header.magic, FILE_MAGIC, sizeof header.magic);
    return write_at(file, 0, &header, sizeof header);
}

static bool read_at(const struct tracefile *file, uint64_t at, void *into, size_t bytes) {
    return pread(file->fd, into, bytes, (off_t)at) == (ssize_t)bytes;
}

static bool take_extent(struct tracefile *file, const struct chunk_header *header) {
    struct extent *extent = extent_of(file, header->table);
    if (!extent || header->used_bytes > header->capacity_bytes) return false;
    *extent = (struct extent){.header_at = file->sink.bytes,
                              .payload_at = file->sink.bytes + header->payload_skip,
                              .capacity = header->capacity_bytes,
                              .used = header->used_bytes,
                              .rows = header->first_row + header->used_bytes / sizeof(struct hold_row)};
    return true;
}

bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, uint64_t bytes) {
    start(file, fd, limit);
    while (file->sink.bytes < bytes) {
        struct chunk_header header;
        if (!read_at(file, file->sink.bytes, &header, sizeof header) || header.magic != CHUNK_MAGIC)
            return false;
        if (header.kind == CHUNK_HOLDS && !take_extent(file, &header)) return false;
        uint64_t room = (header.capacity_bytes + 7) & ~(uint64_t)7;
        if (room > bytes - file->sink.bytes) return false;
        file->sink.bytes += header.payload_skip + room;
    }
    return file->sink.bytes == bytes && ftruncate(fd, (off_t)bytes) == 0;
}
