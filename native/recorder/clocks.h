/* Set the clock of a recording that begins. */
#ifndef GILSCOPE_RECORDER_CLOCKS_H
#define GILSCOPE_RECORDER_CLOCKS_H

#include "recording.h"

void clocks_start(void);

#endif
