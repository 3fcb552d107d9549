/* Go on with a trace file whose collector was killed. */
#ifndef GILSCOPE_COLLECTOR_RESUME_H
#define GILSCOPE_COLLECTOR_RESUME_H

#include "tracefile.h"

/* What the first process's collector wrote from a place on is undone. False if the file makes no sense. */
bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, const struct sink_place *undo);

#endif
