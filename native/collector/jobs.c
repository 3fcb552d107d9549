/* Stopping and continuing: what a launcher cannot do itself while it is stopped.
 *
 * SIGSTOP to the launcher cannot be passed on; so the program is stopped from here. And where the
 * launcher has stopped because the program had, it goes on when somebody continues the program. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jobs.h"
#include "procfile.h"
#include "shared/clock.h"

#define LOOK_EVERY_NS 100000000u

static pid_t launcher, program;
static bool follows; /* the launcher has stopped because the program had */

char jobs_state(pid_t pid) {
    char text[512];
    const char *rest = proc_stat(pid, text, sizeof text);
    return rest && rest[0] ? rest[1] : 0;
}

bool jobs_has_ended(pid_t pid) {
    char state = jobs_state(pid);
    return !state || state == 'Z' || state == 'X';
}

void jobs_hear(const char *line) {
    int pid;
    if (sscanf(line, "child %d", &pid) == 1) {
        launcher = getppid();
        program = pid;
    }
    if (strcmp(line, "stops") == 0) follows = true;
    if (strcmp(line, "resumes") == 0) follows = false;
    if (strncmp(line, "ended ", 6) == 0) program = 0;
}

bool jobs_differ(void) {
    static uint64_t looked_ns;
    if (!program || monotonic_ns() - looked_ns < LOOK_EVERY_NS) return false;
    looked_ns = monotonic_ns();
    /* The launcher has not reaped the program: its pid is nobody else's while the launcher is. */
    if (getppid() != launcher) program = 0;
    return program && jobs_state(launcher) == 'T' && jobs_state(program) != 'T';
}

void jobs_align(void) {
    if (jobs_state(launcher) == 'T') kill(follows ? launcher : program, follows ? SIGCONT : SIGSTOP);
}
