/* What the parts of gilscope._explorer add to it, each in a file that is called alike. */
#ifndef GILSCOPE_EXPLORE_METHODS_H
#define GILSCOPE_EXPLORE_METHODS_H

#include "shared/interpreter.h"

extern PyMethodDef held_methods[], kept_find_methods[], kept_compare_methods[], kept_kinds_methods[],
    decode_methods[], rows_methods[], frames_methods[], carriers_methods[], way_methods[], observe_methods[];

#endif
