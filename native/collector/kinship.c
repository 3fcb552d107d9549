/* What a process that is not recorded runs, and why it is not recorded.
 *
 * Each answer rests on something that is seen; what is not seen is unknown. A process may be
 * another user's, or change while it is looked at: every file here may be missing, or cut short. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kinship.h"
#include "procfile.h"
#include "shared/options.h"

#define DOOR_ENTRY "GILSCOPE_DOOR="
#define PIECE_BYTES 8192
#define LONGEST_FILE (4u << 20)

/* --- files of any length ------------------------------------------------------------------------ */

enum answer { NO, YES, UNREADABLE };

static int open_of(pid_t pid, const char *file) {
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Also across the pieces in which it is read. */
static enum answer file_has(pid_t pid, const char *file, const char *text) {
    char piece[PIECE_BYTES];
    size_t kept = 0, longest = strlen(text);
    int fd = open_of(pid, file);
    enum answer answer = fd < 0 ? UNREADABLE : NO;
    for (size_t total = 0; answer == NO && total < LONGEST_FILE;) {
        ssize_t bytes = read(fd, piece + kept, sizeof piece - kept);
        if (bytes < 0) answer = UNREADABLE;
        if (bytes <= 0) break;
        total += (size_t)bytes;
        kept += (size_t)bytes;
        if (memmem(piece, kept, text, longest)) answer = YES;
        size_t rest = kept < longest ? kept : longest - 1;
        memmove(piece, piece + kept - rest, rest);
        kept = rest;
    }
    if (fd >= 0) close(fd);
    return answer;
}

/* --- what it runs ------------------------------------------------------------------------------- */

static void read_name(pid_t pid, struct kinship *kinship) {
    proc_read(kinship->name, sizeof kinship->name, "/proc/%d/comm", (int)pid);
    kinship->name[strcspn(kinship->name, "\n")] = '\0';
}

static void read_executable(pid_t pid, struct kinship *kinship) {
    char path[48], target[4096];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t bytes = readlink(path, target, sizeof target - 1);
    target[bytes > 0 ? bytes : 0] = '\0';
    const char *name = strrchr(target, '/');
    snprintf(kinship->executable, sizeof kinship->executable, "%.63s", name ? name + 1 : "");
}

static bool is_attached;

void kinship_of_attached(void) { is_attached = true; }

static void read_command(pid_t pid, struct kinship *kinship) {
    int fd = open_of(pid, "cmdline");
    ssize_t bytes = fd < 0 ? 0 : read(fd, kinship->command, sizeof kinship->command - 1);
    if (fd >= 0) close(fd);
    kinship->command_bytes = bytes > 0 ? (uint32_t)bytes : 0;
    if (bytes > 0 && kinship->command[bytes - 1]) kinship->command[kinship->command_bytes++] = '\0';
}

static const char *first_word(const struct kinship *kinship) {
    if (!kinship->command_bytes) return "";
    const char *name = strrchr(kinship->command, '/');
    return name ? name + 1 : kinship->command;
}

static bool begins_with(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static bool is_named(const struct kinship *kinship, const char *with) {
    if (kinship->executable[0]) return begins_with(kinship->executable, with);
    return begins_with(first_word(kinship), with) || begins_with(kinship->name, with);
}

static bool is_other_python(const struct kinship *kinship) {
    return is_named(kinship, "pypy") || is_named(kinship, "graalpy");
}

static bool is_python(pid_t pid, const struct kinship *kinship) {
    return is_named(kinship, "python") || is_other_python(kinship) ||
           file_has(pid, "maps", "/libpython3") == YES;
}

/* --- why it is not recorded --------------------------------------------------------------------- */

static const char *next_word(const char *word) { return word + strlen(word) + 1; }

/* Which of the options that hide gilscope from an interpreter it was started with; 0: none. */
static char hiding_option(const struct kinship *kinship) {
    const char *end = kinship->command + kinship->command_bytes;
    for (const char *word = next_word(kinship->command); word < end; word = next_word(word)) {
        struct option_word found = option_word(word);
        if (found.hiding || !found.is_option || found.is_last) return found.hiding;
        if (found.takes_next && next_word(word) < end) word = next_word(word);
    }
    return 0;
}

static bool is_of_32_bits(pid_t pid) {
    unsigned char head[EI_NIDENT] = {0};
    int fd = open_of(pid, "exe");
    bool is_read = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head;
    if (fd >= 0) close(fd);
    return is_read && memcmp(head, ELFMAG, SELFMAG) == 0 && head[EI_CLASS] == ELFCLASS32;
}

static bool is_of_another_user(pid_t pid) {
    char status[2048];
    unsigned real, effective;
    if (!proc_read(status, sizeof status, "/proc/%d/status", (int)pid)) return false;
    const char *line = strstr(status, "\nUid:");
    return line && sscanf(line + 5, "%u %u", &real, &effective) == 2 &&
           (effective != geteuid() || real != getuid());
}

static const char *why_hidden(char option) {
    return option == 'S' ? "option-S" : option == 'I' ? "option-I" : "option-E";
}

static const char *why(pid_t pid, bool may_join, bool has_settled, const struct kinship *kinship) {
    if (!is_python(pid, kinship)) return "not-python";
    if (!may_join) return is_attached ? "not-attached" : "no-children";
    if (is_other_python(kinship)) return "other-implementation";
    if (is_of_32_bits(pid)) return "32-bit";
    enum answer loaded = file_has(pid, "maps", "/gilscope/_recorder.");
    if (loaded == YES) return has_settled ? "not-joined" : "unknown";
    char option = hiding_option(kinship);
    if (option) return why_hidden(option);
    enum answer has_door = file_has(pid, "environ", DOOR_ENTRY);
    if (has_door == UNREADABLE || loaded == UNREADABLE)
        return is_of_another_user(pid) ? "other-user" : "unknown";
    if (has_door == NO) return "environment";
    return has_settled ? "no-gilscope" : "unknown"; /* it may not have come so far */
}

bool kinship_read(pid_t pid, bool may_join, bool has_settled, struct kinship *kinship) {
    struct kinship now = {0};
    read_name(pid, &now);
    read_command(pid, &now);
    if (!now.command_bytes) return false; /* it is ending */
    read_executable(pid, &now);
    now.why = why(pid, may_join, has_settled, &now);
    if (!now.name[0]) return false;
    *kinship = now;
    return true;
}
