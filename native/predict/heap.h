/* What is next: a binary heap. Of what has the same rank, the first that came is next. */
#ifndef GILSCOPE_PREDICT_HEAP_H
#define GILSCOPE_PREDICT_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct entry {
    int64_t rank; /* a moment in ns, or a turn: the least is next */
    int64_t order; /* how many came before it */
    int32_t thread;
    uint32_t version; /* of the thread, or of the GIL: another one by then makes the entry void */
    int what;
};

struct heap {
    struct entry *entries;
    int64_t used;
};

bool entry_is_before(const struct entry *one, const struct entry *other);
void heap_put(struct heap *heap, struct entry entry); /* there must be room */
struct entry heap_take(struct heap *heap); /* there must be one */

#endif
