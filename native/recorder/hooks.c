/* Redirect the interpreter's own imports of the pthread functions that the GIL is made of.
 *
 * CPython calls them through its relocation table: the executable's or libpython's, whichever
 * contains _PyRuntime. Each slot there is one pointer; writing it is atomic, and writing the old
 * value back undoes it. Our own calls are bound by our own relocations and so reach the C library,
 * in the version that this was linked for.
 *
 * How the GIL uses them (Python/ceval_gil.c):
 *   take_gil   lock(mutex), while held: timedwait(cond, mutex); signal(switch_cond)
 *   drop_gil   lock(mutex), signal(cond); if a drop was requested: wait(switch_cond)
 *   create_gil, destroy_gil   init and destroy cond, then switch_cond
 */
#include "recorder.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- which GIL? ---------------------------------------------------------------------------- */

/* Sub-interpreters' GILs, by the address of their mutex. Open addressing; removed entries leave
 * GIL_REMOVED, so that look-ups by other threads go on undisturbed. */
#define GIL_TABLE 4096u
#define GIL_REMOVED ((struct gil *)1)

static struct gil primary; /* the main interpreter's: recognised in one comparison */
static _Atomic(pthread_mutex_t *) primary_mutex;
static _Atomic(struct gil *) others[GIL_TABLE];
static _Atomic uint32_t other_count;
static struct gil *free_gils;
static pthread_mutex_t gils_lock = PTHREAD_MUTEX_INITIALIZER;

static inline uint32_t slot_of(const void *mutex) {
    return (uint32_t)(((uintptr_t)mutex >> 4) * 0x9e3779b1u >> 8) % GIL_TABLE;
}

static struct gil *find_other(const pthread_mutex_t *mutex) {
    if (LIKELY(atomic_load_explicit(&other_count, memory_order_relaxed) == 0)) return NULL;
    for (uint32_t i = slot_of(mutex), n = 0; n < GIL_TABLE; i = (i + 1) % GIL_TABLE, n++) {
        struct gil *gil = atomic_load_explicit(&others[i], memory_order_acquire);
        if (!gil) return NULL;
        if (gil != GIL_REMOVED && gil->mutex == mutex) return gil;
    }
    return NULL;
}

static inline struct gil *gil_of_mutex(pthread_mutex_t *mutex) {
    if (LIKELY(mutex == atomic_load_explicit(&primary_mutex, memory_order_relaxed)))
        return &primary;
    return atomic_load_explicit(&recording.active, memory_order_relaxed) ? find_other(mutex) : NULL;
}

static inline struct gil *gil_of_raw(raw_gil *raw) { return gil_of_mutex(&raw->mutex); }

static inline struct gil *gil_of_cond(pthread_cond_t *cond) {
    return gil_of_raw((raw_gil *)((char *)cond - offsetof(raw_gil, cond)));
}

static inline struct gil *gil_of_switch_cond(pthread_cond_t *cond) {
    return gil_of_raw((raw_gil *)((char *)cond - offsetof(raw_gil, switch_cond)));
}

static void describe(struct gil *gil, raw_gil *raw, int64_t interpreter_id) {
    *gil = (struct gil){.raw = raw,
                        .mutex = &raw->mutex,
                        .cond = &raw->cond,
                        .switch_cond = &raw->switch_cond,
                        .interpreter_id = interpreter_id};
}

static bool insert_other(struct gil *gil) {
    for (uint32_t i = slot_of(gil->mutex), n = 0; n < GIL_TABLE; i = (i + 1) % GIL_TABLE, n++) {
        struct gil *there = atomic_load(&others[i]);
        if (there && there != GIL_REMOVED) continue;
        atomic_store_explicit(&others[i], gil, memory_order_release);
        atomic_fetch_add(&other_count, 1);
        return true;
    }
    return false;
}

