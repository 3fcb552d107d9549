/* The processes of the program that are not recorded, and those that are not Python.
 *
 * Nobody tells when a process begins or ends, short of privileges or of stopping the program; so the
 * doorkeeper looks into /proc, ten times a second or as often as a fiftieth of a core allows. What
 * begins and ends between two looks is in the kernel's sums only (children.c). */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "kin.h"
#include "kinrows.h"
#include "kinship.h"
#include "procfile.h"
#include "shared/clock.h"

#define LOOK_EVERY_NS 100000000u
#define REST_FACTOR 50u /* as many times what a look has cost */
#define SETTLED_NS 1000000000u /* by then a Python has come to its start hook */
#define FIRST_ROW_NS 1000000000u
#define MOST_KIN 8192u
#define LARGEST_PID (1u << 22) /* Linux has no larger ones */
#define RECHECKED 32u /* a number is another process's one day */

struct kin {
    struct kin_row row;
    uint32_t recorders; /* two for a moment, where one recorded program becomes another */
    bool is_newborn;    /* one of these is none yet */
    bool is_here;
    uint64_t began_ticks, ticks_before; /* of CPU time, when it became what it is */
    uint32_t looks;
    uint64_t next_row_ns;
};

static struct buffer all; /* those that live, by pid */
static bool may_others_join;
static uint64_t looked_ns, rest_ns, left_out;
static uint32_t look_count;
static unsigned char foreign[LARGEST_PID / 8 + 1]; /* pids that are not of this program */

static struct kin *kin_at(size_t i) { return (struct kin *)all.bytes + i; }
static size_t kin_count(void) { return all.used / sizeof(struct kin); }

static bool is_recorded(const struct kin *kin) { return kin->recorders > kin->is_newborn; }

/* The first that is not below it. */
static size_t place_of(pid_t pid) {
    size_t low = 0, high = kin_count();
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (kin_at(middle)->row.pid < pid) low = middle + 1;
        else high = middle;
    }
    return low;
}

static struct kin *find(pid_t pid) {
    size_t i = place_of(pid);
    return i < kin_count() && kin_at(i)->row.pid == pid ? kin_at(i) : NULL;
}

static void forget(size_t i) {
    memmove(kin_at(i), kin_at(i + 1), (kin_count() - i - 1) * sizeof(struct kin));
    all.used -= sizeof(struct kin);
}

/* --- what the kernel says of one ---------------------------------------------------------------- */

struct seen {
    char name[KIN_NAME_BYTES];
    char state;
    pid_t parent;
    uint64_t cpu_ticks, began_ticks;
};

static bool see(pid_t pid, struct seen *seen) {
    char text[1024];
    const char *rest = proc_stat(pid, text, sizeof text);
    int parent;
    unsigned long long user, system, began;
    if (!rest || sscanf(rest,
                        " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d"
                        " %*d %llu",
                        &seen->state, &parent, &user, &system, &began) != 5)
        return false;
    const char *name = strchr(text, '(');
    if (!name || name >= rest) return false;
    snprintf(seen->name, sizeof seen->name, "%.*s", (int)(rest - name) - 2, name + 1);
    seen->parent = (pid_t)parent;
    seen->cpu_ticks = user + system;
    seen->began_ticks = began;
    return true;
}

/* Ticks count from the start of the machine, whose clock goes on while that sleeps. */
static uint64_t begin_of(uint64_t ticks, uint64_t now) {
    struct timespec since_start;
    if (clock_gettime(CLOCK_BOOTTIME, &since_start) != 0) return now;
    uint64_t at = proc_ns_of_ticks(ticks), since = timespec_ns(since_start);
    uint64_t ago = since > at ? since - at : 0;
    return now > ago ? now - ago : 0;
}

/* --- one after the other ------------------------------------------------------------------------ */

static struct kin *add(pid_t pid, const struct seen *seen, uint64_t now) {
    if (kin_count() >= MOST_KIN) return left_out++, NULL;
    size_t i = place_of(pid);
    buffer_add(&all, sizeof(struct kin));
    memmove(kin_at(i + 1), kin_at(i), (kin_count() - 1 - i) * sizeof(struct kin));
    uint64_t begin_ns = begin_of(seen->began_ticks, now);
    *kin_at(i) =
        (struct kin){.row = {.pid = pid, .parent = seen->parent, .begin_ns = begin_ns, .what.why = "unknown"},
                     .began_ticks = seen->began_ticks,
                     .next_row_ns = begin_ns + FIRST_ROW_NS};
    memcpy(kin_at(i)->row.what.name, seen->name, sizeof seen->name);
    return kin_at(i);
}

/* It may become another program at any time: often in its first moments, seldom later. */
static bool wants_description(uint32_t looks) { return (looks & (looks - 1)) == 0; }

static void describe(struct kin *kin, const struct seen *seen, uint64_t now) {
    bool was_settled = kin->row.end_ns >= kin->row.begin_ns + SETTLED_NS;
    bool has_settled = now >= kin->row.begin_ns + SETTLED_NS;
    bool is_another = strcmp(kin->row.what.name, seen->name) != 0;
    if (wants_description(++kin->looks) || has_settled != was_settled || is_another)
        kinship_read(kin->row.pid, may_others_join, has_settled, &kin->row.what);
}

