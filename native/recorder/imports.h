/* The interpreter's table of imports: other functions in the place of some, and those back. */
#ifndef GILSCOPE_RECORDER_IMPORTS_H
#define GILSCOPE_RECORDER_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

struct redirection {
    const char *name;
    void *function;
};
bool imports_redirect(const struct redirection *redirections, size_t count);
/* In a library that is loaded later, by its handle: what is called there, until imports_restore(). */
void imports_redirect_in(void *library, const struct redirection *redirections, size_t count);
void imports_restore(void);
/* The same where that library is loaded already, by a part of its name. */
void imports_redirect_in_loaded(const char *part, const struct redirection *redirections, size_t count);
bool imports_met_another(void); /* another copy of this library has done that before */
bool imports_reach(const void *function); /* is anything redirected there? */
/* Does the object that contains the interpreter contain that, too? */
bool imports_in_interpreter(const void *address);

#endif
