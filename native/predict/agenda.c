#include "predict/agenda.h"

#include <stdlib.h>

static bool is_before(const struct entry *one, const struct entry *other) {
    return one->time_ns != other->time_ns ? one->time_ns < other->time_ns : one->order < other->order;
}

static bool grow(struct agenda *agenda) {
    int64_t room = agenda->room ? agenda->room * 2 : 64;
    struct entry *entries = realloc(agenda->entries, (size_t)room * sizeof *entries);
    if (!entries) return false;
    agenda->entries = entries;
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
    if (agenda->used == agenda->room && !grow(agenda)) return false;
    int64_t at = agenda->used++;
    while (at > 0 && is_before(&entry, &agenda->entries[(at - 1) / 2])) {
        agenda->entries[at] = agenda->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->entries[at] = entry;
    return true;
}

/* Whether what happens once only comes before all else. */
static bool next_once(struct agenda *agenda, struct entry *entry) {
    int first = ONCE_ONLY;
    for (int i = 0; i < ONCE_ONLY; i++)
        if (agenda->is_set[i] && (first == ONCE_ONLY || is_before(&agenda->once[i], &agenda->once[first])))
            first = i;
    if (first == ONCE_ONLY) return false;
    if (agenda->used && is_before(&agenda->entries[0], &agenda->once[first])) return false;
    *entry = agenda->once[first];
    agenda->is_set[first] = false;
    return true;
}

bool agenda_next(struct agenda *agenda, struct entry *entry) {
    if (next_once(agenda, entry)) return true;
    if (!agenda->used) return false;
    *entry = agenda->entries[0];
    struct entry last = agenda->entries[--agenda->used];
    int64_t at = 0;
    for (int64_t child = 1; child < agenda->used; child = 2 * at + 1) {
        if (child + 1 < agenda->used && is_before(&agenda->entries[child + 1], &agenda->entries[child]))
            child++;
        if (!is_before(&agenda->entries[child], &last)) break;
        agenda->entries[at] = agenda->entries[child];
        at = child;
    }
    agenda->entries[at] = last;
    return true;
}

void agenda_free(struct agenda *agenda) { free(agenda->entries); }
