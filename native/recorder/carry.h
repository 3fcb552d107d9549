/* The variable that carries the recording on, where a program leaves it out. */
#ifndef GILSCOPE_RECORDER_CARRY_H
#define GILSCOPE_RECORDER_CARRY_H

#include <stdbool.h>
#include <stddef.h>

#define CARRIED_AT_MOST 4096u /* variables; a larger environment is left as it is */

void carry_remember(const char *door, const char *executable);
void carry_forget(void);
/* Is it to be added for this program? Then also how many variables there are. */
bool carry_is_needed(const char *path, char *const argv[], char *const environment[], size_t *count);
/* `more` has room for `count` + 2. */
void carry_add(char *const environment[], size_t count, char **more);

#endif
