/* Redirect what the interpreter imports from the C library.
 *
 * CPython calls such functions through its relocation table: the executable's or libpython's, whichever
 * contains _PyRuntime. Each slot there is one pointer; writing it is atomic, and writing the old
 * value back undoes it. Our own calls are bound by our own relocations and so reach the C library,
 * in the version that this was linked for. */
#include "imports.h"

#include "shared/interpreter.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_SLOTS 64
struct saved_slot {
    void **slot;
    void *original, *replacement;
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
    ElfW(Addr) base, start, end, relro_start, relro_end;
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

static int redirect(struct dl_phdr_info *info, size_t size, void *wanted) {
    (void)size;
    if (!contains(info, &_PyRuntime, &interpreter)) return 0;
    struct imports imports = imports_of(&interpreter);
    for (int t = 0; t < 2; t++) {
        for (size_t i = 0; imports.table[t] && i < imports.count[t]; i++) {
            const ElfW(Rela) *entry = &imports.table[t][i];
            unsigned type = (unsigned)ELF64_R_TYPE(entry->r_info);
            if (type != RELOC_JUMP_SLOT && type != RELOC_GLOB_DAT) continue;
            const ElfW(Sym) *symbol = &imports.symbols[ELF64_R_SYM(entry->r_info)];
            void *function = replacement(wanted, imports.names + symbol->st_name);
            if (!function || saved_count == MAX_SLOTS) continue;
            void **slot = (void **)(interpreter.base + entry->r_offset);
            struct saved_slot original = {slot, *slot, function};
            if (!write_slot(&interpreter, slot, function)) return -1;
            saved[saved_count++] = original;
        }
    }
    return 1;
}

bool imports_redirect(const struct redirection *redirections, size_t count) {
    imports_restore(); /* what an earlier recording could not */
    if (saved_count != 0) return false;
    struct wanted wanted = {redirections, count};
    if (dl_iterate_phdr(redirect, &wanted) >= 0) return saved_count != 0;
    imports_restore();
    return false;
}

void imports_restore(void) {
    while (saved_count > 0) {
        const struct saved_slot *last = &saved[saved_count - 1];
        if (!write_slot(&interpreter, last->slot, last->original)) return;
        saved_count--;
    }
}

bool imports_reach(const void *function) {
    for (int i = 0; i < saved_count; i++)
        if (saved[i].replacement == function) return true;
    return false;
}

bool imports_in_interpreter(const void *address) {
    return (ElfW(Addr))address - interpreter.start < interpreter.end - interpreter.start;
}
