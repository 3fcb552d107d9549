/* What a trace says of the computer that it was recorded on. */
#include "host.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

void host_name(char *name, size_t room) {
    if (gethostname(name, room) != 0) name[0] = '\0';
    name[room - 1] = '\0'; /* it may have been cut off */
}

static size_t read_line(const char *path, char *text, size_t room) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd < 0 ? -1 : read(fd, text, room - 1);
    if (fd >= 0) close(fd);
    text[bytes > 0 ? bytes : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return strlen(text);
}

void host_clock(char *name, size_t room) {
    char boot[64], offset[64];
    name[0] = '\0';
    if (!read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) return;
    /* By how much CLOCK_MONOTONIC is shifted here, and not the number of the time namespace: that is
     * given to the next one when this has gone. Without such namespaces (before Linux 5.6) there is one
     * clock, and no such file. */
    read_line("/proc/self/timens_offsets", offset, sizeof offset);
    snprintf(name, room, "%s %s", boot, offset);
}

bool host_time_error_ns(uint64_t *error_ns) {
    struct timex kept = {.modes = 0}; /* to ask, not to set */
    if (adjtimex(&kept) < 0 || (kept.status & STA_UNSYNC) || kept.maxerror < 0) return false;
    *error_ns = (uint64_t)kept.maxerror * 1000;
    return true;
}
