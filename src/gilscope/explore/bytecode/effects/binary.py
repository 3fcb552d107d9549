"""Encoded data: structures, compression, hashes, pickles.

Sources: Modules/{_struct,binascii,zlib,_hashopenssl,_pickle}*.c, Python/marshal.c. Caches of
formats give the same answers whoever filled them.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ALL_ARGUMENTS,
    ARGUMENTS,
    DEEP,
    DEEPLY_READ_SELF,
    LOOSE_READ,
    LOOSE_WRITE,
    LOOSELY_READ_SELF,
    LOOSELY_WRITE_SELF,
    NEVER_ATOMIC,
    NEXT_OF_SELF,
    REACHES_ARGUMENTS,
    READ_ATTRIBUTE,
    READ_SELF,
    WRITE_ATTRIBUTE,
    WRITE_SELF,
    Named,
    Row,
    Table,
    alike,
    each,
    unknown,
)

# Large data is worked on without the GIL.
OFF_GIL: Row = (ALL_ARGUMENTS, DEEP, LOOSE_READ | NEVER_ATOMIC)
HASH: Named = {
    **each("update", LOOSELY_WRITE_SELF, OFF_GIL),
    **each("copy digest hexdigest", LOOSELY_READ_SELF),
}
BINARY: Table = {
    "_struct": {
        **each("calcsize pack unpack unpack_from iter_unpack", ARGUMENTS),
        **each("pack_into", (2, ALL, LOOSE_WRITE), ARGUMENTS),
        **each("Struct"),
        **each("_clearcache"),
    },
    "_struct.Struct": {
        **each("pack unpack unpack_from iter_unpack", ARGUMENTS),
        **each("pack_into", (1, ALL, LOOSE_WRITE), ARGUMENTS),
        **each("__new__ __repr__ __sizeof__"),
        **each("__init__", LOOSELY_WRITE_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
    "_struct.unpack_iterator": {
        **each("__next__", NEXT_OF_SELF, DEEPLY_READ_SELF),
        **each("__iter__ __new__"),
        **each("__length_hint__", LOOSELY_READ_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "binascii": {
        **each("a2b_ascii85 a2b_base32 a2b_base64 a2b_base85 a2b_hex a2b_qp a2b_uu", ARGUMENTS),
        **each("b2a_ascii85 b2a_base32 b2a_base64 b2a_base85 b2a_hex b2a_qp b2a_uu", ARGUMENTS),
        **each("hexlify unhexlify crc_hqx", ARGUMENTS),
        **each("crc32", OFF_GIL),
        **each("Error Incomplete"),
    },
    "zlib": {
        **each("adler32 compress crc32 decompress", OFF_GIL),
        **each("adler32_combine crc32_combine compressobj decompressobj", ARGUMENTS),
        **each("error _ZlibDecompressor"),
        **unknown("__getattr__"),
    },
    # Each has a lock of its own.
    "zlib.Compress": {
        **each("compress flush", WRITE_SELF, OFF_GIL),
        **each("copy __copy__ __deepcopy__", READ_SELF),
    },
    "zlib.Decompress": {
        **each("decompress flush", WRITE_SELF, OFF_GIL),
        **each("copy __copy__ __deepcopy__", READ_SELF),
    },
    "zlib._ZlibDecompressor": {
        **each("decompress", WRITE_SELF, OFF_GIL),
        **each("__new__"),
    },
    "_md5": each("md5", OFF_GIL),
    "_sha1": each("sha1", OFF_GIL),
    "_sha2": {
        **each("sha224 sha256 sha384 sha512", OFF_GIL),
        **each("SHA224Type SHA256Type SHA384Type SHA512Type"),  # they only raise
    },
    "_sha256": each("sha224 sha256", OFF_GIL),
    "_sha512": each("sha384 sha512", OFF_GIL),
    "_sha3": each("sha3_224 sha3_256 sha3_384 sha3_512 shake_128 shake_256", OFF_GIL),
    "_blake2": each("blake2b blake2s", OFF_GIL),
    "_hashlib": {
        **each(
            "new openssl_md5 openssl_sha1 openssl_sha224 openssl_sha256 openssl_sha384", OFF_GIL
        ),
        **each("openssl_sha512 openssl_sha3_224 openssl_sha3_256 openssl_sha3_384", OFF_GIL),
        **each("openssl_sha3_512 openssl_shake_128 openssl_shake_256", OFF_GIL),
        **each("hmac_digest hmac_new pbkdf2_hmac scrypt", OFF_GIL),
        **each("compare_digest", ARGUMENTS),
        **each("HASH HASHXOF HMAC"),  # they only raise
        **each("get_fips_mode UnsupportedDigestmodError"),
    },
    **alike(
        "_md5.md5 _sha1.sha1 _sha2.SHA224Type _sha2.SHA256Type _sha2.SHA384Type _sha2.SHA512Type"
        " _sha256.sha224 _sha256.sha256 _sha512.sha384 _sha512.sha512",
        HASH,
    ),
    **alike(
        "_sha3.sha3_224 _sha3.sha3_256 _sha3.sha3_384 _sha3.sha3_512 _sha3.shake_128"
        " _sha3.shake_256 _blake2.blake2b _blake2.blake2s",
        {**HASH, **each("__new__", OFF_GIL)},
    ),
    **alike("_hashlib.HASH _hashlib.HMAC", {**HASH, **each("__repr__")}),
    "_hashlib.HASHXOF": each("digest hexdigest", LOOSELY_READ_SELF),
    # Pickling goes through all that an object leads to, and calls what it finds there.
    "_pickle": {
        **each("dumps dump", REACHES_ARGUMENTS),
        **each("Pickler PickleError PicklingError UnpicklingError"),
        **unknown("load loads"),
    },
    "_pickle.Pickler": {
        **each("dump persistent_id", LOOSELY_WRITE_SELF, REACHES_ARGUMENTS),
        **each("clear_memo __init__", LOOSELY_WRITE_SELF),
        **each("__new__ __sizeof__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
    "marshal": {
        **each("dump dumps", REACHES_ARGUMENTS),
        **each("load", REACHES_ARGUMENTS),
        **each("loads", ARGUMENTS),
    },
}
TABLE: Table = BINARY
