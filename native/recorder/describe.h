/* What the trace says about the program and the interpreter. */
#ifndef GILSCOPE_RECORDER_DESCRIBE_H
#define GILSCOPE_RECORDER_DESCRIBE_H

#include "recording.h"

void describe_frames(struct frame_layout *layout);
/* `inherits`: the parent, whose memory this was, has described itself on this machine. */
void describe_program(char *json, size_t room, bool inherits);
/* What is the same for all of its children; an object of JSON without its closing brace. */
void describe_for_children(char *json, size_t room);

#endif
