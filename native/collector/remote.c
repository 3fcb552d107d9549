/* Read a thread's call path out of the observed process, without stopping it.
 *
 * process_vm_readv can neither fault the process nor disturb it. What it reads may be changing, so
 * nothing is believed before it is checked: a frame's code must be a code object, and the caller
 * checks that the hold is still the same. The layout of frames comes from the recorder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "remote.h"

#include "buffer.h"
#include "shared/numbering.h"
#include "shared/utf8.h"
#include "sink.h"

#define MAX_DEPTH 128u
#define MAX_CODE_BYTES 512u
#define MAX_FRAME_BYTES 256u
#define MAX_STR_HEAD 64u
#define MAX_TEXT 4096u
#define MAX_LINETABLE (1u << 20)

static struct buffer code_entries, path_rows;

bool remote_read(struct collector *c, uint64_t address, void *into, size_t bytes) {
    struct iovec here = {into, bytes}, there = {(void *)(uintptr_t)address, bytes};
    if (!c->pid) return c->cannot_read = true, errno = ENOSYS, false;
    if (process_vm_readv(c->pid, &here, 1, &there, 1, 0) == (ssize_t)bytes) return true;
    c->cannot_read = errno == EPERM || errno == ENOSYS || errno == EACCES;
    if (c->cannot_read) c->unsampled = "this system does not let one process read another's memory";
    return false;
}

/* Whether all that it leads to lies within what is read. */
bool remote_layout(struct collector *c) {
    memcpy(&c->layout, &c->arena->layout, sizeof c->layout);
    const struct frame_layout *l = &c->layout;
    const uint32_t frame[] = {l->frame_code, l->frame_instruction, l->frame_previous, l->frame_owner};
    const uint32_t code[] = {l->object_type,      l->object_size,    l->code_qualname,      l->code_filename,
                             l->code_firstlineno, l->code_linetable, l->code_firsttraceable};
    bool fits = l->frame_bytes <= MAX_FRAME_BYTES && l->code_bytes <= MAX_CODE_BYTES;
    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++) fits = fits && frame[i] <= MAX_FRAME_BYTES - 8;
    for (size_t i = 0; i < sizeof code / sizeof *code; i++) fits = fits && code[i] <= MAX_CODE_BYTES - 8;
    fits = fits && l->str_length <= MAX_STR_HEAD - 8 && l->str_state <= MAX_STR_HEAD - 8 && l->str_kind_mask;
    if (!fits) memset(&c->layout, 0, sizeof c->layout); /* then there are no paths */
    return fits;
}

static struct numbering codes, paths;
static uint32_t run_once_code; /* the number of what takes the turns of asyncio's loops */

static struct numbered *slot_of(struct numbering *table, uint64_t a, uint64_t b) {
    struct numbered *slot = numbering_slot(table, a, b);
    if (!slot) abort(); /* a process of its own: the program goes on, the file is valid so far */
    return slot;
}

/* --- code objects ---------------------------------------------------------------------------- */

static uint64_t word(const char *object, uint32_t offset) {
    uint64_t value;
    memcpy(&value, object + offset, sizeof value);
    return value;
}

static int32_t int_at(const char *object, uint32_t offset) {
    int32_t value;
    memcpy(&value, object + offset, sizeof value);
    return value;
}

/* A str of the program as UTF-8, at the end of `out`; the number of bytes. */
static uint32_t append_str(struct collector *c, uint64_t address, struct buffer *out) {
    const struct frame_layout *layout = &c->layout;
    char head[MAX_STR_HEAD], data[4 * MAX_TEXT], text[MAX_TEXT];
    uint32_t fields = layout->str_length > layout->str_state ? layout->str_length : layout->str_state;
    if (!remote_read(c, address, head, fields + 8)) return 0;
    uint32_t state = (uint32_t)int_at(head, layout->str_state);
    if (!(state & layout->str_compact_mask)) return 0;
    uint32_t kind = (state & layout->str_kind_mask) / (layout->str_kind_mask & -layout->str_kind_mask);
    bool ascii = state & layout->str_ascii_mask;
    uint64_t length = word(head, layout->str_length);
    if (kind != 1 && kind != 2 && kind != 4) return 0;
    if (length > MAX_TEXT) length = MAX_TEXT;
    uint64_t from = address + (ascii ? layout->str_ascii_data : layout->str_compact_data);
    if (!remote_read(c, from, data, length * kind)) return 0;
    uint32_t bytes = utf8_encode(data, (int)kind, (ptrdiff_t)length, text, sizeof text);
    memcpy(buffer_add(out, bytes), text, bytes);
    return bytes;
}

