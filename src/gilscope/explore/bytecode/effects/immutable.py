"""Types whose instances nobody can change, so that nothing of them is ever an access."""

from __future__ import annotations

import datetime as dt
import decimal
import operator
import re
import time
import types

# They lead to nothing that could be changed either.
IMMUTABLE: set[type] = {
    *(int, float, complex, str, bytes, bool, range, type(None), type(...)),
    *(type(NotImplemented), types.CodeType),
    *(types.GetSetDescriptorType, types.MemberDescriptorType, types.MethodDescriptorType),
    *(types.WrapperDescriptorType, types.ClassMethodDescriptorType),
    *(dt.date, dt.timedelta, decimal.Decimal, re.Pattern),
}
# They cannot be changed, and what they hold can.
IMMUTABLE_HOLDERS: set[type] = {
    *(tuple, frozenset, slice, types.MappingProxyType, types.GenericAlias, types.UnionType),
    *(types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType),
    *(re.Match, time.struct_time),
    *(dt.datetime, dt.time, dt.timezone),  # a zone may be of a class in Python
    *(operator.itemgetter, operator.attrgetter, operator.methodcaller),
}
