/* Where a thread is: walk its frames, and give each call path and release site a number.
 *
 * Paths are nodes of a tree (innermost frame, path of the caller). The tables belong to one GIL and
 * are used by its holder alone, so they need no lock. A code object may be freed and another made
 * at its address; its name and first line, checked on every look-up, tell them apart. */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 512       /* deeper paths keep their innermost frames */
#define LEAF_CACHE 1024     /* entries; a power of two, like the next */
#define PATH_CACHE 1024
#define MAX_TEXT 4096u      /* of a function's or a file's name */
#define MAX_LINETABLE 61440u /* so that a definition fits a segment; later lines are unknown */

struct key {
    uint64_t a, b;
};
struct slot {
    struct key key;
    uint32_t value; /* 0: empty */
};
struct table {
    struct slot *slots;
    uint32_t capacity, count; /* capacity is a power of two */
};

struct leaf {
    PyCodeObject *code;
    void *instruction;
    uint64_t check;
    uint32_t site;
};
struct cached_path {
    uint64_t hash;
    uint32_t depth, path;
};
struct step {
    raw_frame *frame;
    PyCodeObject *code;
    uint64_t check;
};

struct intern {
    struct table codes, paths, sites;
    struct leaf leaves[LEAF_CACHE];
    struct cached_path whole[PATH_CACHE];
    struct step steps[MAX_DEPTH];
    char entry[sizeof(struct code_entry) + 2 * MAX_TEXT + MAX_LINETABLE];
};

static inline uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t h = (a ^ (b << 32 | b >> 32)) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static inline uint64_t identity_of(PyCodeObject *code) {
    return (uint64_t)(uintptr_t)code->co_qualname ^ ((uint64_t)(uint32_t)code->co_firstlineno << 40);
}

/* --- tables ------------------------------------------------------------------------------- */

static struct slot *find(struct table *table, struct key key) {
    uint32_t mask = table->capacity - 1, i = (uint32_t)mix(key.a, key.b) & mask;
    for (;; i = (i + 1) & mask) {
        struct slot *slot = &table->slots[i];
        if (!slot->value || (slot->key.a == key.a && slot->key.b == key.b)) return slot;
    }
}

static bool grow(struct table *table) {
    struct table bigger = {.capacity = table->capacity ? table->capacity * 2 : 1024};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->slots[i].value) *find(&bigger, table->slots[i].key) = table->slots[i];
    bigger.count = table->count;
    free(table->slots);
    *table = bigger;
    return true;
}

/* The slot of a key, with room for it; NULL if there is no memory. */
static struct slot *find_or_add(struct table *table, struct key key) {
    if (table->count * 2 >= table->capacity && !grow(table)) {
        session_give_up(STOP_OVERFLOW);
        return NULL;
    }
    return find(table, key);
}

static void fill(struct table *table, struct slot *slot, struct key key) {
    slot->key = key;
    slot->value = ++table->count;
}

/* --- definitions -------------------------------------------------------------------------- */

static uint32_t code_number(struct gil *gil, PyCodeObject *code, uint64_t check) {
    struct intern *intern = gil->intern;
    struct key key = {(uint64_t)(uintptr_t)code, check};
    struct slot *slot = find_or_add(&intern->codes, key);
    if (!slot || slot->value) return slot ? slot->value : 0;

    struct code_entry head = {.code_id = intern->codes.count + 1,
                              .first_line = (uint32_t)code->co_firstlineno};
    char *text = intern->entry + sizeof head;
    head.qualname_bytes = utf8_from_str(code->co_qualname, text, MAX_TEXT);
    text += head.qualname_bytes;
    head.filename_bytes = utf8_from_str(code->co_filename, text, MAX_TEXT);
    text += head.filename_bytes;
    Py_ssize_t size = Py_SIZE(code->co_linetable);
    head.linetable_bytes = size < (Py_ssize_t)MAX_LINETABLE ? (uint32_t)size : MAX_LINETABLE;
    memcpy(text, ((PyBytesObject *)code->co_linetable)->ob_sval, head.linetable_bytes);
    text += head.linetable_bytes;
    memcpy(intern->entry, &head, sizeof head);
    if (!log_define(gil, CHUNK_CODE, intern->entry, (uint32_t)(text - intern->entry))) return 0;
    fill(&intern->codes, slot, key);
    return slot->value;
}