bool remote_is_str(struct collector *c, uint64_t address, const char *text) {
    const struct frame_layout *layout = &c->layout;
    char found[MAX_STR_HEAD];
    uint64_t length, expected = strlen(text);
    if (!remote_read(c, address + layout->str_length, &length, sizeof length)) return false;
    if (length != expected || length > sizeof found) return false;
    return remote_read(c, address + layout->str_ascii_data, found, length) && !memcmp(found, text, length);
}

static uint32_t append_linetable(struct collector *c, uint64_t address, struct buffer *out) {
    const struct frame_layout *layout = &c->layout;
    uint64_t size;
    if (!remote_read(c, address + layout->object_size, &size, sizeof size)) return 0;
    if (size > MAX_LINETABLE) size = MAX_LINETABLE;
    if (remote_read(c, address + layout->bytes_data, buffer_add(out, size), size)) return (uint32_t)size;
    out->used -= size;
    return 0;
}

/* By its qualified name, and the file that follows it. */
static bool takes_turns(const char *texts, uint32_t qualname_bytes, uint32_t filename_bytes) {
    static const char name[] = "BaseEventLoop._run_once", ending[] = "asyncio/base_events.py";
    const uint32_t name_bytes = sizeof name - 1, ending_bytes = sizeof ending - 1;
    if (qualname_bytes != name_bytes || filename_bytes < ending_bytes) return false;
    return !memcmp(texts, name, name_bytes) &&
           !memcmp(texts + name_bytes + filename_bytes - ending_bytes, ending, ending_bytes);
}

static uint32_t code_number(struct collector *c, uint64_t address, const char *code) {
    const struct frame_layout *layout = &c->layout;
    uint64_t identity = word(code, layout->code_qualname) ^
                        ((uint64_t)(uint32_t)int_at(code, layout->code_firstlineno) << 40);
    struct numbered *slot = slot_of(&codes, address, identity);
    if (slot->number) return slot->number;
    size_t at = code_entries.used;
    buffer_add(&code_entries, sizeof(struct code_entry));
    struct code_entry entry = {
        .code_id = codes.count + 1,
        .first_line = (uint32_t)int_at(code, layout->code_firstlineno),
        .qualname_bytes = append_str(c, word(code, layout->code_qualname), &code_entries),
        .filename_bytes = append_str(c, word(code, layout->code_filename), &code_entries),
        .linetable_bytes = append_linetable(c, word(code, layout->code_linetable), &code_entries),
    };
    memcpy(code_entries.bytes + at, &entry, sizeof entry);
    const char *texts = code_entries.bytes + at + sizeof entry;
    if (takes_turns(texts, entry.qualname_bytes, entry.filename_bytes)) run_once_code = entry.code_id;
    buffer_add(&code_entries, -code_entries.used & 7);
    return numbering_add(&codes, slot, address, identity);
}

/* --- frames ---------------------------------------------------------------------------------- */

struct step {
    uint64_t frame, code, instruction;
};

static struct root root;
static uint32_t root_step;

struct root remote_root(void) { return root; }

static uint32_t walk(struct collector *c, uint64_t tstate, struct step *steps) {
    const struct frame_layout *layout = &c->layout;
    char frame[MAX_FRAME_BYTES] = {0};
    uint64_t at;
    uint32_t depth = 0;
    root = (struct root){0};
    if (!remote_read(c, tstate + layout->tstate_frame, &at, sizeof at)) return 0;
    if (layout->tstate_indirect && !remote_read(c, at + layout->tstate_indirect - 1, &at, sizeof at))
        return 0;
    for (uint32_t shims = 0; at && depth < MAX_DEPTH && shims < MAX_DEPTH;) {
        if (!remote_read(c, at, frame, layout->frame_bytes)) return 0;
        if ((uint8_t)frame[layout->frame_owner] == layout->generator_owner)
            root.frame = at, root_step = depth;
        uint64_t address = at;
        at = word(frame, layout->frame_previous);
        if ((uint8_t)frame[layout->frame_owner] == layout->shim_owner) {
            shims++;
            continue;
        }
        steps[depth++] = (struct step){
            address,
            word(frame, layout->frame_code) & ~(uint64_t)layout->code_tag_mask,
            word(frame, layout->frame_instruction),
        };
    }
    return depth;
}

