/* Rows of unrecorded processes, gathered and written as CHUNK_PROCESS: a line of JSON for each. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "kinrows.h"
#include "shared/clock.h"
#include "shared/json.h"
#include "tracefile.h"

#define MOST_BYTES (4u << 20)       /* of a file; later processes are counted, not described */
#define LEAST_SHARE 16u             /* of a file whose size is limited: a sixteenth */
#define MOST_WAITING_BYTES (64u << 10)
#define FLUSH_EVERY_NS 1000000000u
#define MOST_ARGUMENTS 6u

static struct tracefile file;
static struct buffer lines;
static bool is_let;
static uint64_t room_bytes, flushed_ns;
static uint64_t unlisted, unlisted_cpu_ns;

void kinrows_begin(int out_fd, uint64_t limit) {
    tracefile_begin(&file, out_fd, 0, 1); /* whoever is number 0 has begun the file */
    file.process = 0;
    room_bytes = limit && limit / LEAST_SHARE < MOST_BYTES ? limit / LEAST_SHARE : MOST_BYTES;
}

void kinrows_let(void) { is_let = true; }

static void append(const char *text, size_t bytes) { memcpy(buffer_add(&lines, bytes), text, bytes); }

/* Any bytes: the reader takes what is no UTF-8 for what it is. */
static void append_text(const char *text) {
    append("\"", 1);
    for (; *text; text++) {
        char escaped[8];
        int bytes = json_escape(escaped, (unsigned char)*text);
        append(escaped, (size_t)bytes);
    }
    append("\"", 1);
}

static void append_command(const struct kinship *what) {
    append("[", 1);
    const char *at = what->command, *end = at + what->command_bytes;
    for (uint32_t i = 0; at < end && i < MOST_ARGUMENTS; i++, at += strlen(at) + 1) {
        if (i) append(",", 1);
        append_text(at);
    }
    append("]", 1);
}

void kinrows_add(const struct kin_row *row) {
    char head[256];
    if (!row->end_ns) return; /* it was never seen alive */
    if (room_bytes <= lines.used) {
        if (!row->has_ended) return; /* its end is still to come */
        unlisted++;
        unlisted_cpu_ns += row->cpu_ns;
        return;
    }
    int bytes = snprintf(head, sizeof head,
                         "{\"pid\":%d,\"parent_pid\":%d,\"begin_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64
                         ",\"ended\":%s,\"cpu_ns\":%" PRIu64 ",\"reason\":\"%s\",\"name\":",
                         (int)row->pid, (int)row->parent, row->begin_ns, row->end_ns,
                         row->has_ended ? "true" : "false", row->cpu_ns, row->what.why);
    append(head, (size_t)bytes);
    append_text(row->what.name);
    append(",\"executable\":", 14);
    append_text(row->what.executable);
    append(",\"command\":", 11);
    append_command(&row->what);
    append("}\n", 2);
}

void kinrows_leave_out(uint64_t count) {
    char line[128];
    unlisted += count;
    if (!unlisted) return;
    int bytes = snprintf(line, sizeof line, "{\"unlisted\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 "}\n", unlisted,
                         unlisted_cpu_ns);
    append(line, (size_t)bytes);
}

void kinrows_flush(bool now) {
    uint64_t time = monotonic_ns();
    if (!lines.used || !is_let) return;
    if (!now && lines.used < MOST_WAITING_BYTES && time - flushed_ns < FLUSH_EVERY_NS) return;
    sink_chunk(&file.sink, CHUNK_PROCESS, 0, lines.bytes, lines.used);
    if (now) sink_finish(&file.sink);
    room_bytes -= lines.used < room_bytes ? lines.used : room_bytes;
    lines.used = 0;
    flushed_ns = time;
}
