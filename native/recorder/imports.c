/* Redirect what the interpreter imports from the C library, and what one library does that it loads.
 *
 * CPython calls such functions through its relocation table: the executable's or libpython's, whichever
 * contains _PyRuntime. Each slot there is one pointer; writing it is atomic, and writing the old
 * value back undoes it. Our own calls are bound by our own relocations and so reach the C library,
 * in the version that this was linked for. */
#include "imports.h"

#include "shared/interpreter.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_SLOTS 64
struct object {
    ElfW(Addr) base, start, end, relro_start, relro_end;
    const ElfW(Dyn) * dynamic;
};
static struct object interpreter; /* kept, so that a forked child can restore without a lock */
static struct object library;     /* one that was loaded later, at most */

struct slot {
    const struct object *object;
    void **at;
    void *function, *original;
    bool is_redirected;
};
static struct slot slots[MAX_SLOTS]; /* found once: there are thousands to look through */
static size_t slot_count;

#if defined(__x86_64__)
#define RELOC_JUMP_SLOT R_X86_64_JUMP_SLOT
#define RELOC_GLOB_DAT R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define RELOC_JUMP_SLOT R_AARCH64_JUMP_SLOT
#define RELOC_GLOB_DAT R_AARCH64_GLOB_DAT
#else
#error "gilscope records on x86-64 and aarch64 Linux"
#endif

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
        if (part->p_type == PT_LOAD) {
            if ((ElfW(Addr))address - start < part->p_memsz) found = true;
            if (!object->end) object->start = start; /* they are in the order of their addresses */
            object->end = start + part->p_memsz;
        }
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

struct wanted {
    const struct redirection *redirections;
    size_t count;
};

static void *replacement(const struct wanted *wanted, const char *name) {
    for (size_t i = 0; i < wanted->count; i++)
        if (strcmp(name, wanted->redirections[i].name) == 0) return wanted->redirections[i].function;
    return NULL;
}

static void note_slots(const struct object *object, const struct wanted *wanted) {
    const struct imports imports = imports_of(object);
    for (int t = 0; t < 2; t++) {
        for (size_t i = 0; imports.table[t] && i < imports.count[t]; i++) {
            const ElfW(Rela) *entry = &imports.table[t][i];
            unsigned type = (unsigned)ELF64_R_TYPE(entry->r_info);
            if (type != RELOC_JUMP_SLOT && type != RELOC_GLOB_DAT) continue;
            const ElfW(Sym) *symbol = &imports.symbols[ELF64_R_SYM(entry->r_info)];
            void *function = replacement(wanted, imports.names + symbol->st_name);
            if (!function || slot_count == MAX_SLOTS) continue;
            slots[slot_count++] = (struct slot){.object = object,
                                                .at = (void **)(object->base + entry->r_offset),
                                                .function = function};
        }
    }
}

static int find_slots(struct dl_phdr_info *info, size_t size, void *wanted) {
    (void)size;
    if (!contains(info, &_PyRuntime, &interpreter)) return 0;
    note_slots(&interpreter, wanted);
    return 1;
}

static bool met_another;

bool imports_met_another(void) { return met_another; }

/* Two that undo what they have found would leave it wrong. All slots are redirected, or none. */
static bool is_of_another(const struct slot *slot) {
    Dl_info there, ours;
    if (!dladdr(*slot->at, &there) || !dladdr((void *)imports_restore, &ours)) return false;
    const char *name = there.dli_fname ? strrchr(there.dli_fname, '/') : NULL;
    return there.dli_fbase != ours.dli_fbase && name && strncmp(name, "/_recorder.", 11) == 0;
}

static bool redirect(struct slot *slot) {
    void *original = *slot->at;
    if (slot->is_redirected) return true; /* in a forked child, or an earlier recording could not undo it */
    if (slot == slots && (met_another = is_of_another(slot))) return false;
    if (!write_slot(slot->object, slot->at, slot->function)) return false;
    slot->original = original;
    return slot->is_redirected = true;
}

bool imports_redirect(const struct redirection *redirections, size_t count) {
    struct wanted wanted = {redirections, count};
    if (!slot_count) dl_iterate_phdr(find_slots, &wanted);
    for (size_t i = 0; i < slot_count; i++)
        if (!redirect(&slots[i])) return imports_restore(), false;
    return slot_count != 0;
}

static int find_library(struct dl_phdr_info *info, size_t size, void *dynamic) {
    (void)size;
    return contains(info, dynamic, &library);
}

void imports_redirect_in(void *handle, const struct redirection *redirections, size_t count) {
    const struct link_map *map = NULL;
    struct wanted wanted = {redirections, count};
    size_t before = slot_count;
    if (library.dynamic || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || !map) return;
    if (!dl_iterate_phdr(find_library, map->l_ld)) return;
    note_slots(&library, &wanted);
    for (size_t i = before; i < slot_count; i++) redirect(&slots[i]); /* what cannot be, stays as it was */
}

static int find_loaded(struct dl_phdr_info *info, size_t size, void *part) {
    (void)size;
    if (!info->dlpi_name || !strstr(info->dlpi_name, part)) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return contains(info, (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), &library);
    return 0;
}

void imports_redirect_in_loaded(const char *part, const struct redirection *redirections, size_t count) {
    struct wanted wanted = {redirections, count};
    size_t before = slot_count;
    if (library.dynamic || !dl_iterate_phdr(find_loaded, (void *)part)) return;
    note_slots(&library, &wanted);
    for (size_t i = before; i < slot_count; i++) redirect(&slots[i]);
}

void imports_restore(void) {
    for (size_t i = slot_count; i-- > 0;)
        if (slots[i].is_redirected && write_slot(slots[i].object, slots[i].at, slots[i].original))
            slots[i].is_redirected = false;
}

bool imports_reach(const void *function) {
    for (size_t i = 0; i < slot_count; i++)
        if (slots[i].is_redirected && slots[i].function == function) return true;
    return false;
}

bool imports_in_interpreter(const void *address) {
    return (ElfW(Addr))address - interpreter.start < interpreter.end - interpreter.start;
}
