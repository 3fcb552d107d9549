/* str objects as UTF-8 without the C API. */
#ifndef GILSCOPE_RECORDER_TEXT_H
#define GILSCOPE_RECORDER_TEXT_H

#include "recording.h"

uint32_t utf8_from_str(PyObject *str, char *out, uint32_t room);

#endif
