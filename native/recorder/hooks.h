/* In and out of the interpreter's table of imports. */
#ifndef GILSCOPE_RECORDER_HOOKS_H
#define GILSCOPE_RECORDER_HOOKS_H

#include <stdbool.h>

const char *hooks_install(void); /* NULL, or why nothing is redirected */
void hooks_remove(void);

#endif
