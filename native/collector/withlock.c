/* Which locks a thread has taken by `with`.
 *
 * Since 3.14 nothing is called when a lock is taken that is free: so the recorder does not see it, and the
 * lock itself does not say who has it. But while a thread is in the block of `with lock:`, the stack of its
 * frame holds the method that will leave the block, and then the lock. The thread has it then, unless the
 * block gave it up by itself. The wait of a condition does, so what lies outside of one does not count. */
#include "withlock.h"

#include <string.h>

#include "remote.h"

#define MOST_FRAMES 128u
#define MOST_ON_STACK 64u
#define MOST_FRAME_BYTES 256u

static uint64_t word(const char *object, uint32_t offset) {
    uint64_t value;
    memcpy(&value, object + offset, sizeof value);
    return value;
}

static bool has_type(struct collector *c, uint64_t object, uint64_t type) {
    uint64_t found;
    return object && remote_read(c, object + c->layout.object_type, &found, sizeof found) && found == type;
}

static uint32_t taken_in(struct collector *c, uint64_t at, const char *frame, uint64_t *locks,
                         uint32_t most) {
    const struct frame_layout *layout = &c->layout;
    uint64_t stack[MOST_ON_STACK], tag = layout->code_tag_mask;
    uint64_t code = word(frame, layout->frame_code) & ~tag;
    int32_t locals;
    if (!has_type(c, code, layout->code_type)) return 0;
    if (!remote_read(c, code + layout->code_locals, &locals, sizeof locals) || locals < 0) return 0;
    uint64_t bottom = at + layout->frame_bytes + (uint64_t)locals * sizeof *stack;
    uint64_t top = word(frame, layout->frame_stackpointer);
    if (top < bottom || (top - bottom) % sizeof *stack) return 0;
    uint64_t depth = (top - bottom) / sizeof *stack;
    if (depth > MOST_ON_STACK) depth = MOST_ON_STACK; /* blocks of `with` are at the bottom */
    if (depth < 2 || !remote_read(c, bottom, stack, depth * sizeof *stack)) return 0;
    uint32_t count = 0;
    for (uint64_t i = 1; i < depth && count < most; i++)
        if (has_type(c, stack[i - 1] & ~tag, layout->method_type))
            locks[count++] = (stack[i] & ~tag) + layout->lock_word;
    return count;
}

static bool is_condition(struct collector *c, const char *frame) {
    const struct frame_layout *layout = &c->layout;
    uint64_t code = word(frame, layout->frame_code) & ~(uint64_t)layout->code_tag_mask, name;
    if (!has_type(c, code, layout->code_type)) return false;
    if (!remote_read(c, code + layout->code_qualname, &name, sizeof name)) return false;
    return remote_is_str(c, name, "Condition.wait");
}

uint32_t locks_taken(struct collector *c, uint64_t tstate, uint64_t *locks, uint32_t most) {
    const struct frame_layout *layout = &c->layout;
    char frame[MOST_FRAME_BYTES] = {0};
    uint64_t at;
    uint32_t count = 0;
    bool knows = layout->frame_stackpointer && layout->frame_stackpointer + sizeof at <= layout->frame_bytes;
    if (!knows || layout->tstate_indirect || !layout->code_bytes) return 0;
    if (!remote_read(c, tstate + layout->tstate_frame, &at, sizeof at)) return 0;
    for (uint32_t i = 0; at && i < MOST_FRAMES && count < most; i++) {
        if (!remote_read(c, at, frame, layout->frame_bytes)) break;
        if (is_condition(c, frame)) break;
        if ((uint8_t)frame[layout->frame_owner] != layout->shim_owner)
            count += taken_in(c, at, frame, locks + count, most - count);
        at = word(frame, layout->frame_previous);
    }
    return count;
}
