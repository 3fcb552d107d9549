/* Where a thread is: walk its frames, and give each call path and release site a number.
 *
 * Paths are nodes of a tree (innermost frame, path of the caller). The tables belong to one GIL and
 * are used by its holder alone, so they need no lock. A code object may be freed and another made
 * at its address; its name and first line, checked on every look-up, tell them apart. */
#include "stacks.h"

#include "logs.h"
#include "shared/numbering.h"
#include "stop.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* How often a thread says where it lets go of a GIL to the outermost frame, though nobody waits: the innermost
 * may be a library's, and who called that is what a reader knows. A deep path takes some 10 µs. */
#define TELL_EVERY_NS 10000000u
#define MAX_DEPTH 512       /* deeper paths keep their innermost frames */
#define LEAF_CACHE 1024     /* entries; a power of two, like the next */
#define PATH_CACHE 1024
#define MAX_TEXT 4096u      /* of a function's or a file's name */
#define MAX_LINETABLE 61440u /* so that a definition fits a segment; later lines are unknown */

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

#define FIRST_SLOTS 64 /* a power of two */

/* Mapped by itself: a process that does little touches little of it, and nothing else of its memory. */
struct intern {
    struct numbering codes, paths, sites;
    struct numbered first_codes[FIRST_SLOTS], first_paths[FIRST_SLOTS], first_sites[FIRST_SLOTS];
    struct leaf leaves[LEAF_CACHE];
    struct cached_path whole[PATH_CACHE];
    struct step steps[MAX_DEPTH];
    char entry[sizeof(struct code_entry) + 2 * MAX_TEXT + MAX_LINETABLE];
};

/* The tables that a forked child has from its parent. To give them back costs more than to keep them,
 * unless this one lives long enough to need room of its own. */
static struct intern *inherited;

static void destroy(struct intern *intern) {
    if (!intern) return;
    if (!intern->codes.borrows) free(intern->codes.slots);
    if (!intern->paths.borrows) free(intern->paths.slots);
    if (!intern->sites.borrows) free(intern->sites.slots);
    munmap(intern, sizeof *intern);
}

static void forget_inherited(void) {
    struct intern *intern = inherited;
    inherited = NULL;
    destroy(intern);
}

static struct numbered *slot_of(struct numbering *table, uint64_t a, uint64_t b) {
    if (UNLIKELY(inherited && table->count * 2 >= table->capacity)) forget_inherited();
    struct numbered *slot = numbering_slot(table, a, b);
    if (!slot) recording_give_up(STOP_OVERFLOW);
    return slot;
}

/* --- definitions -------------------------------------------------------------------------- */

static uint32_t code_number(struct gil *gil, PyCodeObject *code, uint64_t check) {
    struct intern *intern = gil->intern;
    uint64_t address = (uint64_t)(uintptr_t)code;
    struct numbered *slot = slot_of(&intern->codes, address, check);
    if (!slot || slot->number) return slot ? slot->number : 0;

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
    return numbering_add(&intern->codes, slot, address, check);
}

static uint32_t path_number(struct gil *gil, uint32_t parent, const struct step *step) {
    struct intern *intern = gil->intern;
    uint32_t code = code_number(gil, step->code, step->check);
    int32_t instruction = instruction_offset(step->frame, step->code);
    uint64_t a = (uint64_t)parent << 32 | code, b = (uint32_t)instruction;
    struct numbered *slot = slot_of(&intern->paths, a, b);
    if (!slot || slot->number) return slot ? slot->number : 0;
    struct path_row row = {.path_id = intern->paths.count + 1,
                           .parent = parent,
                           .code_id = code,
                           .instruction = instruction};
    if (!log_define(gil, CHUNK_PATH, &row, sizeof row)) return 0;
    return numbering_add(&intern->paths, slot, a, b);
}

static uint32_t site_number(struct gil *gil, uint32_t path, uint32_t flags) {
    struct intern *intern = gil->intern;
    struct numbered *slot = slot_of(&intern->sites, path, flags);
    if (!slot || slot->number) return slot ? slot->number : 0;
    struct site_row row = {.site_id = intern->sites.count + 1, .path_id = path, .flags = flags};
    if (!log_define(gil, CHUNK_SITE, &row, sizeof row)) return 0;
    return numbering_add(&intern->sites, slot, path, flags);
}

/* --- walking ------------------------------------------------------------------------------ */

static inline raw_frame *skip_internal(raw_frame *frame) {
    while (frame && frame_is_internal(frame)) frame = frame->previous;
    return frame;
}

uint32_t stacks_path(struct gil *gil, PyThreadState *tstate) {
    struct intern *intern = gil->intern;
    uint64_t hash = 0;
    uint32_t depth = 0;
    for (raw_frame *frame = skip_internal(innermost_frame(tstate)); frame && depth < MAX_DEPTH;
         frame = skip_internal(frame->previous)) {
        struct step *step = &intern->steps[depth++];
        step->frame = frame;
        step->code = frame_code(frame);
        step->check = code_identity(step->code);
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
    raw_frame *frame = skip_internal(innermost_frame(tstate));
    if (!frame) return 0;
    struct step step = {.frame = frame, .code = frame_code(frame)};
    step.check = code_identity(step.code);
    void *instruction = frame_instruction(frame);
    struct leaf *leaf = &gil->intern->leaves[((uintptr_t)instruction >> 1) & (LEAF_CACHE - 1)];
    if (LIKELY(leaf->instruction == instruction && leaf->code == step.code && leaf->check == step.check))
        return leaf->site;
    uint32_t site = site_number(gil, path_number(gil, 0, &step), SITE_LEAF);
    *leaf = (struct leaf){step.code, instruction, step.check, site};
    return site;
}

uint32_t stacks_site(struct gil *gil, PyThreadState *tstate, bool whole_path, bool forced) {
    if (LIKELY(!whole_path && !forced)) return leaf_site(gil, tstate);
    return site_number(gil, stacks_path(gil, tstate), forced ? SITE_FORCED : 0);
}

uint32_t stacks_site_released(struct gil *gil, PyThreadState *tstate, bool awaited, bool forced,
                              uint64_t time_ns) {
    bool tells = awaited || time_ns - self.told_ns >= TELL_EVERY_NS;
    if (tells) self.told_ns = time_ns;
    return stacks_site(gil, tstate, tells, forced);
}

/* --- life --------------------------------------------------------------------------------- */

void intern_free(struct gil *gil) {
    destroy(gil->intern);
    gil->intern = NULL;
}

void intern_leave(struct gil *gil) {
    if (inherited) return; /* those of one generation, and no more */
    if (BUILT_WITHOUT_GIL) { /* more than one thread at a time may want room */
        intern_free(gil);
        return;
    }
    inherited = gil->intern;
    gil->intern = NULL;
}

bool intern_reset(struct gil *gil) {
    intern_free(gil);
    struct intern *intern = mmap(NULL, sizeof *intern, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                 -1, 0);
    if (intern == MAP_FAILED) return false;
    gil->intern = intern;
    intern->codes = (struct numbering){.slots = intern->first_codes,
                                       .capacity = FIRST_SLOTS,
                                       .borrows = true};
    intern->paths = (struct numbering){.slots = intern->first_paths,
                                       .capacity = FIRST_SLOTS,
                                       .borrows = true};
    intern->sites = (struct numbering){.slots = intern->first_sites,
                                       .capacity = FIRST_SLOTS,
                                       .borrows = true};
    return true;
}
