/* gilscope-attach PID FOLDER
 *
 * Changes memory of a process all at once, and only if it is what it was thought to be. Through standard input
 * it is told, a line each:
 *
 *   is ADDRESS BYTES     what must stand there (both hexadecimal)
 *   put ADDRESS BYTES    what to put there
 *   or ADDRESS BYTES     bits to set there, beside those that are
 *   go                   do that, or nothing: it answers "done", "differs", or "failed REASON"
 *   nap MILLISECONDS     wait for so long before that
 *   keep                 do that when the input ends; an answer is due then to nobody; what takes no nap is
 *                        done at once with what was kept before it
 *   forget               all that was kept
 *
 * The input ends when whoever started this has ended, however that came about. So a request is taken back
 * although its maker was killed. Last it removes FOLDER, and what a request keeps in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frozen.h"
#include "shared/clock.h"

#define MOST_CHANGES 4096u
#define MOST_BYTES 512u
#define MOST_KEPT 1024u

enum kind { IS, PUT, OR };
struct change {
    uint64_t address;
    size_t bytes;
    enum kind kind;
    unsigned char content[MOST_BYTES];
};
struct changes {
    struct change *all;
    size_t count;
    uint64_t nap_ns;
};
static struct changes current, kept[MOST_KEPT];
static size_t kept_count;
static pid_t pid;

/* --- what is to be done ------------------------------------------------------------------------- */

static size_t from_hexadecimal(const char *text, unsigned char *bytes) {
    size_t count = 0;
    for (unsigned value; count < MOST_BYTES && sscanf(text + 2 * count, "%2x", &value) == 1; count++)
        bytes[count] = (unsigned char)value;
    return count;
}

static bool add(const char *line, enum kind kind) {
    if (current.count == MOST_CHANGES) return false;
    struct change *more = realloc(current.all, (current.count + 1) * sizeof *more);
    if (!more) return false;
    current.all = more;
    struct change *change = &current.all[current.count];
    int length = 0;
    if (sscanf(line, "%*s %" SCNx64 " %n", &change->address, &length) != 1 || !length) return false;
    change->kind = kind;
    change->bytes = from_hexadecimal(line + length, change->content);
    current.count++;
    return change->bytes != 0;
}

static bool keep(void) {
    if (kept_count == MOST_KEPT) return false;
    kept[kept_count++] = current;
    current = (struct changes){0};
    return true;
}

static void forget(void) {
    while (kept_count) free(kept[--kept_count].all);
}

/* --- doing it ----------------------------------------------------------------------------------- */

static const char *read_there(const struct change *change, unsigned char *there) {
    struct iovec here = {there, change->bytes}, remote = {(void *)(uintptr_t)change->address, change->bytes};
    bool done = process_vm_readv(pid, &here, 1, &remote, 1, 0) == (ssize_t)change->bytes;
    return done ? NULL : strerror(errno);
}

static const char *check(const struct change *change, bool *differs) {
    unsigned char there[MOST_BYTES];
    const char *problem = read_there(change, there);
    if (problem) return problem;
    if (memcmp(there, change->content, change->bytes) != 0) *differs = true;
    return NULL;
}

static const char *write_there(const struct change *change) {
    unsigned char content[MOST_BYTES] = {0};
    const char *problem = change->kind == OR ? read_there(change, content) : NULL;
    if (problem) return problem;
    for (size_t i = 0; i < change->bytes; i++) content[i] |= change->content[i];
    struct iovec here = {content, change->bytes};
    struct iovec remote = {(void *)(uintptr_t)change->address, change->bytes};
    bool done = process_vm_writev(pid, &here, 1, &remote, 1, 0) == (ssize_t)change->bytes;
    return done ? NULL : strerror(errno);
}

/* With all threads stopped: nobody sees half of it. What is put first can be seen by nobody yet. */
static const char *exchange(const struct changes *changes, bool *differs) {
    const char *problem = NULL;
    *differs = false;
    for (size_t i = 0; i < changes->count && !problem && !*differs; i++)
        if (changes->all[i].kind == IS) problem = check(&changes->all[i], differs);
    for (size_t i = 0; i < changes->count && !problem && !*differs; i++)
        if (changes->all[i].kind != IS) problem = write_there(&changes->all[i]);
    return problem;
}

static void answer(const char *word, const char *rest) {
    printf("%s%s\n", word, rest);
    fflush(stdout);
}

/* Each of them by itself. */
static void stop_and_exchange(const struct changes *each, size_t count) {
    bool differs = false;
    const char *problem = frozen_begin(pid);
    if (!problem) {
        for (size_t i = 0; i < count; i++) problem = exchange(&each[i], &differs);
        frozen_end();
    }
    answer(problem ? "failed " : differs ? "differs" : "done", problem ? problem : "");
}

/* By a process of its own: when that ends, the kernel lets go of every thread, also of one that has not stopped
 * in time. */
static void go(const struct changes *each, size_t count) {
    if (each->nap_ns) pause_ns(each->nap_ns);
    pid_t child = fork();
    if (child == 0) {
        stop_and_exchange(each, count);
        _exit(0);
    }
    if (child < 0) answer("failed ", strerror(errno));
    else
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

/* --- the end ------------------------------------------------------------------------------------ */

#define OPENING_NS 50000000u /* who has just begun needs the folder: its name was read, and will be opened */

/* What is to be done after the same nap is done while the threads are stopped once. */
static void do_kept(void) {
    for (size_t first = 0, next; first < kept_count; first = next) {
        for (next = first + 1; next < kept_count && !kept[next].nap_ns;) next++;
        go(&kept[first], next - first); /* nobody reads the answer */
    }
    if (kept_count) pause_ns(OPENING_NS);
}

/* The folder may be reached through the process, and is still to be removed when that has ended. */
static int parent_fd;
static const char *name;

static void remember_folder(char *path) {
    char *slash = strrchr(path, '/');
    *slash = '\0';
    name = slash + 1;
    parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_folder(void) {
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) unlinkat(fd, entry->d_name, 0);
    closedir(folder);
    unlinkat(parent_fd, name, AT_REMOVEDIR);
}

static bool obey(const char *line) {
    if (strncmp(line, "is ", 3) == 0) return add(line, IS);
    if (strncmp(line, "put ", 4) == 0) return add(line, PUT);
    if (strncmp(line, "or ", 3) == 0) return add(line, OR);
    if (strncmp(line, "nap ", 4) == 0) return current.nap_ns = strtoull(line + 4, NULL, 10) * 1000000, true;
    if (strcmp(line, "keep\n") == 0) return keep();
    if (strcmp(line, "forget\n") == 0) return forget(), true;
    if (strcmp(line, "go\n") != 0) return false;
    go(&current, 1);
    current.count = 0;
    current.nap_ns = 0;
    return true;
}

int main(int argc, char **argv) {
    sigset_t all;
    sigfillset(&all);
    /* Signals are for whoever started this, and whose end is heard. */
    if (argc != 3 || !strchr(argv[2], '/') || sigprocmask(SIG_SETMASK, &all, NULL) != 0) return 2;
    remember_folder(argv[2]);
    pid = atoi(argv[1]);
    char *line = NULL;
    size_t room = 0;
    bool is_understood = true;
    while (is_understood && getline(&line, &room, stdin) > 0) is_understood = obey(line);
    do_kept();
    remove_folder();
    return is_understood ? 0 : 2;
}
