/* A file's name for this process, from a pattern. */
#ifndef GILSCOPE_RECORDER_PATTERN_H
#define GILSCOPE_RECORDER_PATTERN_H

#include "recording.h"

#include <stddef.h>

#define PROGRAM_BYTES 64u

/* What runs, in letters, digits and "._-": the script without its .py, the module, or "python". */
void pattern_program(char name[PROGRAM_BYTES]);

/* %h is the host's name, %p the process id, %n what runs, %% a percent sign; from the current folder,
 * where it is no absolute path. NULL, or why there is no such name. */
const char *pattern_expand(const char *pattern, const char *folder, char *path, size_t room);

/* The same with a number before its suffix: "x.gil", "x.2.gil"; false if there is no room for it. */
bool pattern_number(const char *path, unsigned number, char *numbered, size_t room);

#endif