struct gil *gils_add(raw_gil *raw, int64_t interpreter_id) {
    if (raw == interpreter_gil(PyInterpreterState_Main())) {
        if (primary.raw != raw) {
            intern_free(&primary);
            describe(&primary, raw, interpreter_id);
        }
        return &primary;
    }
    pthread_mutex_lock(&gils_lock);
    struct gil *gil = find_other(&raw->mutex);
    if (!gil) {
        gil = free_gils;
        if (gil) free_gils = gil->next_free;
        if (!gil) gil = malloc(sizeof *gil);
        if (gil) describe(gil, raw, interpreter_id);
        if (gil && !insert_other(gil)) gil = NULL;
    }
    pthread_mutex_unlock(&gils_lock);
    return gil;
}

static void forget_at(uint32_t i) {
    struct gil *gil = atomic_load(&others[i]);
    if (!gil || gil == GIL_REMOVED) return;
    atomic_store(&others[i], GIL_REMOVED);
    atomic_fetch_sub(&other_count, 1);
    intern_free(gil);
    gil->mutex = NULL;
    gil->next_free = free_gils; /* never freed: a late look-up may still read it */
    free_gils = gil;
}

static void forget_other(struct gil *gil) {
    pthread_mutex_lock(&gils_lock);
    for (uint32_t i = 0; i < GIL_TABLE; i++)
        if (atomic_load(&others[i]) == gil) forget_at(i);
    pthread_mutex_unlock(&gils_lock);
}

/* Which of them still exist after the last recording was not seen. */
void gils_forget_others(void) {
    pthread_mutex_lock(&gils_lock);
    for (uint32_t i = 0; i < GIL_TABLE && atomic_load(&other_count); i++) forget_at(i);
    pthread_mutex_unlock(&gils_lock);
}

bool gils_are_one(void) { return atomic_load(&other_count) == 0; }

/* The paths that were interned under a GIL are its holder's. Those of another GIL, whose holder may
 * be in the middle of a hook, go when it is next recorded, or is forgotten. */
void gils_free_own_paths(void) {
    struct gil *gil = self.last_held;
    if (gil && holder_of(gil) == &self) intern_free(gil);
}

void gils_after_fork(void) { gils_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; }

void gils_watch(bool on) { atomic_store(&primary_mutex, on ? primary.mutex : NULL); }

/* --- what the interpreter calls instead ----------------------------------------------------- */

static int on_mutex_lock(pthread_mutex_t *mutex) {
    struct gil *gil = gil_of_mutex(mutex);
    if (!gil) return pthread_mutex_lock(mutex);
    if (recorder_holds(gil)) {
        recorder_release(gil);
        return pthread_mutex_lock(mutex);
    }
    recorder_join();
    /* Granted at once means: request and acquire are the same moment. That spares a clock reading. */
    if (LIKELY(pthread_mutex_trylock(mutex) == 0)) return 0;
    recorder_request();
    return pthread_mutex_lock(mutex);
}

static int on_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                             const struct timespec *until) {
    struct gil *gil = gil_of_cond(cond);
    if (gil) recorder_block(gil);
    return pthread_cond_timedwait(cond, mutex, until);
}

static int on_cond_signal(pthread_cond_t *cond) {
    struct gil *gil = gil_of_switch_cond(cond);
    if (gil) recorder_acquire(gil);
    return pthread_cond_signal(cond);
}

static int on_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    struct gil *gil = gil_of_switch_cond(cond);
    if (!gil) return pthread_cond_wait(cond, mutex);
    uint64_t session = recording.session, start_ns = now_ns();
    int result = pthread_cond_wait(cond, mutex);
    if (session == recording.session && recording.active) recorder_handover(now_ns() - start_ns);
    return result;
}

