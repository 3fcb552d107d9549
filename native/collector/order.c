/* One word for all collectors of a file. */
#include "order.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

static _Atomic uint32_t *is_to_end;

bool order_begin(void) {
    void *page = mmap(NULL, sizeof *is_to_end, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) is_to_end = page;
    return is_to_end;
}

void order_end(void) {
    if (is_to_end) atomic_store(is_to_end, 1);
}

bool order_is_to_end(void) { return is_to_end && atomic_load(is_to_end); }
