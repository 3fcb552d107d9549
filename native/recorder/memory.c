/* The recorder's view of the arena: mapped as far as it is in use, and nobody's after the end.
 *
 * A thread that was inside a hook when a recording ended may still write a record. So what was
 * mapped is not unmapped, but becomes memory of nobody at the same address, which costs nothing
 * until it is touched; the next recording maps its own there. Only segments go, where no thread but
 * the one that ends the recording can be writing in them.
 *
 * The program has no descriptor of the arena. A further block is mapped by duplicating the page
 * before it (mremap with an old size of 0) to a greater length. */
#include "memory.h"

#include <string.h>
#include <sys/mman.h>

#define CELL_BLOCKS (THREAD_CELLS / CELLS_PER_BLOCK)
#define SEGMENT_BLOCKS (SEGMENTS / SEGMENTS_PER_BLOCK)

struct area {
    char *start;         /* ARENA_PAGE before the block: that belongs to the one before */
    _Atomic uint64_t of; /* the recording that it is mapped for; 0: nobody's */
};
struct region {
    uint64_t at, block_bytes;
    uint32_t count;
    struct area *areas;
};
static struct area head, cell_areas[CELL_BLOCKS], segment_areas[SEGMENT_BLOCKS];
static const struct region cells = {CELLS_AT, CELL_BLOCK_BYTES, CELL_BLOCKS, cell_areas};
static const struct region segments = {SEGMENTS_AT, SEGMENT_BLOCK_BYTES, SEGMENT_BLOCKS, segment_areas};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool map_at(struct area *area, int fd, uint64_t from, uint64_t bytes) {
    int fixed = area->start ? MAP_FIXED : 0;
    void *at = mmap(area->start, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | fixed, fd, (off_t)from);
    if (at == MAP_FAILED) return false;
    area->start = at;
    atomic_store(&area->of, recording.session);
    return true;
}

bool memory_map(int fd) {
    bool mapped = map_at(&head, fd, 0, CELLS_AT) &&
                  map_at(&cell_areas[0], fd, CELLS_AT - ARENA_PAGE, ARENA_PAGE + CELL_BLOCK_BYTES) &&
                  map_at(&segment_areas[0], fd, SEGMENTS_AT - ARENA_PAGE, ARENA_PAGE + SEGMENT_BLOCK_BYTES);
    recording.arena = (struct arena_header *)head.start;
    return mapped;
}

static bool map_behind(const struct area *before, struct area *area, uint64_t block_bytes) {
    void *last_page = before->start + block_bytes;
    int flags = MREMAP_MAYMOVE | (area->start ? MREMAP_FIXED : 0);
    void *at = mremap(last_page, 0, ARENA_PAGE + block_bytes, flags, area->start);
    if (at == MAP_FAILED) return false;
    area->start = at;
    atomic_store(&area->of, recording.session);
    return true;
}

/* The block of that index, mapped if need be; they come one after the other. */
static char *block_of(const struct region *region, uint32_t index) {
    struct area *area = &region->areas[index];
    if (LIKELY(atomic_load(&area->of) == recording.session)) return area->start + ARENA_PAGE;
    bool mapped = true;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 1; i <= index && mapped; i++)
        if (atomic_load(&region->areas[i].of) != recording.session)
            mapped = map_behind(&region->areas[i - 1], &region->areas[i], region->block_bytes);
    pthread_mutex_unlock(&lock);
    return mapped ? area->start + ARENA_PAGE : NULL;
}

struct thread_cell *memory_cell(uint32_t index) {
    char *block = block_of(&cells, index / CELLS_PER_BLOCK);
    return block ? (struct thread_cell *)block + index % CELLS_PER_BLOCK : NULL;
}

char *memory_segment(uint32_t index) {
    char *block = block_of(&segments, index / SEGMENTS_PER_BLOCK);
    return block ? block + (uint64_t)(index % SEGMENTS_PER_BLOCK) * SEGMENT_BYTES : NULL;
}

/* --- giving back --------------------------------------------------------------------------- */

static void abandon(struct area *area, uint64_t bytes) {
    if (!area->start || !atomic_exchange(&area->of, 0)) return;
    if (mmap(area->start, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        return; /* no mapping is left to be made: the memory stays until the next recording */
}

static void abandon_all(const struct region *region) {
    for (uint32_t i = 0; i < region->count; i++) abandon(&region->areas[i], ARENA_PAGE + region->block_bytes);
}

/* All but the first block, if nobody can be writing there. */
static void unmap_further(const struct region *region) {
    for (uint32_t i = 1; i < region->count; i++) {
        struct area *area = &region->areas[i];
        if (area->start && munmap(area->start, ARENA_PAGE + region->block_bytes) == 0)
            *area = (struct area){0};
    }
}

void memory_release_segments(bool alone) {
    pthread_mutex_lock(&lock);
    abandon_all(&segments);
    if (alone) unmap_further(&segments);
    pthread_mutex_unlock(&lock);
}

void memory_release(bool alone) {
    memory_release_segments(alone);
    pthread_mutex_lock(&lock);
    abandon_all(&cells);
    abandon(&head, CELLS_AT);
    pthread_mutex_unlock(&lock);
}

/* What the parent's recording goes on in stays mapped where that of the child is about to take its place:
 * it has one thread, and nothing of the child's is written before. */
void memory_after_fork(bool is_replaced) {
    lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (is_replaced) {
        unmap_further(&cells);
        unmap_further(&segments);
    } else memory_release(true);
}
