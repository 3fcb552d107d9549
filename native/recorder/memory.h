/* The arena, mapped as far as it is in use. */
#ifndef GILSCOPE_RECORDER_MEMORY_H
#define GILSCOPE_RECORDER_MEMORY_H

#include "recording.h"

bool memory_map(int arena_fd);
struct thread_cell *memory_cell(uint32_t index); /* NULL: no address space */
char *memory_segment(uint32_t index);
void memory_release_segments(bool alone); /* `alone`: no other thread can be writing there */
void memory_release(bool alone);
void memory_after_fork(bool is_replaced);

#endif
