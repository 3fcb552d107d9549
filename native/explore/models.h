/* What models.c, which asks for models, and parts of calls in effects.c share. */
#ifndef GILSCOPE_EXPLORE_MODELS_H
#define GILSCOPE_EXPLORE_MODELS_H

#include "explore/engine.h"

/* As gilscope.explore.bytecode.effects.rows. */
enum what {
    WHAT_KEY,      /* the key that is the first argument */
    WHAT_SHAPE,    /* its size */
    WHAT_ALL,      /* everything */
    WHAT_APPEND,   /* a new last item */
    WHAT_POP,      /* the last item */
    WHAT_SOURCES,  /* what going through it reads */
    WHAT_DEEP,     /* it and all that it contains */
    WHAT_ATTRIBUTE,/* the attribute that the next operand names */
    WHAT_ITEM,     /* the item that the next operand names */
    WHAT_REQUEST,  /* the scheduler decides; mode is the kind of the request */
    WHAT_REPLACED, /* another function is called instead; mode is its kind */
    WHAT_NEXT,     /* an iterator that is advanced */
    WHAT_DICT,     /* its __dict__ */
    WHAT_REMOVE,   /* the key that is the first argument goes */
    WHAT_REMOVE_ITEM,
    WHAT_OUTSIDE,  /* what is no object of Python's */
    WHAT_REACH,    /* unknown, to all that it leads to */
    WHAT_CALLBACK, /* it is called in the middle */
    WHAT_COPY,     /* its own content, one level */
    WHAT_INIT,     /* what a container is filled with */
    WHAT_EXTEND,   /* new last items */
    WHAT_ELSE_UNREPEATABLE, /* missing or None: by chance */
    WHAT_STEPS,    /* gone through step by step without the GIL; mode is the kind of its stand-in */
    WHAT_WRITER,   /* the keyword `file`, or sys.stdout: it is written to */
    WHAT_NAMES,    /* the names of its attributes, and of its classes' */
    WHAT_RAISED,   /* an exception that is raised */
    WHAT_FRAME,    /* a frame whose variables go */
    WHAT_LOOK,     /* at a clock: later looks are told a later time */
    WHAT_IMPORTED, /* the name of a module */
    WHAT_SEARCHED, /* for the next operand */
};

/* Operands that are more than one. */
enum { MOST_NAMED = 252, ALL_POSITIONAL, ALL_KEYWORDS, ALL_ARGUMENTS };

/* Flags of a mode, as gilscope.explore.bytecode.effects.rows explains them. */
enum {
    PLAIN_MODE = 0x03,
    NEVER_ATOMIC = 0x04,
    LOCKS_VIEW = 0x08,
    LOCKS_DICT = 0x10,
    LOCKS_SET = 0x20,
    LOCKS_LIST = 0x40,
    NOT_ATOMIC = 0x80,
};

/* Why there is no model of a function: a tuple of this and its name stands for one. */
enum unmodelled {
    UNMODELLED_EFFECTS,    /* taken to change all that it gets */
    UNMODELLED_EVERYWHERE, /* looks at, or changes, what no access stands for */
    UNMODELLED_ANSWER,     /* another in each execution, whatever threads do */
};

typedef int on_operand(operation *op, PyObject *object, void *passed);

PyObject *operand(const call *found, int number); /* 0: self; NULL if there is none */
int for_each_keyword(operation *op, const call *found, on_operand *visit, void *passed);
int for_each_operand(operation *op, const call *found, on_operand *visit, void *passed);
const char *shown_name(PyObject *callable);
int add_spread_call(operation *op, PyObject *callable, PyObject *iterable, PyObject *keywords);
bool is_plain_key(PyObject *key); /* looking for it among others like it runs no code of the program */
int add_searched(operation *op, PyObject *container, PyObject *wanted, int mode);
int add_writer(operation *op, const call *found);
int add_request(operation *op, const call *found, int kind);
int add_replaced(operation *op, int number);
int add_part(operation *op, const call *found, int number, PyObject *object, int what, int mode);

#endif
