/* Append to the arena. */
#ifndef GILSCOPE_RECORDER_LOGS_H
#define GILSCOPE_RECORDER_LOGS_H

#include "recording.h"

void *log_reserve(struct gil *gil, enum log_kind kind, uint32_t bytes);
void log_commit(struct gil *gil, enum log_kind kind, uint32_t bytes);
bool log_define(struct gil *gil, uint32_t kind, const void *entry, uint32_t bytes);
void logs_seal(struct gil *gil);

#endif