/* create_gil() initialises `cond` and then `switch_cond` of the same GIL: nothing else does that. */
static int on_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes) {
    static __thread raw_gil *candidate __attribute__((tls_model("initial-exec")));
    raw_gil *by_switch_cond = (raw_gil *)((char *)cond - offsetof(raw_gil, switch_cond));
    if (candidate && by_switch_cond == candidate &&
        atomic_load_explicit(&recording.active, memory_order_relaxed)) {
        PyInterpreterState *interpreter = gil_interpreter(candidate);
        gils_add(candidate, interpreter ? (int64_t)interpreter->id : 0);
    }
    candidate = (raw_gil *)((char *)cond - offsetof(raw_gil, cond));
    return pthread_cond_init(cond, attributes);
}

static int on_cond_destroy(pthread_cond_t *cond) {
    struct gil *gil = gil_of_cond(cond);
    if (gil) {
        recorder_gil_destroyed(gil);
        if (gil == &primary) gils_watch(false);
        else forget_other(gil);
    }
    return pthread_cond_destroy(cond);
}

/* A thread whose whole life is one hold never releases the GIL with its name in reach; so its name
 * is taken from its creator, which is in Thread.start(). */
static int on_thread_create(pthread_t *thread, const pthread_attr_t *attributes,
                            void *(*routine)(void *), void *argument) {
    bool on = atomic_load_explicit(&recording.active, memory_order_relaxed);
    struct birth *birth = on ? thread_birth(routine, argument) : NULL;
    if (!birth) return pthread_create(thread, attributes, routine, argument);
    int result = pthread_create(thread, attributes, thread_be_born, birth);
    if (result != 0) free(birth);
    return result;
}

/* Becoming another program: after a success nothing of this is left to say so, and the collector
 * may not be allowed to look. Not a child that shares our memory until it executes something. */
static bool note_exec(void) {
    bool ours = atomic_load_explicit(&recording.active, memory_order_relaxed) &&
                getpid() == recording.pid;
    if (ours) atomic_store(&recording.arena->exec_ns, now_ns());
    return ours;
}

static int exec_failed(bool noted) {
    if (noted) atomic_store(&recording.arena->exec_ns, 0);
    return -1;
}

static int on_execv(const char *path, char *const argv[]) {
    bool noted = note_exec();
    execv(path, argv);
    return exec_failed(noted);
}

static int on_execve(const char *path, char *const argv[], char *const environment[]) {
    bool noted = note_exec();
    execve(path, argv, environment);
    return exec_failed(noted);
}

static int on_fexecve(int fd, char *const argv[], char *const environment[]) {
    bool noted = note_exec();
    fexecve(fd, argv, environment);
    return exec_failed(noted);
}

/* --- the import table ----------------------------------------------------------------------- */

struct redirection {
    const char *name;
    void *function;
};
static const struct redirection redirections[] = {
    {"pthread_mutex_lock", on_mutex_lock},     {"pthread_cond_timedwait", on_cond_timedwait},
    {"pthread_cond_signal", on_cond_signal},   {"pthread_cond_wait", on_cond_wait},
    {"pthread_cond_init", on_cond_init},       {"pthread_cond_destroy", on_cond_destroy},
    {"pthread_create", on_thread_create},      {"execv", on_execv},
    {"execve", on_execve},                     {"fexecve", on_fexecve},
};
#define REDIRECTIONS (sizeof redirections / sizeof *redirections)

#define MAX_SLOTS 64
struct saved_slot {
    void **slot;
    void *original;
};
static struct saved_slot saved[MAX_SLOTS];
static int saved_count;

#if defined(__x86_64__)
#define RELOC_JUMP_SLOT R_X86_64_JUMP_SLOT
#define RELOC_GLOB_DAT R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define RELOC_JUMP_SLOT R_AARCH64_JUMP_SLOT
#define RELOC_GLOB_DAT R_AARCH64_GLOB_DAT
#else
#error "gilscope records on x86-64 and aarch64 Linux"
#endif

struct object {
    ElfW(Addr) base, relro_start, relro_end;
    const ElfW(Dyn) * dynamic;
};
static struct object interpreter; /* kept, so that a forked child can restore without a lock */

