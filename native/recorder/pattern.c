/* What the files of GILSCOPE_RECORD are called. */
#include "pattern.h"

#include "host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- what runs ------------------------------------------------------------------------------- */

/* The word of the command line that says it, or NULL: code after -c, a terminal, a pipe. */
static const char *word_of_program(PyObject *argv) {
    Py_ssize_t count = argv && PyList_Check(argv) ? PyList_GET_SIZE(argv) : 0;
    for (Py_ssize_t i = 1; i < count; i++) {
        const char *word = PyUnicode_AsUTF8(PyList_GET_ITEM(argv, i));
        if (!word) return PyErr_Clear(), NULL;
        if (word[0] != '-') return word;
        if (!word[1]) return NULL;
        if (strcmp(word, "--check-hash-based-pycs") == 0) i++;
        if (word[1] == '-') continue;
        const char *option = word + 1 + strcspn(word + 1, "cmWX");
        if (*option == 'c') return NULL;
        if (*option && option[1] && *option == 'm') return option + 1;
        if (*option == 'm') return i + 1 < count ? PyUnicode_AsUTF8(PyList_GET_ITEM(argv, i + 1)) : NULL;
        if (*option && !option[1]) i++; /* the value of -W or -X is the next word */
    }
    return NULL;
}

void pattern_program(char name[PROGRAM_BYTES]) {
    const char *word = word_of_program(PySys_GetObject("orig_argv"));
    if (!word) PyErr_Clear();
    const char *slash = word ? strrchr(word, '/') : NULL;
    const char *from = slash ? slash + 1 : word;
    size_t bytes = from ? strlen(from) : 0;
    if (bytes > 3 && strcmp(from + bytes - 3, ".py") == 0) bytes -= 3;
    if (!bytes || bytes >= PROGRAM_BYTES) bytes = bytes ? PROGRAM_BYTES - 1 : 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = from[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                     c == '-' || (c == '.' && i);
        name[i] = plain ? c : '_';
    }
    name[bytes] = '\0';
    if (!bytes) strcpy(name, "python");
}

/* --- where to -------------------------------------------------------------------------------- */

struct path {
    char *at, *end;
};

static bool add(struct path *path, const char *text) {
    size_t bytes = strlen(text);
    if ((size_t)(path->end - path->at) <= bytes) return false;
    memcpy(path->at, text, bytes + 1);
    path->at += bytes;
    return true;
}

/* A host's name is no path. */
static void name_host(char *name, size_t room) {
    host_name(name, room);
    if (!name[0]) snprintf(name, room, "host");
    for (char *at = name; *at; at++)
        if (*at == '/' || (unsigned char)*at <= ' ') *at = '_';
}

static bool add_field(struct path *path, char letter) {
    char text[256];
    if (letter == 'h') name_host(text, sizeof text);
    else if (letter == 'p') snprintf(text, sizeof text, "%d", (int)getpid());
    else if (letter == 'n') pattern_program(text);
    else snprintf(text, sizeof text, "%%");
    return add(path, text);
}

const char *pattern_expand(const char *pattern, const char *folder, char *text, size_t room) {
    static const char too_long[] = "the name of its file is too long";
    struct path path = {text, text + room};
    text[0] = '\0';
    bool is_relative = pattern[0] != '/';
    if (is_relative && !folder[0]) return "the current folder is gone";
    if (is_relative && !(add(&path, folder) && add(&path, "/"))) return too_long;
    for (const char *at = pattern; *at; at++) {
        char letter[] = {*at, '\0'};
        if (*at != '%') {
            if (!add(&path, letter)) return too_long;
            continue;
        }
        at++;
        if (!*at || !strchr("hpn%", *at)) return "GILSCOPE_RECORD knows %h, %p, %n and %% only";
        if (!add_field(&path, *at)) return too_long;
    }
    return NULL;
}

bool pattern_number(const char *path, unsigned number, char *numbered, size_t room) {
    const char *name = strrchr(path, '/'), *end = path + strlen(path);
    name = name ? name + 1 : path;
    const char *suffix = strrchr(name, '.');
    if (!suffix || suffix == name) suffix = end;
    int bytes = number < 2
                    ? snprintf(numbered, room, "%s", path)
                    : snprintf(numbered, room, "%.*s.%u%s", (int)(suffix - path), path, number, suffix);
    return bytes > 0 && (size_t)bytes < room;
}
