/* A program may start its own Python with an environment that lacks what carries the recording on: a new
 * one, or its own, which it has cleared. Then the variable is added, and marked: the start hook of
 * that Python takes it out again before a line of the program runs.
 *
 * That is done for the very interpreter that this process runs, of which it is known that it has the
 * hook; any other program would see the variable. What is called between fork and exec may not
 * allocate, and where it is a vfork, not write to anything but the stack. */
#include "carry.h"

#include "shared/door.h"
#include "shared/options.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NAME "GILSCOPE_DOOR="
#define MARK "!"

static char entry[sizeof NAME + DOOR_VARIABLE_BYTES + 1];
static char own[PATH_MAX];

void carry_remember(const char *door, const char *executable) {
    bool fits = strlen(door) < DOOR_VARIABLE_BYTES && strlen(executable) < sizeof own;
    if (!fits || !executable[0]) return;
    snprintf(entry, sizeof entry, NAME "%s" MARK, door);
    snprintf(own, sizeof own, "%s", executable);
}

void carry_forget(void) { entry[0] = '\0'; }

/* Options may hide the hook, which then could not take the variable out. */
static bool has_hook(char *const argv[]) {
    if (!argv || !argv[0]) return false;
    for (size_t i = 1; argv[i]; i++) {
        struct option_word word = option_word(argv[i]);
        if (word.hiding) return false;
        if (!word.is_option || word.is_last) return true;
        if (word.takes_next && argv[i + 1]) i++;
    }
    return true;
}

bool carry_is_needed(const char *path, char *const argv[], char *const environment[], size_t *count) {
    if (!entry[0] || !path || strcmp(path, own) != 0 || !has_hook(argv)) return false;
    for (*count = 0; environment && environment[*count]; ++*count)
        if (strncmp(environment[*count], NAME, sizeof NAME - 1) == 0) return false;
    return *count < CARRIED_AT_MOST;
}

void carry_add(char *const environment[], size_t count, char **more) {
    if (count) memcpy(more, environment, count * sizeof *more);
    more[count] = entry;
    more[count + 1] = NULL;
}
