/* Characters of a string in JSON. */
#ifndef GILSCOPE_JSON_H
#define GILSCOPE_JSON_H

#include <stdio.h>

/* As it stands between quotation marks; return how many bytes that are, less than 8. Bytes from 128 on
 * are left as they are, whatever they encode. */
static inline int json_escape(char escaped[8], unsigned char c) {
    if (c == '"' || c == '\\') return snprintf(escaped, 8, "\\%c", c);
    if (c < 0x20 || c == 0x7f) return snprintf(escaped, 8, "\\u%04x", c);
    escaped[0] = (char)c;
    escaped[1] = '\0';
    return 1;
}

#endif
