"""Text: patterns, codecs, templates, JSON and CSV.

Sources: Modules/{_sre/sre,_codecs,unicodedata,_json,_csv}*.c. What they keep for themselves (caches
of patterns, interned keys) gives the same answers whoever filled it.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    CALLS_ARGUMENTS,
    CALLS_SELF,
    COMPARISON,
    DEEPLY_READ_SELF,
    ITERATES,
    LOOSELY_WRITE_SELF,
    NEXT_OF_SELF,
    REACHES_SELF,
    READ_ATTRIBUTE,
    SIZES,
    Named,
    Table,
    each,
    unknown,
)

CODECS = " ".join(
    f"{name}_{direction}"
    for name in each(
        "ascii charmap escape latin_1 raw_unicode_escape unicode_escape utf_16 utf_16_be utf_16_le"
        " utf_32 utf_32_be utf_32_le utf_7 utf_8"
    )
    for direction in ("decode", "encode")
)
CHARACTERS: Named = each(
    "bidirectional category combining decimal decomposition digit east_asian_width is_normalized"
    " lookup mirrored name normalize numeric",
    ARGUMENTS,
)
TEXTS: Table = {
    "_sre": each(
        "ascii_iscased ascii_tolower compile getcodesize template unicode_iscased unicode_tolower",
        ARGUMENTS,
    ),
    "re": each("Match Pattern"),  # they only raise
    "re.Pattern": {
        **each("findall finditer fullmatch match prefixmatch scanner search split", ARGUMENTS),
        **each("sub subn", ARGUMENTS, CALLS_ARGUMENTS),
        **each(f"{COMPARISON} __hash__ __repr__ __copy__ __deepcopy__ __class_getitem__"),
    },
    # It refers to the text that it was found in, which may be a bytearray.
    "re.Match": {
        **each("__getitem__ __repr__ expand group groupdict groups", DEEPLY_READ_SELF, ARGUMENTS),
        **each("__copy__ __deepcopy__ __class_getitem__ end span start"),
    },
    "_sre.SRE_Scanner": each("match prefixmatch search", LOOSELY_WRITE_SELF),
    "_string": each("formatter_field_name_split formatter_parser", ARGUMENTS),
    "_codecs": {
        **each(f"{CODECS} utf_16_ex_decode utf_32_ex_decode charmap_build", ARGUMENTS),
        **each("decode encode readbuffer_encode _normalize_encoding", ARGUMENTS),
        **each("lookup lookup_error"),
        **unknown("register register_error unregister _unregister_error"),
    },
    "builtins.EncodingMap": each("size"),
    "unicodedata": {
        **CHARACTERS,
        **each("UCD"),
        **each("block extended_pictographic grapheme_cluster_break", ARGUMENTS),
        **each("indic_conjunct_break isxidcontinue isxidstart iter_graphemes", ARGUMENTS),
    },
    "unicodedata.UCD": {**CHARACTERS, **each("__getattribute__", READ_ATTRIBUTE)},
    "unicodedata.GraphemeBreakIterator": {
        **each("__next__", NEXT_OF_SELF),
        **each("__iter__"),
    },
    "unicodedata.Segment": each("__repr__ __str__"),
    "string.templatelib": each("Interpolation Template"),
    "string.templatelib.Interpolation": {
        **each("__class_getitem__ __new__ __reduce__"),
        **each("__repr__", DEEPLY_READ_SELF),
    },
    "string.templatelib.Template": {
        **each("__add__ __class_getitem__ __iter__ __new__ __reduce__"),
        **each("__repr__", DEEPLY_READ_SELF),
    },
    "_csv": {
        **each("reader", SIZES),
        **each("writer get_dialect list_dialects Dialect"),
        **each("Error"),
        **unknown("field_size_limit register_dialect unregister_dialect"),
    },
    "_csv.Dialect": each("__new__ __reduce__ __reduce_ex__"),
    "_csv.reader": {
        **each("__next__", NEXT_OF_SELF, REACHES_SELF),
        **each("__iter__"),
    },
    "_csv.writer": each("writerow writerows", ITERATES, ARGUMENTS, REACHES_SELF),
    "_json": {
        **each("encode_basestring encode_basestring_ascii scanstring", ARGUMENTS),
        **each("Encoder Scanner"),
    },
    "_json.Encoder": {
        **each("__call__", ARGUMENTS, CALLS_SELF),
        **each("__new__"),
    },
    "_json.Scanner": {
        **each("__call__", ARGUMENTS, CALLS_SELF),
        **each("__new__"),
    },
}
TABLE: Table = TEXTS
