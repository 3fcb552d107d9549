/* Encode CPython's fixed-width character data; shared by the recorder and the collector. */
#ifndef GILSCOPE_UTF8_H
#define GILSCOPE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Writes at most `room` bytes, cutting between characters. `kind` is 1, 2 or 4 bytes a character.
 * Lone surrogates (undecodable bytes of a file name) come out in their three-byte form, which the
 * reader takes back with "surrogatepass". Returns the number of bytes written. */
static inline uint32_t utf8_encode(const void *data, int kind, ptrdiff_t length, char *out, uint32_t room) {
    uint32_t used = 0;
    for (ptrdiff_t i = 0; i < length; i++) {
        uint32_t c = kind == 1   ? ((const uint8_t *)data)[i]
                     : kind == 2 ? ((const uint16_t *)data)[i]
                                 : ((const uint32_t *)data)[i];
        uint32_t bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (used + bytes > room) break;
        static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (uint32_t k = bytes; k-- > 1; c >>= 6) out[used + k] = (char)(0x80 | (c & 0x3f));
        out[used] = (char)(lead[bytes] | c);
        used += bytes;
    }
    return used;
}

#endif
