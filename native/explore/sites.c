/* Which instructions of a code object may touch something shared: asked once, kept with the code. */
#include "explore/engine.h"

static Py_ssize_t extra_index = -1;
/* dict: (file, code) -> capsule of its table. Code that is compiled again and again, by `exec` or for
 * a decorator, is the same code; and a table is needed for as long as somebody may have met there. */
static PyObject *tables;

#if !HAS_UNSTABLE_API
#define PyUnstable_Eval_RequestCodeExtraIndex _PyEval_RequestCodeExtraIndex
#define PyUnstable_Code_GetExtra _PyCode_GetExtra
#define PyUnstable_Code_SetExtra _PyCode_SetExtra
#endif

static void free_sites(void *memory) {
    code_sites *found = memory;
    if (!found || --found->users) return;
    for (int32_t i = 0; i < found->count; i++) Py_XDECREF(found->sites[i].name);
    Py_DECREF(found->code);
    PyMem_RawFree(found);
}

static void free_capsule(PyObject *capsule) { free_sites(PyCapsule_GetPointer(capsule, NULL)); }

int sites_ready(void) {
    if (extra_index < 0) extra_index = PyUnstable_Eval_RequestCodeExtraIndex(free_sites);
    if (extra_index >= 0) return 0;
    PyErr_SetString(PyExc_RuntimeError, "CPython has no room left for data of code objects");
    return -1;
}

static int fill_site(code_sites *table, PyCodeObject *code, PyObject *row) {
    int offset, kind, mode, slot_index, argument, flags;
    PyObject *name;
    if (!PyArg_ParseTuple(row, "iiiiiiO", &offset, &kind, &mode, &slot_index, &argument, &flags, &name))
        return -1;
    int32_t at = offset / (int)sizeof(_Py_CODEUNIT);
    if (at < 0 || at >= table->count) {
        PyErr_Format(PyExc_IndexError, "no instruction at offset %d", offset);
        return -1;
    }
    table->sites[at] = (site){
        .kind = (uint8_t)kind,
        .mode = (uint8_t)mode,
        .flags = (uint8_t)flags,
        .slot = slot_index,
        .argument = argument,
        .offset = offset,
        .visible_in = flags & SITE_VISIBLE ? the_engine.exploration : 0,
        .choice_in = flags & SITE_VISIBLE && !(flags & SITE_GUARDED) ? the_engine.exploration : 0,
        .name = name == Py_None ? NULL : Py_NewRef(name),
        .code = code,
    };
    return 0;
}

static code_sites *describe(PyCodeObject *code) {
    PyObject *rows = PyObject_CallOneArg(the_engine.describe, (PyObject *)code);
    if (!rows) return NULL;
    bool explored = rows != Py_None;
    Py_ssize_t count = explored ? Py_SIZE(code) : 0;
    code_sites *table = PyMem_RawCalloc(1, sizeof *table + (size_t)count * sizeof(site));
    if (!table) {
        Py_DECREF(rows);
        PyErr_NoMemory();
        return NULL;
    }
    table->users = 1;
    table->explored = explored;
    table->code = (PyCodeObject *)Py_NewRef(code);
    table->choice = the_engine.choice;
    table->count = (int32_t)count;
    for (Py_ssize_t i = 0; explored && i < PyList_GET_SIZE(rows); i++)
        if (fill_site(table, code, PyList_GET_ITEM(rows, i))) {
            Py_DECREF(rows);
            free_sites(table);
            return NULL;
        }
    Py_DECREF(rows);
    return table;
}

static int keep_table(PyObject *key, code_sites *table) {
    PyObject *capsule = PyCapsule_New(table, NULL, free_capsule);
    if (!capsule) return -1;
    table->users++;
    int failed = PyDict_SetItem(tables, key, capsule);
    Py_DECREF(capsule);
    return failed;
}

/* The table of this code, or of code that is equal to it. */
static code_sites *find_table(PyCodeObject *code) {
    if (!tables) tables = PyDict_New();
    PyObject *key = tables ? PyTuple_Pack(2, code->co_filename, code) : NULL;
    PyObject *known = key ? PyDict_GetItemWithError(tables, key) : NULL;
    code_sites *table = known ? PyCapsule_GetPointer(known, NULL) : NULL;
    if (table && table->choice == the_engine.choice) table->users++;
    else table = PyErr_Occurred() || !key ? NULL : describe(code);
    if (table && table->users == 1 && keep_table(key, table)) {
        free_sites(table);
        table = NULL;
    }
    Py_XDECREF(key);
    return table;
}

code_sites *sites_of(PyCodeObject *code) {
    void *known = NULL;
    if (PyUnstable_Code_GetExtra((PyObject *)code, extra_index, &known)) return NULL;
    if (known && ((code_sites *)known)->choice == the_engine.choice) return known;
    code_sites *table = find_table(code);
    if (table && PyUnstable_Code_SetExtra((PyObject *)code, extra_index, table)) {
        free_sites(table);
        return NULL;
    }
    return table;
}

bool is_site_of(const site *where, PyCodeObject *code) {
    void *known = NULL;
    if (PyUnstable_Code_GetExtra((PyObject *)code, extra_index, &known) || !known) return false;
    code_sites *table = known;
    return where >= table->sites && where < table->sites + table->count;
}
