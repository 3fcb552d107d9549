/* str objects as UTF-8, without the C API: no thread state is current where this runs. */
#include "text.h"

#include "shared/utf8.h"

uint32_t utf8_from_str(PyObject *str, char *out, uint32_t room) {
    if (!str || !PyUnicode_Check(str) || !PyUnicode_IS_READY(str)) return 0;
    return utf8_encode(PyUnicode_DATA(str), PyUnicode_KIND(str), PyUnicode_GET_LENGTH(str), out, room);
}
