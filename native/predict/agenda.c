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
    if (agenda->used == agenda->room && !grow(agenda)) return false;
    entry.order = agenda->added++;
    int64_t at = agenda->used++;
    while (at > 0 && is_before(&entry, &agenda->entries[(at - 1) / 2])) {
        agenda->entries[at] = agenda->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->entries[at] = entry;
    return true;
}

bool agenda_next(struct agenda *agenda, struct entry *entry) {
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