/* The code objects of all frames in one call; false unless each is one. */
static bool read_codes(struct collector *c, const struct step *steps, uint32_t depth,
                       char read[][MAX_CODE_BYTES]) {
    const struct frame_layout *layout = &c->layout;
    struct iovec here[MAX_DEPTH] = {0}, there[MAX_DEPTH] = {0};
    size_t bytes = layout->code_bytes < MAX_CODE_BYTES ? layout->code_bytes : MAX_CODE_BYTES;
    for (uint32_t i = 0; i < depth; i++) {
        here[i] = (struct iovec){read[i], bytes};
        there[i] = (struct iovec){(void *)(uintptr_t)steps[i].code, bytes};
    }
    if (process_vm_readv(c->pid, here, depth, there, depth, 0) != (ssize_t)(bytes * depth)) return false;
    for (uint32_t i = 0; i < depth; i++)
        if (word(read[i], layout->object_type) != layout->code_type) return false;
    return true;
}

/* Code of the interpreter's own, which stands for no line: see frame_is_internal(). */
static bool is_internal(const struct frame_layout *layout, const char *code) {
    int64_t size = (int64_t)word(code, layout->object_size);
    return int_at(code, layout->code_firsttraceable) > size;
}

/* The number of a path that leads on from another. */
static uint32_t path_number(uint32_t parent, uint32_t code, int32_t instruction) {
    uint64_t a = (uint64_t)parent << 32 | code, b = (uint32_t)instruction;
    struct numbered *slot = slot_of(&paths, a, b);
    if (slot->number) return slot->number;
    struct path_row row = {paths.count + 1, parent, code, instruction};
    memcpy(buffer_add(&path_rows, sizeof row), &row, sizeof row);
    return numbering_add(&paths, slot, a, b);
}

/* The cyclic collector has no frame of its own. It gets one here, since the line that it happened to
 * interrupt is not what takes the time. */
static uint32_t collector_code(void) {
    const char *function = "garbage collection", *file = "<gc>";
    struct numbered *slot = slot_of(&codes, 1, 1); /* no object is there */
    if (slot->number) return slot->number;
    struct code_entry entry = {.code_id = codes.count + 1,
                               .qualname_bytes = (uint32_t)strlen(function),
                               .filename_bytes = (uint32_t)strlen(file)};
    memcpy(buffer_add(&code_entries, sizeof entry), &entry, sizeof entry);
    memcpy(buffer_add(&code_entries, strlen(function)), function, strlen(function));
    memcpy(buffer_add(&code_entries, strlen(file)), file, strlen(file));
    buffer_add(&code_entries, -code_entries.used & 7);
    return numbering_add(&codes, slot, 1, 1);
}

uint32_t remote_path_of_holder(struct collector *c, uint64_t tstate) {
    uint32_t path = remote_path(c, tstate);
    uint64_t interpreter;
    int32_t collecting;
    if (!path || !remote_read(c, tstate + c->layout.tstate_interpreter, &interpreter, sizeof interpreter))
        return path;
    uint64_t flag = interpreter + c->layout.interpreter_collecting;
    if (!remote_read(c, flag, &collecting, sizeof collecting) || !collecting) return path;
    return path_number(path, collector_code(), -1);
}

uint32_t remote_path(struct collector *c, uint64_t tstate) {
    static struct step steps[MAX_DEPTH];
    static char read[MAX_DEPTH][MAX_CODE_BYTES];
    const struct frame_layout *layout = &c->layout;
    if (!layout->code_bytes) return 0;
    uint32_t depth = walk(c, tstate, steps), path = 0;
    if (!depth || !read_codes(c, steps, depth, read)) return 0;
    for (uint32_t i = depth; i-- > 0;) {
        if (is_internal(layout, read[i])) continue;
        uint32_t code = code_number(c, steps[i].code, read[i]);
        uint64_t start = steps[i].code + layout->code_bytecode;
        uint64_t size = word(read[i], layout->object_size) * 2, offset = steps[i].instruction - start;
        int32_t instruction = offset < size ? (int32_t)offset : -1;
        path = path_number(path, code, instruction);
        if (root.frame && i == root_step) root.path = path;
        if (code == run_once_code) root.loop_frame = steps[i].frame, root.loop_code = steps[i].code;
    }
    return path;
}

void drain_remote(struct collector *c) {
    sink_chunk(c->sink, CHUNK_CODE, SAMPLER_TABLE, code_entries.bytes, code_entries.used);
    sink_chunk(c->sink, CHUNK_PATH, SAMPLER_TABLE, path_rows.bytes, path_rows.used);
    code_entries.used = path_rows.used = 0;
}

void remote_forget(void) {
    free(codes.slots);
    free(paths.slots);
    codes = paths = (struct numbering){0};
    run_once_code = 0;
    code_entries.used = path_rows.used = 0;
}