struct imports {
    const ElfW(Rela) * table[2];
    size_t count[2];
    const ElfW(Sym) * symbols;
    const char *names;
};

static bool contains(const struct dl_phdr_info *info, const void *address, struct object *object) {
    bool found = false;
    *object = (struct object){.base = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        ElfW(Addr) start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (ElfW(Addr))address - start < part->p_memsz) found = true;
        if (part->p_type == PT_DYNAMIC) object->dynamic = (const void *)start;
        if (part->p_type == PT_GNU_RELRO) {
            object->relro_start = start;
            object->relro_end = start + part->p_memsz;
        }
    }
    return found && object->dynamic;
}

static struct imports imports_of(const struct object *object) {
    struct imports imports = {0};
    for (const ElfW(Dyn) *entry = object->dynamic; entry->d_tag != DT_NULL; entry++) {
        const void *address = (const void *)entry->d_un.d_ptr;
        switch (entry->d_tag) {
        case DT_JMPREL: imports.table[0] = address; break;
        case DT_PLTRELSZ: imports.count[0] = entry->d_un.d_val / sizeof(ElfW(Rela)); break;
        case DT_RELA: imports.table[1] = address; break;
        case DT_RELASZ: imports.count[1] = entry->d_un.d_val / sizeof(ElfW(Rela)); break;
        case DT_SYMTAB: imports.symbols = address; break;
        case DT_STRTAB: imports.names = address; break;
        default: break;
        }
    }
    return imports;
}

static int protect(const struct object *object, void **slot, int protection) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    ElfW(Addr) at = (ElfW(Addr))slot;
    if (at < object->relro_start || at >= object->relro_end) return 0; /* writable as it is */
    return mprotect((void *)(at & ~(page - 1)), page, protection);
}

static bool write_slot(const struct object *object, void **slot, void *value) {
    if (protect(object, slot, PROT_READ | PROT_WRITE) != 0) return false;
    __atomic_store_n(slot, value, __ATOMIC_SEQ_CST);
    protect(object, slot, PROT_READ); /* left writable, it still works */
    return true;
}

static void *replacement(const char *name) {
    for (size_t i = 0; i < REDIRECTIONS; i++)
        if (strcmp(name, redirections[i].name) == 0) return redirections[i].function;
    return NULL;
}

static int redirect(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (!contains(info, &_PyRuntime, &interpreter)) return 0;
    struct imports imports = imports_of(&interpreter);
    for (int t = 0; t < 2; t++) {
        for (size_t i = 0; imports.table[t] && i < imports.count[t]; i++) {
            const ElfW(Rela) *entry = &imports.table[t][i];
            unsigned type = (unsigned)ELF64_R_TYPE(entry->r_info);
            if (type != RELOC_JUMP_SLOT && type != RELOC_GLOB_DAT) continue;
            const ElfW(Sym) *symbol = &imports.symbols[ELF64_R_SYM(entry->r_info)];
            void *function = replacement(imports.names + symbol->st_name);
            if (!function || saved_count == MAX_SLOTS) continue;
            void **slot = (void **)(interpreter.base + entry->r_offset);
            struct saved_slot original = {slot, *slot};
            if (!write_slot(&interpreter, slot, function)) return -1;
            saved[saved_count++] = original;
        }
    }
    return 1;
}

int hooks_install(void) {
    hooks_remove(); /* what an earlier recording could not restore */
    if (saved_count != 0) return 0;
    if (dl_iterate_phdr(redirect, NULL) < 0) {
        hooks_remove();
        return 0;
    }
    return saved_count;
}

void hooks_remove(void) {
    while (saved_count > 0) {
        const struct saved_slot *last = &saved[saved_count - 1];
        if (!write_slot(&interpreter, last->slot, last->original)) return;
        saved_count--;
    }
}
