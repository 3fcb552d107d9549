/* What asyncio's loop has yet to do in its turn.
 *
 * Before a turn it counts what is ready, and calls that many callbacks: `for i in range(ntodo)`. So both
 * of these variables, read while it is in a callback, say how many others were ready before that was called,
 * and are kept waiting by it. No other trace is left of them, if all that they do takes a moment. */
#include "looping.h"

#include <string.h>

#include "remote.h"

#define MOST_LOCALS 64u
#define MOST_LONG 64u

/* A small int that is not negative; -1 if it is anything else. */
static int64_t int_of(struct collector *c, uint64_t tagged) {
    const struct frame_layout *layout = &c->layout;
    char object[MOST_LONG];
    uint64_t type, tag;
    uint32_t digit;
    if (layout->long_digit > sizeof object - sizeof digit || layout->long_digit < sizeof type + sizeof tag)
        return -1;
    if (layout->object_size > layout->long_digit - sizeof tag ||
        layout->object_type > layout->object_size - sizeof type || layout->long_tag_shift >= 32)
        return -1;
    uint64_t address = tagged & ~(uint64_t)layout->code_tag_mask;
    if (!address || !remote_read(c, address, object, layout->long_digit + sizeof digit)) return -1;
    memcpy(&type, object + layout->object_type, sizeof type);
    memcpy(&tag, object + layout->object_size, sizeof tag);
    memcpy(&digit, object + layout->long_digit, sizeof digit);
    uint64_t digits = tag >> layout->long_tag_shift;
    if (type != layout->long_type || digits > 1) return -1;
    return digits ? digit : 0;
}

uint32_t left_to_call(struct collector *c, uint64_t frame, uint64_t code) {
    const struct frame_layout *layout = &c->layout;
    uint64_t names, count, name[MOST_LOCALS], local[MOST_LOCALS];
    int64_t all = -1, at = -1;
    if (!remote_read(c, code + layout->code_localnames, &names, sizeof names)) return 0;
    if (!remote_read(c, names + layout->object_size, &count, sizeof count) || count > MOST_LOCALS) return 0;
    if (!remote_read(c, names + layout->tuple_items, name, count * sizeof *name)) return 0;
    if (!remote_read(c, frame + layout->frame_bytes, local, count * sizeof *local)) return 0;
    for (uint64_t i = 0; i < count; i++) {
        if (remote_is_str(c, name[i], "ntodo")) all = int_of(c, local[i]);
        if (remote_is_str(c, name[i], "i")) at = int_of(c, local[i]);
    }
    return at >= 0 && at < all ? (uint32_t)(all - at - 1) : 0;
}
