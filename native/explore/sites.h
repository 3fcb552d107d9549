/* Instructions of code objects that may touch what threads share. */
#ifndef GILSCOPE_EXPLORE_SITES_H
#define GILSCOPE_EXPLORE_SITES_H

#include "shared/interpreter.h"

/* Kinds of instructions; as gilscope.explore.bytecode.opcodes.SiteKind. */
enum site_kind {
    SITE_NONE,
    SITE_ATTRIBUTE, /* slot: owner; name */
    SITE_GLOBAL,    /* name */
    SITE_CELL,      /* slot: the cell */
    SITE_ITEM,      /* slot: container, key after it; argument: whether it is removed */
    SITE_SLICE,     /* slot: container */
    SITE_MEMBER,    /* slot: key, container after it */
    SITE_TRUTH,     /* slot: whose truth is asked for */
    SITE_SOURCE,    /* slot: what is iterated over at once */
    SITE_DEEP,      /* slot, argument: objects that are read with all that they contain */
    SITE_INPLACE,   /* slot: changed, value after it */
    SITE_NEXT,      /* slot: an iterator that is advanced */
    SITE_CALL,      /* slot: callable and self or NULL; argument: count; name: keyword names */
    SITE_CALL_EX,   /* slot: callable; argument: slot of the tuple of arguments */
    SITE_ENTER,     /* slot: context manager */
    SITE_LEAVE,     /* slot: the function that leaves it */
    SITE_IMPORT,    /* name: a module */
    SITE_PASS, /* nothing but a place where the eval loop may switch threads */
    SITE_GENERATOR, /* the generator of the frame is left */
    SITE_FOREIGN,   /* code that is not explored begins; name: which; argument: why that matters */
    SITE_NAME,      /* name; argument: slot of the mapping, -1: the frame's own */
    SITE_NUMBER,    /* slot, argument: operands of an operator, whose own content is read */
    SITE_CLASS_PATTERN, /* slot: the subject, class and names after it; argument: positional ones */
    SITE_KEYS_PATTERN,  /* slot: the subject, keys after it */
    SITE_SUPER,     /* slot: self; name */
    SITE_RAISE,     /* slot, argument: exception and cause */
    SITE_AWAIT,     /* slot: what is awaited or iterated over */
    SITE_UNKNOWN,   /* name: an instruction that nobody looked at */
    SITE_RETURN,    /* the frame is left: whoever called it goes on */
    SITE_IMPORTED,  /* slot: the name of a module, which is looked up, or imported */
};

/* As gilscope.explore.bytecode.instructions. The eval loop looks whether another thread wants to run
 * before such an instruction, or after it. */
enum { SITE_CHECKS_BEFORE = 1, SITE_CHECKS_AFTER = 2, SITE_VISIBLE = 4, SITE_OF_USER = 8, SITE_GUARDED = 16 };
enum { SITE_BEGINS = 32 /* its code */ };

/* How an instruction goes through an object: as gilscope.explore.bytecode.opcodes.Source. */
enum source { SOURCE_AT_ONCE, SOURCE_BY_STEPS, SOURCE_LATER };

typedef struct site {
    uint8_t kind, mode, flags;
    int32_t slot, argument, offset;
    uint32_t visible_in; /* the exploration in which two threads were seen to meet here */
    uint32_t choice_in;  /* that in which they were, and no lock kept them apart */
    uint32_t handed_over_in; /* that in which another thread released a lock that was acquired here */
    PyObject *name;
    PyCodeObject *code; /* borrowed from the table */
} site;

typedef struct code_sites {
    bool explored;
    uint32_t choice; /* of what is explored, when this was described */
    int32_t users;   /* code objects that have it, and the table of all */
    int32_t count;   /* code units */
    PyCodeObject *code; /* that was described, which `sites` name: others that have it are equal to it */
    site sites[];
} code_sites;

static inline bool leaves_frame(const site *where) {
    return where->kind == SITE_RETURN || where->kind == SITE_GENERATOR;
}

#endif
