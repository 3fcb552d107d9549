/* The collector's view of the arena: mapped as far as it is in use. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapping.h"
#include "shared/arenafile.h"

static char *cell_blocks[THREAD_CELLS / CELLS_PER_BLOCK];
static char *segment_blocks[SEGMENTS / SEGMENTS_PER_BLOCK];

static char *map(struct collector *c, uint64_t from, uint64_t bytes) {
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->arena_fd, (off_t)from);
    return at == MAP_FAILED ? NULL : at;
}

/* The file cannot become shorter than it is: nothing that is mapped goes away. */
bool mapping_begin(struct collector *c, int fd) {
    if (!arena_is_whole(fd)) return false;
    c->arena_fd = fd;
    c->arena = (struct arena_header *)map(c, 0, CELLS_AT);
    return c->arena && c->arena->offer.magic == ARENA_MAGIC;
}

static void unmap(char **blocks, uint32_t count, uint64_t bytes) {
    for (uint32_t i = 0; i < count; i++) {
        if (blocks[i]) munmap(blocks[i], bytes);
        blocks[i] = NULL;
    }
}

void mapping_end(struct collector *c) {
    unmap(cell_blocks, THREAD_CELLS / CELLS_PER_BLOCK, CELL_BLOCK_BYTES);
    unmap(segment_blocks, SEGMENTS / SEGMENTS_PER_BLOCK, SEGMENT_BLOCK_BYTES);
    munmap(c->arena, CELLS_AT);
    close(c->arena_fd);
}

static char *block_of(struct collector *c, char **blocks, uint32_t index, uint64_t from, uint64_t bytes) {
    if (!blocks[index]) blocks[index] = map(c, from + index * bytes, bytes);
    if (!blocks[index]) abort(); /* no memory: the program goes on, the file keeps what it has */
    return blocks[index];
}

struct thread_cell *cell_at(struct collector *c, uint32_t index) {
    char *block = block_of(c, cell_blocks, index / CELLS_PER_BLOCK, CELLS_AT, CELL_BLOCK_BYTES);
    return (struct thread_cell *)block + index % CELLS_PER_BLOCK;
}

char *segment_at(struct collector *c, uint32_t index) {
    char *block = block_of(c, segment_blocks, index / SEGMENTS_PER_BLOCK, SEGMENTS_AT, SEGMENT_BLOCK_BYTES);
    return block + (uint64_t)(index % SEGMENTS_PER_BLOCK) * SEGMENT_BYTES;
}

uint32_t cells_used(const struct collector *c) {
    uint32_t count = atomic_load(&c->arena->cells_used);
    return count < THREAD_CELLS ? count : THREAD_CELLS;
}

/* Segments beyond those that a collector in time needs give their pages back. */
void mapping_give_back(struct collector *c, uint32_t index) {
    if (index < SEGMENTS_PER_BLOCK) return;
    off_t from = (off_t)(SEGMENTS_AT + (uint64_t)index * SEGMENT_BYTES);
    if (fallocate(c->arena_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, SEGMENT_BYTES) != 0)
        return; /* they stay, and are used again */
}
