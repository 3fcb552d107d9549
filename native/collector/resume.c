/* Go on with a trace file whose collector was killed. */
#include "resume.h"

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
    room.end = round_up(room.payload_at + room.bytes, 8);
    *extent = (struct extent){.room = room,
                              .used = used,
                              .rows = header->first_row + used / sizeof(struct hold_row)};
    return used == header->used_bytes || extent_write_header(file, extent, header->table);
}

static uint64_t end_of(uint64_t at, const struct chunk_header *header) {
    return round_up(at + header->payload_skip + header->capacity_bytes, 8);
}

/* Where room is used again, chunks that were written later do not lie behind earlier ones, and what is to
 * be written next goes to a piece of its own. */
static bool take_over_flight(struct tracefile *file, uint64_t at, const struct chunk_header *header,
                             const struct sink_place *undo) {
    bool is_of_holds = header->kind == CHUNK_HOLDS, is_undone = header->first_row >= undo->bytes;
    if (is_of_holds) is_undone = header->table == undo->gil && header->first_row >= undo->rows;
    if (is_undone) return tracefile_write_kind(file, at, CHUNK_UNDONE);
    if (header->kind != CHUNK_SLAB) slabs_stays(&file->flight.slabs, at, end_of(at, header));
    if (!is_of_holds) return flight_found(&file->flight, &file->space, at, header);
    return header->table != undo->gil || take_extent(file, at, header, undo);
}

static bool resume_flight(struct tracefile *file) {
    if (!flight_resume(&file->flight, &file->space)) return false;
    for (uint32_t gil = 0; gil < file->flight.totals.gil_count; gil++) {
        struct extent *extent = extent_of(file, gil);
        if (!extent) return false;
        *extent = (struct extent){.rows = totals_rows(&file->flight.totals, gil)};
    }
    return true;
}

static bool take_over(struct tracefile *file, uint64_t at, const struct chunk_header *header,
                      const struct sink_place *undo) {
    bool is_ours = header->kind != CHUNK_UNDONE && header->kind != CHUNK_PROCESS;
    if (header->process != file->process || !is_ours) return true;
    if (header->kind == CHUNK_NOW) {
        slabs_stays(&file->flight.slabs, at, end_of(at, header));
        return tracefile_write_kind(file, at, CHUNK_UNDONE);
    }
    if (is_limited(file)) return take_over_flight(file, at, header, undo);
    if (at >= undo->bytes) return tracefile_write_kind(file, at, CHUNK_UNDONE);
    return header->kind != CHUNK_HOLDS || take_extent(file, at, header, undo);
}

bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, const struct sink_place *undo) {
    tracefile_start(file, fd, limit, 0);
    uint64_t end, at = sizeof(struct file_header);
    if (!space_end(&file->space, &end)) return false;
    for (struct chunk_header header; at + sizeof header <= end;) {
        if (!space_read(&file->space, at, &header, sizeof header)) return false;
        uint64_t bytes = end_of(at, &header) - at;
        if (header.magic != CHUNK_MAGIC || bytes < sizeof header || bytes > end - at) {
            at += 8; /* it was killed before it said what this was to be */
            continue;
        }
        if (!take_over(file, at, &header, undo)) return false;
        at += bytes;
    }
    return !is_limited(file) || resume_flight(file);
}
