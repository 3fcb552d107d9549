/* What stands at the beginning and at the end of a trace. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ending.h"
#include "children.h"
#include "drain.h"
#include "mapping.h"
#include "progress.h"
#include "remote.h"
#include "sink.h"
#include "threads.h"

void write_beginning(struct collector *c) {
    char meta[META_BYTES];
    memcpy(meta, c->arena->meta, sizeof meta);
    sink_chunk(c->sink, CHUNK_META, 0, meta, strnlen(meta, sizeof meta));
    static const char with[] = "{\"locks_recorded\":true}", without[] = "{\"locks_recorded\":false}";
    bool is_with = atomic_load(&c->arena->locks_recorded);
    sink_chunk(c->sink, CHUNK_META, 0, is_with ? with : without,
               (is_with ? sizeof with : sizeof without) - 1);
}

static const char *end_reason(const struct collector *c) {
    if (c->sink->stopped) return c->sink->stopped;
    if (c->executed) return "exec";
    switch (atomic_load(&c->arena->stop_reason)) {
    case STOP_NONE:
    case STOP_COMMAND:
        if (c->asked_ns) return "stopped";
        break;
    case STOP_ASKED: return "stopped";
    case STOP_EXIT: return "exit";
    case STOP_OVERFLOW: return "overflow";
    case STOP_UNDRAINED: return "undrained";
    default: break;
    }
    return c->exit_status != INT_MIN && c->exit_status >= 0 ? "exit" : "killed";
}

/* As JSON; a name that is not plain text is not one that anybody imported. */
static void describe_gil(const struct collector *c, char *json, size_t room) {
    char module[sizeof c->arena->gil_module + 1];
    uint32_t state = atomic_load(&c->arena->gil_switch), bytes = once(c->arena->gil_module_bytes);
    json[0] = '\0';
    if (state != GIL_OFF && state != GIL_ON) return;
    size_t used = (size_t)snprintf(json, room, ",\"gil_enabled_at_end\":%s",
                                   state == GIL_ON ? "true" : "false");
    if (state == GIL_OFF || !bytes || bytes >= sizeof module) return;
    memcpy(module, c->arena->gil_module, bytes);
    for (uint32_t i = 0; i < bytes; i++)
        if (module[i] < ' ' || module[i] > '~' || module[i] == '"' || module[i] == '\\') return;
    module[bytes] = '\0';
    snprintf(json + used, room - used, ",\"gil_enabled_by\":\"%s\"", module);
}

/* As who launched it knows; else as it said itself. */
static int exit_status(const struct collector *c) {
    uint32_t asked = atomic_load(&c->arena->exit_status);
    if (c->exit_status != INT_MIN || !asked || asked > 256) return c->exit_status;
    return (int)asked - 1;
}

static void write_end_meta(struct collector *c) {
    char json[1024], status[48] = "", children[48] = "", own[48] = "", sampler[128], gil[256];
    snprintf(sampler, sizeof sampler, "%s%s",
             c->unsampled       ? "unavailable: "
             : c->sample_hz > 0 ? "ok"
                                : "off",
             c->unsampled ? c->unsampled : "");
    uint64_t cpu_ns;
    if (exit_status(c) != INT_MIN) snprintf(status, sizeof status, ",\"exit_status\":%d", exit_status(c));
    if (children_cpu_ns(c, &cpu_ns))
        snprintf(children, sizeof children, ",\"children_cpu_ns\":%llu", (unsigned long long)cpu_ns);
    if (process_cpu_ns(c, &cpu_ns)) snprintf(own, sizeof own, ",\"cpu_ns\":%llu", (unsigned long long)cpu_ns);
    describe_gil(c, gil, sizeof gil);
    int bytes = snprintf(json, sizeof json,
                         "{\"end_ns\":%llu,\"end_reason\":\"%s\",\"sample_hz\":%g,\"samples\":%llu,"
                         "\"sampler\":\"%s\",\"switch_interval_ns\":%llu%s%s%s%s}",
                         (unsigned long long)c->end_ns, end_reason(c), c->sample_hz,
                         (unsigned long long)c->samples, sampler,
                         (unsigned long long)atomic_load(&c->arena->switch_interval_ns), status, children,
                         own, gil);
    sink_chunk(c->sink, CHUNK_META, 0, json, (uint64_t)bytes);
}

/* The hold that was going on at the end: its release is the end. */
static void close_hold(struct collector *c, struct gil_cell *gil) {
    uint32_t holder = atomic_load(&gil->holder), number = once(gil->gil);
    if (!holder || holder > cells_used(c) || number >= SAMPLER_TABLE) return;
    if (c->cannot_read && !c->executed && atomic_load(&c->arena->state) == RECORDER_RECORDING)
        return; /* whether it held the GIL to the end cannot be known */
    const struct thread_cell *thread = cell_at(c, holder - 1);
    struct hold_row row = {.request_ns = atomic_load(&gil->request_ns),
                           .acquire_ns = atomic_load(&gil->acquire_ns),
                           .release_ns = c->end_ns,
                           .thread = thread->thread};
    if (row.acquire_ns > c->end_ns) return;
    sink_last_hold(c->sink, number, &row);
    struct open_row open = {.thread = row.thread,
                            .gil = number,
                            .state = OPEN_HOLDING,
                            .request_ns = row.request_ns,
                            .acquire_ns = row.acquire_ns};
    /* Where it is, if it can still be asked. */
    if (atomic_load(&c->arena->state) == RECORDER_RECORDING && !c->executed)
        open.path_id = remote_path(c, atomic_load(&gil->tstate));
    drain_remote(c);
    sink_chunk(c->sink, CHUNK_OPEN, SAMPLER_TABLE, &open, sizeof open);
}

static void write_waiting(struct collector *c) {
    for (uint32_t i = 0, count = cells_used(c); i < count; i++) {
        struct thread_cell *cell = cell_at(c, i);
        struct open_row row;
        if (atomic_load(&cell->state) != CELL_LIVE || !waiting_row(c, cell, c->end_ns, &row)) continue;
        sink_chunk(c->sink, CHUNK_OPEN, row.gil, &row, sizeof row);
    }
}

/* Cells are taken in their order: to look at all would take memory for all. */
static void write_gils(struct collector *c) {
    struct gil_cell *gils = c->arena->gils;
    uint32_t count = atomic_load(&c->arena->gil_count);
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++) {
        uint32_t state = atomic_load(&gils[i].state);
        if (state != CELL_LIVE && state != CELL_ENDED) continue;
        if (state == CELL_LIVE) close_hold(c, &gils[i]);
        struct gil_row row = {.gil = gils[i].gil,
                              .interpreter_id = gils[i].interpreter_id,
                              .start_ns = gils[i].start_ns,
                              .end_ns = gils[i].end_ns};
        sink_chunk(c->sink, CHUNK_GIL, row.gil, &row, sizeof row);
    }
}

void write_ending(struct collector *c) {
    progress_begin_ending(c);
    write_waiting(c);
    write_gils(c);
    drain_threads(c, true);
    write_end_meta(c);
    sink_finish(c->sink);
}
