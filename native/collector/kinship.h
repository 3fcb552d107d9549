/* What /proc says of a process that is not recorded: what it runs, and why it is not. */
#ifndef GILSCOPE_COLLECTOR_KINSHIP_H
#define GILSCOPE_COLLECTOR_KINSHIP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KIN_NAME_BYTES 64
#define KIN_COMMAND_BYTES 512

/* `why` is one of the words that format.h lists. */
struct kinship {
    const char *why;
    char name[KIN_NAME_BYTES];       /* as the kernel has it, cut to 15 bytes */
    char executable[KIN_NAME_BYTES]; /* without its folder; empty if that cannot be read */
    char command[KIN_COMMAND_BYTES]; /* arguments, each ends with a zero */
    uint32_t command_bytes;
};

/* False, and nothing has changed, if there is nothing left to be read. `may_join`: it could have. */
bool kinship_read(pid_t pid, bool may_join, bool has_settled, struct kinship *kinship);
void kinship_of_attached(void); /* the first one was found running, and its children are not asked */

#endif
