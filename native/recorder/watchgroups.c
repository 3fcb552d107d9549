/* Each number in a thread's name becomes `*`: the first 63 patterns that come are groups, the rest is `other`. */
#include "watchgroups.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct pattern {
    uint32_t bytes;
    char text[NAME_BYTES];
};
static const char other[] = "other";
static struct pattern patterns[WATCH_GROUPS]; /* the first is not used: it is `other` */
static _Atomic uint32_t count = 1;
static struct pattern of_process;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

static struct pattern fold(const char *name, uint32_t bytes) {
    struct pattern folded = {0};
    for (uint32_t i = 0; i < bytes && i < NAME_BYTES; i++) {
        if (!is_digit(name[i])) folded.text[folded.bytes++] = name[i];
        else if (!i || !is_digit(name[i - 1])) folded.text[folded.bytes++] = '*';
    }
    return folded;
}

static bool is_same(const struct pattern *a, const struct pattern *b) {
    return a->bytes == b->bytes && memcmp(a->text, b->text, a->bytes) == 0;
}

static uint8_t find_or_add(const struct pattern *folded) {
    uint32_t known = atomic_load(&count);
    for (uint32_t i = 1; i < known; i++)
        if (is_same(&patterns[i], folded)) return (uint8_t)i;
    if (known == WATCH_GROUPS) return GROUP_OTHER;
    patterns[known] = *folded;
    atomic_store(&count, known + 1);
    return (uint8_t)known;
}

uint8_t watchgroups_of(const char *name, uint32_t bytes) {
    struct pattern folded = fold(name, bytes);
    if (!folded.bytes || is_same(&folded, &of_process)) return GROUP_OTHER;
    pthread_mutex_lock(&lock);
    uint8_t group = find_or_add(&folded);
    pthread_mutex_unlock(&lock);
    return group;
}

uint32_t watchgroups_count(void) { return atomic_load(&count); }

uint32_t watchgroups_pattern(uint32_t group, char *text) {
    if (group == GROUP_OTHER) {
        memcpy(text, other, sizeof other - 1);
        return sizeof other - 1;
    }
    memcpy(text, patterns[group].text, patterns[group].bytes);
    return patterns[group].bytes;
}

void watchgroups_begin(void) {
    char name[64];
    int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t bytes = read(fd, name, sizeof name);
    close(fd);
    of_process = fold(name, bytes > 1 ? (uint32_t)bytes - 1 : 0); /* without its newline */
}

void watchgroups_after_fork(void) { lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; }