static uint32_t path_number(struct gil *gil, uint32_t parent, const struct step *step) {
    struct intern *intern = gil->intern;
    uint32_t code = code_number(gil, step->code, step->check);
    int32_t instruction = instruction_offset(step->frame, step->code);
    struct key key = {(uint64_t)parent << 32 | code, (uint32_t)instruction};
    struct slot *slot = find_or_add(&intern->paths, key);
    if (!slot || slot->value) return slot ? slot->value : 0;
    struct path_row row = {.path_id = intern->paths.count + 1,
                           .parent = parent,
                           .code_id = code,
                           .instruction = instruction};
    if (!log_define(gil, CHUNK_PATH, &row, sizeof row)) return 0;
    fill(&intern->paths, slot, key);
    return slot->value;
}

static uint32_t site_number(struct gil *gil, uint32_t path, uint32_t flags) {
    struct intern *intern = gil->intern;
    struct key key = {path, flags};
    struct slot *slot = find_or_add(&intern->sites, key);
    if (!slot || slot->value) return slot ? slot->value : 0;
    struct site_row row = {.site_id = intern->sites.count + 1, .path_id = path, .flags = flags};
    if (!log_define(gil, CHUNK_SITE, &row, sizeof row)) return 0;
    fill(&intern->sites, slot, key);
    return slot->value;
}

/* --- walking ------------------------------------------------------------------------------ */

static inline raw_frame *skip_shims(raw_frame *frame) {
    while (frame && frame->owner == SHIM_FRAME_OWNER) frame = frame->previous;
    return frame;
}

uint32_t stacks_path(struct gil *gil, PyThreadState *tstate) {
    struct intern *intern = gil->intern;
    uint64_t hash = 0;
    uint32_t depth = 0;
    for (raw_frame *frame = skip_shims(innermost_frame(tstate)); frame && depth < MAX_DEPTH;
         frame = skip_shims(frame->previous)) {
        struct step *step = &intern->steps[depth++];
        step->frame = frame;
        step->code = frame_code(frame);
        step->check = identity_of(step->code);
        hash = mix(hash ^ (uint64_t)(uintptr_t)frame_instruction(frame), step->check);
    }
    if (!depth) return 0;
    struct cached_path *cached = &intern->whole[hash & (PATH_CACHE - 1)];
    if (cached->path && cached->hash == hash && cached->depth == depth) return cached->path;
    uint32_t path = 0;
    for (uint32_t i = depth; i-- > 0;) path = path_number(gil, path, &intern->steps[i]);
    *cached = (struct cached_path){.hash = hash, .depth = depth, .path = path};
    return path;
}

static uint32_t leaf_site(struct gil *gil, PyThreadState *tstate) {
    raw_frame *frame = skip_shims(innermost_frame(tstate));
    if (!frame) return 0;
    struct step step = {.frame = frame, .code = frame_code(frame)};
    step.check = identity_of(step.code);
    void *instruction = frame_instruction(frame);
    struct leaf *leaf = &gil->intern->leaves[((uintptr_t)instruction >> 1) & (LEAF_CACHE - 1)];
    if (LIKELY(leaf->instruction == instruction && leaf->code == step.code &&
               leaf->check == step.check))
        return leaf->site;
    uint32_t site = site_number(gil, path_number(gil, 0, &step), SITE_LEAF);
    *leaf = (struct leaf){step.code, instruction, step.check, site};
    return site;
}

uint32_t stacks_site(struct gil *gil, PyThreadState *tstate, bool whole_path, bool forced) {
    if (LIKELY(!whole_path && !forced)) return leaf_site(gil, tstate);
    return site_number(gil, stacks_path(gil, tstate), forced ? SITE_FORCED : 0);
}

/* --- life --------------------------------------------------------------------------------- */

void intern_free(struct gil *gil) {
    if (!gil->intern) return;
    free(gil->intern->codes.slots);
    free(gil->intern->paths.slots);
    free(gil->intern->sites.slots);
    free(gil->intern);
    gil->intern = NULL;
}

bool intern_reset(struct gil *gil) {
    intern_free(gil);
    gil->intern = calloc(1, sizeof *gil->intern);
    return gil->intern && grow(&gil->intern->codes) && grow(&gil->intern->paths) &&
           grow(&gil->intern->sites);
}
