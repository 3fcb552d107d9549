/* Room in the trace file, which the collectors of several processes write into.
 *
 * The end of the file is what they agree upon: whoever takes room makes the file longer, under a lock
 * that the kernel gives back whatever becomes of its owner. Nothing else is shared, so collectors need
 * not know of each other. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "space.h"

/* What ends a recording well (who held, who waited, names) still fits after the limit. */
#define RESERVE_FOR_ENDING (64u << 10)

/* Where files cannot be locked, one collector is what there is. */
static void lock(const struct space *space, short type) {
    struct flock first_byte = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
    while (fcntl(space->fd, F_SETLKW, &first_byte) != 0 && errno == EINTR) continue;
}

enum lack space_lack(void) {
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return is_full ? LACKS_DISK : LACKS_FILE;
}

bool space_write(const struct space *space, uint64_t at, const void *data, uint64_t bytes) {
    const char *from = data;
    while (bytes) {
        ssize_t wrote = pwrite(space->fd, from, bytes, (off_t)at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote == 0) errno = ENOSPC;
        if (wrote <= 0) return false;
        from += wrote, at += (uint64_t)wrote, bytes -= (uint64_t)wrote;
    }
    return true;
}

bool space_write_kind(const struct space *space, uint64_t header_at, enum chunk_kind kind) {
    uint16_t number = (uint16_t)kind;
    return space_write(space, header_at + offsetof(struct chunk_header, kind), &number, sizeof number);
}

bool space_read(const struct space *space, uint64_t at, void *into, uint64_t bytes) {
    return pread(space->fd, into, bytes, (off_t)at) == (ssize_t)bytes;
}

bool space_end(const struct space *space, uint64_t *end) {
    struct stat status;
    if (fstat(space->fd, &status) != 0) return false;
    *end = round_up((uint64_t)status.st_size, 8);
    if (*end < sizeof(struct file_header)) *end = sizeof(struct file_header);
    return true;
}

/* Take the room on the disk before writing, and some more: a full disk is noticed while there is
 * still enough to complete the file. */
static bool disk_has(struct space *space, uint64_t from, uint64_t until) {
    until += RESERVE_FOR_ENDING;
    if (from >= space->reserved_from && until <= space->reserved_until) return true;
    if (fallocate(space->fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(until - from)) == 0) {
        space->reserved_from = from;
        space->reserved_until = until;
    } else if (space_lack() == LACKS_DISK) return false; /* else: not known */
    return true;
}

static enum lack extend(struct space *space, struct room *room, bool whatever) {
    uint64_t begin;
    if (!space_end(space, &begin)) return LACKS_FILE;
    uint64_t payload = round_up(begin + sizeof(struct chunk_header), room->alignment);
    uint64_t end = round_up(payload + room->bytes, 8);
    if (!whatever && space->limit && end > space->limit) return LACKS_LIMIT;
    if (!whatever && !disk_has(space, begin, end)) return errno = ENOSPC, LACKS_DISK;
    if (ftruncate(space->fd, (off_t)end) != 0)
        return errno == ENOSPC || errno == EFBIG ? LACKS_DISK : LACKS_FILE;
    room->header_at = begin;
    room->payload_at = payload;
    room->end = end;
    return LACKS_NOTHING;
}

enum lack space_take(struct space *space, struct room *room, bool whatever) {
    lock(space, F_WRLCK);
    enum lack lack = extend(space, room, whatever);
    int error = errno;
    lock(space, F_UNLCK);
    errno = error;
    return lack;
}

bool space_give_back(const struct space *space, uint64_t from, uint64_t until) {
    uint64_t end;
    bool given = false;
    lock(space, F_WRLCK);
    if (space_end(space, &end) && end == until) given = ftruncate(space->fd, (off_t)from) == 0;
    lock(space, F_UNLCK);
    return given;
}

void space_release(const struct space *space) {
    struct stat status;
    lock(space, F_WRLCK);
    bool released = fstat(space->fd, &status) == 0 && ftruncate(space->fd, status.st_size) == 0;
    (void)released; /* or it stays reserved */
    lock(space, F_UNLCK);
}
