/* Short files of /proc, as text. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfile.h"

bool proc_read(char *text, size_t room, const char *path, ...) {
    char name[64];
    va_list parts;
    va_start(parts, path);
    vsnprintf(name, sizeof name, path, parts);
    va_end(parts);
    text[0] = '\0';
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t bytes = read(fd, text, room - 1);
    close(fd);
    text[bytes > 0 ? bytes : 0] = '\0';
    return bytes > 0;
}

const char *proc_stat(pid_t pid, char *text, size_t room) {
    if (!proc_read(text, room, "/proc/%d/stat", (int)pid)) return NULL;
    const char *name_end = strrchr(text, ')'); /* the program chose what is before it */
    return name_end ? name_end + 1 : NULL;
}

bool proc_usage(pid_t pid, int32_t tid, struct usage *usage) {
    char text[96], *rest, *end;
    if (!proc_read(text, sizeof text, "/proc/%d/task/%d/schedstat", (int)pid, (int)tid)) return false;
    usage->cpu_ns = strtoull(text, &rest, 10);
    usage->ready_ns = strtoull(rest, &end, 10);
    return end != rest && usage->cpu_ns;
}

uint64_t proc_ns_of_ticks(uint64_t ticks) {
    static long per_s;
    if (!per_s) per_s = sysconf(_SC_CLK_TCK);
    return per_s > 0 ? ticks * (1000000000u / (uint64_t)per_s) : 0;
}
