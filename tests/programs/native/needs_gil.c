/* An extension module that does not say that it can do without the GIL. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "needs_gil", .m_slots = slots};

PyMODINIT_FUNC PyInit_needs_gil(void) { return PyModuleDef_Init(&definition); }
