/* What the words on an interpreter's command line mean for gilscope. */
#ifndef GILSCOPE_OPTIONS_H
#define GILSCOPE_OPTIONS_H

#include <stdbool.h>
#include <string.h>

#define LONG_OPTION "--check-hash-based-pycs"

struct option_word {
    bool is_option;  /* else the program begins here */
    char hiding;     /* -S, -I or -E, after which a start hook or the environment does not count; 0: none */
    bool takes_next; /* the next word belongs to it */
    bool is_last;    /* what follows is the program's */
};

static inline struct option_word option_word(const char *word) {
    struct option_word found = {.is_option = word[0] == '-' && word[1]};
    if (!found.is_option) return found;
    found.takes_next = strcmp(word, LONG_OPTION) == 0;
    for (const char *letter = word + 1; word[1] != '-' && *letter; letter++) {
        if (strchr("SIE", *letter)) {
            found.hiding = *letter;
            break;
        }
        if (strchr("cm", *letter)) {
            found.is_last = true;
            break;
        }
        if (!strchr("XW", *letter)) continue;
        found.takes_next = !letter[1];
        break;
    }
    return found;
}

#endif
