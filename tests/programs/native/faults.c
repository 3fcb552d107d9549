/* Lets one call of a system function fail: FAULT=WHO:FUNCTION:N, the Nth one that WHO makes; or,
 * with FAULT_KILLS set, kills the process before that call. FUNCTION "" is any.
 *
 * WHO is `recorder` (calls out of _recorder.so), `collector` (all of that process), or `launcher`
 * (all of a process from faults_arm() on). With N 0 nothing fails; FAULT_LOG is a file that gets
 * the name of every function whose calls are counted. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char who[16], target[32];
static int nth, log_fd = -1, armed, kills;
static int *count; /* also of what this process forks */
static long (*system_call)(long, ...);

__attribute__((constructor)) static void prepare(int argc, char **argv) {
    system_call = dlsym(RTLD_NEXT, "syscall");
    const char *fault = getenv("FAULT"), *log = getenv("FAULT_LOG");
    const char *function = fault ? strchr(fault, ':') : NULL;
    const char *number = function ? strrchr(fault, ':') : NULL;
    if (!number) return;
    memcpy(who, fault, (size_t)(function - fault));
    memcpy(target, function + 1, number > function ? (size_t)(number - function - 1) : 0);
    nth = atoi(number + 1);
    kills = getenv("FAULT_KILLS") != NULL;
    count = (int *)system_call(SYS_mmap, 0L, 4096L, 3L, (long)(MAP_SHARED | MAP_ANONYMOUS), -1L, 0L);
    armed = strcmp(who, "launcher") != 0;
    int is_collector = strncmp(program_invocation_short_name, "gilscope-coll", 13) == 0;
    if (is_collector != (strcmp(who, "collector") == 0)) armed = 0;
    if (argc > 3 && strcmp(argv[3], "--successor") == 0) armed = 0; /* the first has failed */
    if (!log) return;
    log_fd = (int)system_call(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    int high = (int)system_call(SYS_fcntl, log_fd, F_DUPFD_CLOEXEC, 900);
    if (high >= 0) system_call(SYS_close, log_fd), log_fd = high;
}

__attribute__((visibility("default"))) void faults_arm(int on) {
    if (strcmp(who, "launcher") == 0) armed = on;
}

static int fails(const char *name, int error, void *caller) {
    if (!armed || (nth && strcmp(name, target) != 0)) return 0;
    if (who[0] == 'r') {
        Dl_info info;
        if (!dladdr(caller, &info) || !info.dli_fname || !strstr(info.dli_fname, "/_recorder.")) return 0;
    }
    if (!nth) {
        system_call(SYS_write, log_fd, name, strlen(name));
        system_call(SYS_write, log_fd, "\n", 1L);
        return 0;
    }
    if (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) != nth) return 0;
    if (kills) system_call(SYS_kill, (long)getpid(), (long)SIGKILL);
    errno = error;
    return 1;
}

/* Integers and pointers are passed alike, however many there are. */
#define WRAP_AS(name, error, on_failure)                                          \
    long wrapped_##name(long, long, long, long, long, long, long) __asm__(#name); \
    long wrapped_##name(long a, long b, long c, long d, long e, long f, long g) { \
        static long (*real)(long, ...);                                           \
        if (!real) real = dlsym(RTLD_NEXT, #name);                                \
        if (fails(#name, error, __builtin_return_address(0))) return on_failure;  \
        return real(a, b, c, d, e, f, g);                                         \
    }
#define WRAP(name, error) WRAP_AS(name, error, -1)

/* A refusal such as each of them knows; ENOSYS and EPERM are what a sandbox answers. */
WRAP(access, EACCES)
WRAP(dup2, EBADF)
WRAP(fallocate64, ENOSPC)
WRAP(fallocate, ENOSPC)
WRAP(fcntl, EMFILE)
WRAP(fcntl64, EMFILE)
WRAP(fork, EAGAIN)
WRAP(fstat, EIO)
WRAP(fstat64, EIO)
WRAP(ftruncate, ENOSPC)
WRAP(ftruncate64, ENOSPC)
WRAP(ioctl, ENOTTY)
WRAP(kill, EPERM)
WRAP(lstat, EACCES)
WRAP(lstat64, EACCES)
WRAP(memfd_create, ENOSYS)
WRAP(mprotect, ENOMEM)
WRAP(munmap, ENOMEM)
WRAP(nanosleep, ENOSYS)
WRAP(open, EMFILE)
WRAP(open64, EMFILE)
WRAP(pipe2, EMFILE)
WRAP(poll, ENOMEM)
WRAP(prctl, EPERM)
WRAP(pread, EIO)
WRAP(pread64, EIO)
WRAP(process_vm_readv, EPERM)
WRAP(pwrite, ENOSPC)
WRAP(pwrite64, ENOSPC)
WRAP(read, EIO)
WRAP(readlink, EACCES)
WRAP(sigaction, EINVAL)
WRAP(sigpending, EINVAL)
WRAP(sigprocmask, EINVAL)
WRAP(sigtimedwait, ENOSYS)
WRAP(stat, EACCES)
WRAP(stat64, EACCES)
WRAP(syscall, ENOSYS)
WRAP(unlink, EACCES)
WRAP(waitid, ENOSYS)
WRAP(waitpid, ENOSYS)
WRAP(wait4, ENOSYS)
WRAP(write, EIO)
WRAP_AS(mmap, ENOMEM, -1)
WRAP_AS(mmap64, ENOMEM, -1)
WRAP_AS(pthread_atfork, 0, ENOMEM)
WRAP_AS(pthread_key_create, 0, who[0] == 'l' ? real(a, b) : EAGAIN) /* CPython's own, after fork */
WRAP_AS(pthread_sigmask, 0, EINVAL)
WRAP_AS(clone, EAGAIN, -1)

/* Whatever it answers, it has closed. */
int close(int fd) {
    long result = system_call(SYS_close, fd);
    return fails("close", EIO, __builtin_return_address(0)) ? -1 : (int)result;
}

/* Looking for the real ones would ask for memory. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static int memory_fails(const char *name, void *caller) {
    return who[0] != 'l' && fails(name, ENOMEM, caller);
}
void *malloc(size_t bytes) {
    return memory_fails("malloc", __builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}
void *calloc(size_t number, size_t bytes) {
    void *caller = __builtin_return_address(0);
    return memory_fails("calloc", caller) ? NULL : __libc_calloc(number, bytes);
}
void *realloc(void *old, size_t bytes) {
    void *caller = __builtin_return_address(0);
    return memory_fails("realloc", caller) ? NULL : __libc_realloc(old, bytes);
}
