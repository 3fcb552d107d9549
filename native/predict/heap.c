#include "predict/heap.h"

bool entry_is_before(const struct entry *one, const struct entry *other) {
    return one->rank != other->rank ? one->rank < other->rank : one->order < other->order;
}

void heap_put(struct heap *heap, struct entry entry) {
    int64_t at = heap->used++;
    for (; at > 0 && entry_is_before(&entry, &heap->entries[(at - 1) / 2]); at = (at - 1) / 2)
        heap->entries[at] = heap->entries[(at - 1) / 2];
    heap->entries[at] = entry;
}

struct entry heap_take(struct heap *heap) {
    struct entry taken = heap->entries[0], last = heap->entries[--heap->used];
    int64_t at = 0;
    for (int64_t child = 1; child < heap->used; child = 2 * at + 1) {
        if (child + 1 < heap->used && entry_is_before(&heap->entries[child + 1], &heap->entries[child]))
            child++;
        if (!entry_is_before(&heap->entries[child], &last)) break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = last;
    return taken;
}
