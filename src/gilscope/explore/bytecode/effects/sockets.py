"""Sockets, and waiting for files. Sources: Modules/{socket,select}module.c.

What can block is a request: the scheduler lets a thread go on to it when it will not.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    READ_ATTRIBUTE,
    READ_OUTSIDE,
    WRITE_OUTSIDE,
    Table,
    each,
    unknown,
)
from gilscope.explore.bytecode.effects.threads import Request, asks

ASKED = (ARGUMENTS, READ_OUTSIDE)
SOCKETS: Table = {
    "_socket.socket": {
        **asks("recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into", Request.RECEIVE),
        **asks("_accept", Request.RECEIVE),
        **asks("send sendall sendto sendmsg", Request.SEND),
        **each("__init__ bind close connect connect_ex detach listen", WRITE_OUTSIDE),
        **each("setblocking setsockopt settimeout shutdown __del__", WRITE_OUTSIDE),
        **each("fileno getpeername getsockname getsockopt getblocking gettimeout", READ_OUTSIDE),
        **each("__new__ __repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **unknown("sendmsg_afalg"),
    },
    "_socket": {
        **each("socketpair close dup", WRITE_OUTSIDE),
        **each("socket"),
        **each("htonl htons ntohl ntohs inet_aton inet_ntoa inet_ntop inet_pton", ARGUMENTS),
        **each("CMSG_LEN CMSG_SPACE", ARGUMENTS),
        **each("getdefaulttimeout gethostname if_indextoname if_nameindex", READ_OUTSIDE),
        **each("if_nametoindex getprotobyname getservbyname getservbyport", READ_OUTSIDE),
        # They ask the system, which waits for nothing of the program's; nobody else is heard of.
        **each("getaddrinfo gethostbyaddr gethostbyname gethostbyname_ex", *ASKED),
        **each("getnameinfo", *ASKED),
        **unknown("setdefaulttimeout sethostname"),
    },
}
WAITING: Table = {
    "select.epoll": {
        **asks("poll", Request.EPOLL),
        **each("register unregister modify close __exit__", WRITE_OUTSIDE),
        **each("fileno fromfd __enter__ __new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "select.poll": {
        **asks("poll", Request.POLL),
        **each("register unregister modify", WRITE_OUTSIDE),
    },
    "select": {
        **asks("select", Request.SELECT),
        **each("epoll", WRITE_OUTSIDE),
        **each("poll"),
    },
}
TABLE: Table = {**SOCKETS, **WAITING}
