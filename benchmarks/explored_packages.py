"""The packages of which explore_packages.py explores the tests: versions, and where tests lie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """`tests`: files and folders of its sdist. `modules`: what is explored of what is installed."""

    name: str
    version: str
    tests: tuple[str, ...]
    modules: tuple[str, ...]

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"


# gilscope shows its reports with the first; the others are what the packages' tests import.
NEEDS = (
    "rich==15.0.0",
    "pytest==9.2.0",
    "pytest-asyncio==1.5.0",
    "pytest-mock==3.17.0",
    "pytest-timeout==2.4.0",
    "anyio==4.16.0",
    "freezegun==1.5.5",
    "Mako==1.4.3",
    "pytz==2026.6",
    "PyYAML==6.0.4",
    "six==1.17.0",
    "tornado==6.6.1",
    "time-machine==3.6.0",
    "trio==0.35.0",
    "Quart==0.22.0",
    "quart-trio==0.12.0",
    "Hypercorn==0.18.0",
    "httpx==0.28.1",
    "pyOpenSSL==26.4.0",
    "pytest-socket==0.8.1",
    "msgpack==1.2.4",
    "cbor2==6.3.0",
    "trustme==1.2.1",
)

PACKAGES = (
    Package("aiologic", "0.17.1", ("tests",), ("aiologic", "sniffio", "wrapt")),
    Package("apscheduler", "3.11.3", ("tests",), ("apscheduler", "tzlocal", "pytz")),
    Package("asgiref", "3.13.0", ("tests",), ("asgiref",)),
    Package("blinker", "1.9.0", ("tests",), ("blinker",)),
    Package("boltons", "26.2.0", ("tests",), ("boltons",)),
    Package("cached-property", "2.0.1", ("tests",), ("cached_property",)),
    Package("cachetools", "8.0.2", ("tests",), ("cachetools",)),
    Package("culsans", "0.11.0", ("tests",), ("culsans", "aiologic", "sniffio", "wrapt")),
    Package("diskcache", "5.6.3", ("tests",), ("diskcache",)),
    Package("dogpile.cache", "1.5.0", ("tests",), ("dogpile", "stevedore")),
    Package("fasteners", "0.20", ("tests",), ("fasteners",)),
    Package("filelock", "3.20.3", ("tests",), ("filelock",)),
    Package("injector", "0.24.0", ("injector_test.py",), ("injector",)),
    Package("janus", "2.0.0", ("tests",), ("janus",)),
    Package("kombu", "5.7.0", ("t/unit",), ("kombu", "amqp", "vine")),
    Package("more-itertools", "11.2.1", ("tests",), ("more_itertools",)),
    Package(
        "pebble",
        "5.2.3",
        ("test/test_thread_pool.py", "test/test_concurrent_thread.py"),
        ("pebble",),
    ),
    Package("persist-queue", "1.1.0", ("persistqueue/tests",), ("persistqueue",)),
    Package("portalocker", "4.4.2", ("portalocker_tests",), ("portalocker",)),
    Package("prometheus-client", "0.26.0", ("tests",), ("prometheus_client",)),
    Package("Pykka", "4.5.0", ("tests",), ("pykka",)),
    Package("pyrate-limiter", "4.5.1", ("tests",), ("pyrate_limiter",)),
    Package("python-statemachine", "3.2.2", ("tests",), ("statemachine",)),
    Package("readerwriterlock", "1.0.10", ("tests",), ("readerwriterlock",)),
    Package("requests", "2.34.2", ("tests",), ("requests", "urllib3")),
    Package("SQLAlchemy", "2.1.9", ("test/engine/test_pool.py",), ("sqlalchemy",)),
    Package("structlog", "26.1.0", ("tests",), ("structlog",)),
    Package("tenacity", "9.2.1", ("tests",), ("tenacity",)),
    Package("transitions", "0.9.3", ("tests",), ("transitions", "six")),
    Package("urllib3", "2.8.0", ("test",), ("urllib3",)),
    Package("watchdog", "7.1.0", ("tests",), ("watchdog",)),
    Package("wrapt", "2.5.2", ("tests",), ("wrapt",)),
    Package("zict", "3.0.0", ("zict/tests",), ("zict",)),
)
