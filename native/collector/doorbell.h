/* What the first collector says to its doorkeeper (family.c); in others, nobody hears it. */
#ifndef GILSCOPE_COLLECTOR_DOORBELL_H
#define GILSCOPE_COLLECTOR_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum ring {
    RING_LAUNCHED = 1, /* a pid: the program */
    RING_RECORDED = 2, /* a pid: that of the first recorded process; the file has begun */
    RING_EXECUTED = 3, /* a pid: this one has become another program */
    RING_SETTLE = 4,   /* answered when what ended processes have recorded is in the file */
};

struct ring_word {
    int32_t what; /* enum ring */
    int32_t pid;  /* or 0 */
};

void doorbell_take(int fd);
void doorbell_ring(enum ring what, pid_t pid);
void doorbell_settle(int patience_ms);

#endif
