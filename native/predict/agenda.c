#include "predict/agenda.h"

#include <stdlib.h>

static bool grow(struct agenda *agenda) {
    int64_t room = agenda->room ? agenda->room * 2 : 64;
    struct entry *entries = realloc(agenda->heap.entries, (size_t)room * sizeof *entries);
    if (!entries) return false;
    agenda->heap.entries = entries;
    agenda->room = room;
    return true;
}

bool agenda_add(struct agenda *agenda, struct entry entry) {
    entry.order = agenda->added++;
    if (entry.what < ONCE_ONLY) {
        agenda->once[entry.what] = entry;
        agenda->is_set[entry.what] = true;
        return true;
    }
    if (agenda->heap.used == agenda->room && !grow(agenda)) return false;
    heap_put(&agenda->heap, entry);
    return true;
}

/* Whether what happens once only comes before all else. */
static bool next_once(struct agenda *agenda, struct entry *entry) {
    int first = ONCE_ONLY;
    for (int i = 0; i < ONCE_ONLY; i++)
        if (agenda->is_set[i] &&
            (first == ONCE_ONLY || entry_is_before(&agenda->once[i], &agenda->once[first])))
            first = i;
    if (first == ONCE_ONLY) return false;
    if (agenda->heap.used && entry_is_before(&agenda->heap.entries[0], &agenda->once[first])) return false;
    *entry = agenda->once[first];
    agenda->is_set[first] = false;
    return true;
}

bool agenda_next(struct agenda *agenda, struct entry *entry) {
    if (next_once(agenda, entry)) return true;
    if (!agenda->heap.used) return false;
    *entry = heap_take(&agenda->heap);
    return true;
}

void agenda_free(struct agenda *agenda) { free(agenda->heap.entries); }
