/* The chunk NOW of the trace file, for who reads along; see shared/now.h. */
#include <fcntl.h>
#include <unistd.h>

#include "tracefile.h"

bool tracefile_is_watched(struct sink *sink) {
    struct flock watched = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = WATCHED_BYTE, .l_len = 1};
    int fd = ((struct tracefile *)sink)->space.fd;
    return !sink->is_ending && fcntl(fd, F_GETLK, &watched) == 0 && watched.l_type != F_UNLCK;
}

static void take_away(struct tracefile *file) {
    if (file->now.bytes) tracefile_write_kind(file, file->now.header_at, CHUNK_UNDONE);
    file->now.bytes = 0;
}

/* Room with something to spare, because there will be more threads. That there is none is no reason to
 * stop. */
static bool make_room(struct tracefile *file, uint64_t bytes) {
    if (file->now.bytes >= bytes) return true;
    take_away(file);
    struct room room = {.bytes = bytes * 2, .alignment = 8};
    enum lack lack = is_limited(file) ? flight_take(&file->flight, &file->space, CHUNK_NOW, &room)
                                      : space_take(&file->space, &room, false);
    if (lack != LACKS_NOTHING) return false;
    struct chunk_header header = {.magic = CHUNK_MAGIC,
                                  .kind = CHUNK_UNDONE,
                                  .payload_skip = (uint32_t)(room.payload_at - room.header_at),
                                  .process = file->process,
                                  .capacity_bytes = room.bytes,
                                  .used_bytes = room.bytes};
    if (is_limited(file)) header.first_row = file->flight.serial++;
    if (!space_write(&file->space, room.header_at, &header, sizeof header)) return false;
    file->now = room;
    return true;
}

void tracefile_show_now(struct sink *sink, const void *payload, uint64_t bytes) {
    struct tracefile *file = (struct tracefile *)sink;
    if (!bytes) {
        take_away(file);
        return;
    }
    if (sink->stopped || !make_room(file, bytes)) return;
    if (space_write(&file->space, file->now.payload_at, payload, bytes))
        tracefile_write_kind(file, file->now.header_at, CHUNK_NOW);
}
