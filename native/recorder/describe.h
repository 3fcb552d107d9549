/* What the trace says about the program and the interpreter. */
#ifndef GILSCOPE_RECORDER_DESCRIBE_H
#define GILSCOPE_RECORDER_DESCRIBE_H

#include "recording.h"

void describe_frames(struct frame_layout *layout);
/* `inherits`: the parent, whose memory this was, has described itself on this machine. */
void describe_program(char *json, size_t room, bool inherits);

#endif