static void follow(struct kin *kin, const struct seen *seen, uint64_t now) {
    if (kin->row.has_ended) return;
    kin->row.has_ended = seen->state == 'Z' || seen->state == 'X';
    if (!kin->row.has_ended) describe(kin, seen, now);
    kin->row.cpu_ns = proc_ns_of_ticks(seen->cpu_ticks - kin->ticks_before);
    kin->row.end_ns = now;
    if (now < kin->next_row_ns || kin->row.has_ended || kin->recorders) return;
    kinrows_add(&kin->row);
    kin->next_row_ns = now + (now - kin->row.begin_ns); /* each time it is twice as old */
}

static void end(size_t i) {
    struct kin *kin = kin_at(i);
    kin->row.has_ended = true;
    if (!kin->recorders) kinrows_add(&kin->row);
    forget(i);
}

/* --- looking ------------------------------------------------------------------------------------ */

static bool is_foreign(pid_t pid) {
    bool is_rechecked = (uint32_t)pid % RECHECKED == look_count % RECHECKED;
    return !is_rechecked && foreign[pid / 8] >> (pid % 8) & 1;
}

static void note_foreign(pid_t pid, bool is) {
    unsigned char bit = (unsigned char)(1u << (pid % 8));
    if (is) foreign[pid / 8] |= bit;
    else foreign[pid / 8] &= (unsigned char)~bit;
}

static void meet(pid_t pid, uint64_t now) {
    struct seen seen;
    struct kin *kin = find(pid);
    if (kin) kin->is_here = true;
    if (kin ? is_recorded(kin) : is_foreign(pid)) return;
    if (!see(pid, &seen)) return;
    if (kin && kin->began_ticks != seen.began_ticks) {
        end((size_t)(kin - kin_at(0)));
        kin = NULL;
    }
    if (!kin) {
        note_foreign(pid, !find(seen.parent));
        if (!find(seen.parent) || !(kin = add(pid, &seen, now))) return;
        kin->is_here = true;
    }
    follow(kin, &seen, now);
}

static void look(uint64_t now) {
    DIR *processes = opendir("/proc");
    if (!processes) return;
    look_count++;
    for (size_t i = 0; i < kin_count(); i++) kin_at(i)->is_here = false;
    for (const struct dirent *each; (each = readdir(processes));) {
        long pid = isdigit((unsigned char)each->d_name[0]) ? strtol(each->d_name, NULL, 10) : 0;
        if (pid > 0 && pid <= (long)LARGEST_PID) meet((pid_t)pid, now);
    }
    closedir(processes);
    for (size_t i = kin_count(); i-- > 0;)
        if (!kin_at(i)->is_here) end(i);
}

static uint64_t own_cpu_ns(void) {
    struct timespec used;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? timespec_ns(used) : 0;
}

void kin_look(void) {
    uint64_t now = monotonic_ns();
    if (!kin_count() || now - looked_ns < rest_ns) return;
    uint64_t before_ns = own_cpu_ns();
    look(now);
    looked_ns = monotonic_ns();
    rest_ns = (own_cpu_ns() - before_ns) * REST_FACTOR;
    if (rest_ns < LOOK_EVERY_NS) rest_ns = LOOK_EVERY_NS;
    kinrows_flush(false);
}

int kin_wait_ms(void) {
    uint64_t passed = monotonic_ns() - looked_ns;
    if (!kin_count()) return -1;
    return passed < rest_ns ? (int)((rest_ns - passed) / 1000000 + 1) : 0;
}

/* --- what others say ---------------------------------------------------------------------------- */

void kin_begin(int out_fd, uint64_t limit, bool may_join) {
    may_others_join = may_join;
    kinrows_begin(out_fd, limit);
}

static struct kin *known(pid_t pid) {
    struct seen seen;
    struct kin *kin = find(pid);
    if (kin || pid <= 0 || !see(pid, &seen)) return kin;
    note_foreign(pid, false);
    return add(pid, &seen, monotonic_ns());
}

void kin_launched(pid_t pid) { known(pid); }

void kin_recorded(pid_t pid) {
    struct kin *kin = known(pid);
    if (kin) kin->recorders++;
}

void kin_born(pid_t pid) {
    struct kin *kin = known(pid);
    if (!kin || kin->is_newborn) return;
    kin->is_newborn = true;
    kin->recorders++;
}

void kin_left(pid_t pid) {
    struct kin *kin = find(pid);
    if (!kin || !kin->is_newborn) return;
    kin->is_newborn = false;
    kin->recorders--;
}

void kin_executed(pid_t pid) {
    struct seen seen;
    struct kin *kin = find(pid);
    if (kin) kin->is_newborn = false;
    if (!kin || !kin->recorders || --kin->recorders || !see(pid, &seen)) return;
    uint64_t now = monotonic_ns();
    kin->looks = 0;
    kin->ticks_before = seen.cpu_ticks;
    kin->row.parent = seen.parent;
    kin->row.begin_ns = now;
    kin->row.end_ns = now;
    kin->next_row_ns = now + FIRST_ROW_NS;
}

void kin_file_has_begun(void) { kinrows_let(); }

static void write_one(const struct kin *kin) {
    if (is_recorded(kin)) return;
    struct kin_row row = kin->row;
    if (kin->is_newborn) row.what.why = "not-yet";
    kinrows_add(&row);
}

void kin_write(void) {
    uint64_t now = monotonic_ns();
    look(now);
    looked_ns = monotonic_ns();
    for (size_t i = 0; i < kin_count(); i++) write_one(kin_at(i));
    kinrows_leave_out(left_out);
    left_out = 0;
    kinrows_flush(true);
}
