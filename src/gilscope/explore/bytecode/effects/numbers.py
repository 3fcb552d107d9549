"""Numbers, dates and chance: functions that read their arguments and answer.

Sources: Modules/{math,cmath,_datetime,_decimal/_decimal,_random,_statistics}*.c.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    COMPARISON,
    ELSE_UNREPEATABLE,
    ITERATES,
    LOOSELY_READ_SELF,
    LOOSELY_WRITE_SELF,
    READ_ATTRIBUTE,
    READ_SELF,
    WRITE_ATTRIBUTE,
    WRITE_SELF,
    Table,
    each,
    unknown,
)
from gilscope.explore.bytecode.effects.values import ARITHMETIC
from gilscope.explore.search.steps import READ

FUNCTIONS_OF_NUMBERS = (
    "acos acosh asin asinh atan atanh cos cosh exp isclose isfinite isinf isnan log log10 sin sinh"
    " sqrt tan tanh"
)
CLASSES_OF_DECIMALS = (
    "is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan is_subnormal"
    " is_zero"
)
FUNCTIONS_OF_DECIMALS = (
    f"{CLASSES_OF_DECIMALS} canonical compare compare_signal compare_total compare_total_mag"
    " copy_abs copy_negate copy_sign exp fma ln log10 logb logical_and logical_invert logical_or"
    " logical_xor max max_mag min min_mag next_minus next_plus next_toward normalize number_class"
    " quantize radix remainder_near rotate same_quantum scaleb shift sqrt to_eng_string"
    " to_integral to_integral_exact to_integral_value"
)
INTEGERS = each("comb factorial gcd isqrt lcm perm", ARGUMENTS)
NUMBERS: Table = {
    "math": {
        **INTEGERS,
        **each(f"{FUNCTIONS_OF_NUMBERS} atan2 cbrt ceil copysign degrees erf erfc exp2", ARGUMENTS),
        **each("expm1 fabs floor fma fmax fmin fmod frexp gamma hypot isnormal", ARGUMENTS),
        **each("issubnormal ldexp lgamma log1p log2 modf nextafter pow radians", ARGUMENTS),
        **each("remainder signbit trunc ulp", ARGUMENTS),
        **each("dist fsum prod sumprod", ITERATES, ARGUMENTS),
    },
    "math.integer": INTEGERS,
    "cmath": each(f"{FUNCTIONS_OF_NUMBERS} phase polar rect", ARGUMENTS),
    "_statistics": each("_normal_dist_inv_cdf", ARGUMENTS),
    # Each thread has a context of its own, or the one that it set, which is unknown.
    "decimal": {
        **each("Decimal", ARGUMENTS),
        **each("getcontext localcontext Context"),
        **unknown("setcontext"),
    },
    "_decimal": {
        **each("getcontext localcontext IEEEContext"),
        **unknown("setcontext __getattr__"),
    },
    "decimal.Decimal": {
        **each(f"{ARITHMETIC} {COMPARISON} {FUNCTIONS_OF_DECIMALS} __hash__ __new__", ARGUMENTS),
        **each("__ceil__ __complex__ __copy__ __deepcopy__ __float__ __floor__ __int__", ARGUMENTS),
        **each("__format__ __reduce__ __repr__ __round__ __sizeof__ __str__ __trunc__", ARGUMENTS),
        **each("adjusted as_integer_ratio as_tuple conjugate from_float from_number", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "decimal.Context": {
        **each(FUNCTIONS_OF_DECIMALS, LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("Etiny Etop __copy__ copy __reduce__ __repr__", LOOSELY_READ_SELF),
        **each("_apply abs add copy_decimal create_decimal minus", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("create_decimal_from_float divide divide_int divmod", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each(
            "multiply plus power remainder subtract to_sci_string", LOOSELY_WRITE_SELF, ARGUMENTS
        ),
        **each("clear_flags clear_traps __init__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
    "decimal.ContextManager": {
        **each("__enter__ __exit__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "decimal.SignalDictMixin": {
        **each(f"{COMPARISON} __repr__ copy", LOOSELY_READ_SELF, ARGUMENTS),
        **each("__getitem__ __iter__ __len__", LOOSELY_READ_SELF),
        **each("__setitem__ __delitem__ __init__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    # A Random of its own is used by several threads; it locks itself from 3.13 on.
    "_random": each("Random", ARGUMENTS),  # classes in Python seed it by a call
    "_random.Random": {
        **each("random getrandbits setstate", WRITE_SELF, ARGUMENTS),
        **each("seed", (1, ELSE_UNREPEATABLE, READ), WRITE_SELF, ARGUMENTS),
        **each("getstate", READ_SELF),
        **each("__init__", WRITE_SELF, ARGUMENTS),
        **each("__new__", ARGUMENTS),
    },
}
MOMENT = f"{COMPARISON} __hash__ __new__ __repr__ __str__ __reduce__"
DATES: Table = {
    "datetime": {
        **each("date datetime time timedelta timezone tzinfo", ARGUMENTS),
    },
    "datetime.date": {
        **each(f"{MOMENT} __add__ __format__ __radd__ __rsub__ __sub__ __replace__", ARGUMENTS),
        **each("ctime fromisocalendar fromisoformat fromordinal fromtimestamp", ARGUMENTS),
        **each("isocalendar isoformat isoweekday replace strftime strptime", ARGUMENTS),
        **each("timetuple toordinal weekday", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "datetime.datetime": {
        **each(f"{MOMENT} __add__ __radd__ __reduce_ex__ __replace__ __rsub__ __sub__", ARGUMENTS),
        **each("astimezone combine ctime date dst fromisoformat fromtimestamp", ARGUMENTS),
        **each("isoformat replace strptime time timestamp timetuple timetz tzname", ARGUMENTS),
        **each("utcfromtimestamp utcoffset utctimetuple", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "datetime.time": {
        **each(f"{MOMENT} __format__ __reduce_ex__ __replace__ dst fromisoformat", ARGUMENTS),
        **each("isoformat replace strftime strptime tzname utcoffset", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "datetime.timedelta": {
        **each(f"{MOMENT} __abs__ __add__ __bool__ __divmod__ __floordiv__ __mod__", ARGUMENTS),
        **each("__mul__ __neg__ __pos__ __radd__ __rdivmod__ __rfloordiv__ __rmod__", ARGUMENTS),
        **each("__rmul__ __rsub__ __rtruediv__ __sub__ __truediv__ total_seconds", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "datetime.timezone": each(
        f"{COMPARISON} __hash__ __new__ __repr__ __str__ __getinitargs__ dst fromutc tzname"
        " utcoffset",
        ARGUMENTS,
    ),
    "datetime.tzinfo": {
        **each("__new__ __reduce__ dst fromutc tzname utcoffset", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "datetime.IsoCalendarDate": {
        **each("__new__", ITERATES),
        **each("__reduce__ __repr__"),
    },
}
TABLE: Table = {**NUMBERS, **DATES}
