/* What the trace says about the program and the interpreter. */
#ifndef GILSCOPE_RECORDER_DESCRIBE_H
#define GILSCOPE_RECORDER_DESCRIBE_H

#include "recording.h"

void describe_frames(struct frame_layout *layout);
void describe_program(char *json, size_t room);

#endif
