/* What a collector leaves behind for a successor, should it be killed: nothing is lost that stands in
 * the arena, and nothing is written twice.
 *
 * A segment's records and the note that they are in the file cannot be written at once. So what was
 * being written is noted before, and if it is still noted when a successor takes over, it is undone
 * and written again. */
#include "progress.h"
#include "sink.h"

void progress_mark(struct collector *c) {
    atomic_store(&c->arena->progress.samples, c->samples);
    atomic_store(&c->arena->progress.has_begun, 1);
}

void progress_begin_segment(struct collector *c, uint32_t index, uint64_t drained) {
    struct progress *progress = &c->arena->progress;
    struct sink_place place = sink_place(c->sink, once(c->arena->table[index].gil));
    progress->file_bytes_before = place.bytes;
    progress->rows_before = place.rows;
    progress->drained_before = drained;
    atomic_store(&progress->writing, index + 1);
}

void progress_end_segment(struct collector *c, uint32_t index, uint64_t drained) {
    atomic_store(&c->arena->table[index].drained_bytes, drained);
    atomic_store(&c->arena->progress.writing, 0);
}

void progress_begin_ending(struct collector *c) { atomic_store(&c->arena->progress.writing, WRITES_ENDING); }

/* All of this is the arena's: what makes no sense there makes a file that is cut short, no worse. */
bool progress_undo(struct collector *c, struct sink_place *undo) {
    struct progress *progress = &c->arena->progress;
    uint32_t writing = atomic_load(&progress->writing);
    *undo = (struct sink_place){.bytes = UINT64_MAX, .gil = UINT32_MAX};
    if (writing == WRITES_ENDING) return false;
    if (!writing || writing > SEGMENTS) return true;
    atomic_store(&c->arena->table[writing - 1].drained_bytes, once(progress->drained_before));
    undo->bytes = once(progress->file_bytes_before);
    if (once(c->arena->table[writing - 1].kind) != LOG_HOLDS) return true;
    undo->gil = once(c->arena->table[writing - 1].gil);
    undo->rows = once(progress->rows_before);
    return true;
}

void progress_take_over(struct collector *c) {
    c->samples = atomic_load(&c->arena->progress.samples);
    progress_mark(c);
    atomic_store(&c->arena->progress.writing, 0);
}
