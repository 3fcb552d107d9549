/* Append records to the arena's segments; the collector reads them behind us. */
#include "logs.h"

#include "memory.h"
#include "stop.h"

#include <string.h>

static struct segment_info *claim_segment(struct arena_header *arena, uint32_t *index) {
    struct segment_info *table = arena->table;
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        uint32_t expected = SEGMENT_FREE;
        if (atomic_load_explicit(&table[i].state, memory_order_relaxed) != SEGMENT_FREE) continue;
        if (atomic_compare_exchange_strong(&table[i].state, &expected, SEGMENT_OPEN)) {
            *index = i;
            return &table[i];
        }
    }
    return NULL;
}

static void seal(struct log *log) {
    if (log->info) atomic_store_explicit(&log->info->state, SEGMENT_SEALED, memory_order_release);
    *log = (struct log){.sequence = log->sequence};
}

/* The collector must not see a fresh segment before its description is whole; it looks at
 * `used_bytes` alone, which is 0 until the first commit. */
static bool extend(struct gil *gil, enum log_kind kind) {
    struct log *log = &gil->logs[kind];
    uint32_t index;
    seal(log);
    struct segment_info *info = claim_segment(recording.arena, &index);
    char *memory = info ? memory_segment(index) : NULL;
    if (!memory) return false;
    info->gil = (uint16_t)gil->cell->gil;
    info->kind = (uint16_t)kind;
    info->sequence = log->sequence++;
    info->first_row = gil->hold_count;
    log->info = info;
    log->begin = log->next = memory;
    log->end = log->begin + SEGMENT_BYTES;
    if (index >= SEGMENTS / 8) recording_wake_collector();
    return true;
}

void *log_reserve(struct gil *gil, enum log_kind kind, uint32_t bytes) {
    struct log *log = &gil->logs[kind];
    if (UNLIKELY((size_t)(log->end - log->next) < bytes) && !extend(gil, kind)) {
        recording_give_up(STOP_OVERFLOW);
        return NULL;
    }
    return log->next;
}

void log_commit(struct gil *gil, enum log_kind kind, uint32_t bytes) {
    struct log *log = &gil->logs[kind];
    log->next += bytes;
    atomic_store_explicit(&log->info->used_bytes, (uint64_t)(log->next - log->begin), memory_order_release);
}

bool log_define(struct gil *gil, uint32_t kind, const void *entry, uint32_t bytes) {
    uint32_t padded = (bytes + 7u) & ~7u;
    uint32_t total = (uint32_t)sizeof(struct definition_header) + padded;
    char *room = log_reserve(gil, LOG_DEFINITIONS, total);
    if (!room) return false;
    struct definition_header header = {.kind = kind, .bytes = padded};
    memcpy(room, &header, sizeof header);
    memcpy(room + sizeof header, entry, bytes);
    memset(room + sizeof header + bytes, 0, padded - bytes);
    log_commit(gil, LOG_DEFINITIONS, total);
    return true;
}

void logs_seal(struct gil *gil) {
    for (int kind = 0; kind < LOG_KINDS; kind++) seal(&gil->logs[kind]);
}
