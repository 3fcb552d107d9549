"""Races from public issue trackers: one row for each, with the answer that was reasoned out before."""

from __future__ import annotations

from support.realbugs import ASSERTION, BOTH, DEADLOCK, EXCEPTION, FREE, RealBug

EITHER = ASSERTION | EXCEPTION  # whichever of the two comes first in the schedule
OPEN = "open"  # not fixed when this was written: the fixed form is a proposed one, or this suite's

_ROWS = (
    ("pythonfutures_14", "futures", "agronholm/pythonfutures#14", "2.1.2", "2.1.3", DEADLOCK, FREE),
    ("botocore_1776", "botocore", "boto/botocore#1776", "1.12.180", "1.31.16", EXCEPTION, BOTH),
    ("cpython_98624", "CPython", "python/cpython#98624", "3.11.0", "3.12.0", ASSERTION, BOTH),
    ("cpython_142651", "CPython", "python/cpython#142651", "3.14.2", "3.14.3", ASSERTION, BOTH),
    (
        "sentry_python_803",
        "sentry-sdk",
        "getsentry/sentry-python#803",
        "0.17.4",
        "0.17.5",
        DEADLOCK,
        BOTH,
    ),
    ("rpyc_354", "RPyC", "tomerfiliba-org/rpyc#354", "4.0.2", OPEN, DEADLOCK, BOTH),
    ("limits_26", "limits", "alisaifee/limits#26", "5.8.0", OPEN, EXCEPTION, BOTH),
    ("dateutil_901", "python-dateutil", "dateutil/dateutil#901", "2.8.0", "2.8.1", EXCEPTION, BOTH),
    ("dateutil_428", "python-dateutil", "dateutil/dateutil#428", "2.6.1", "2.7.0", EITHER, BOTH),
    ("watchdog_544", "watchdog", "gorakhargosh/watchdog#544", "0.9.0", "0.10.0", EXCEPTION, BOTH),
    ("tqdm_700", "tqdm", "tqdm/tqdm#700", "4.32.1", "4.32.2", EITHER, BOTH),
    ("pyparsing_604", "pyparsing", "pyparsing/pyparsing#604", "3.2.3", "3.2.4", EXCEPTION, BOTH),
    ("celery_1569", "Celery", "celery/celery#1569", "3.0.22", "3.1", EXCEPTION, BOTH),
    ("werkzeug_546", "Werkzeug", "pallets/werkzeug#546", "0.9.6", "0.10", EXCEPTION, BOTH),
    (
        "kafka_python_1399",
        "kafka-python",
        "dpkp/kafka-python#1399",
        "1.4.1",
        "1.4.2",
        EXCEPTION,
        BOTH,
    ),
    (
        "sentry_python_5465",
        "sentry-sdk",
        "getsentry/sentry-python#5465",
        "2.52.0",
        OPEN,
        EXCEPTION,
        FREE,
    ),
    (
        "zeroconf_476",
        "zeroconf",
        "python-zeroconf/python-zeroconf#476",
        "0.31.0",
        "0.32.0",
        DEADLOCK,
        BOTH,
    ),
    (
        "jsonschema_223",
        "jsonschema",
        "python-jsonschema/jsonschema#223",
        "4.17.3",
        "4.18.0",
        ASSERTION,
        BOTH,
    ),
    ("requests_2334", "Requests", "psf/requests#2334", "2.6.0", "2.7.0", ASSERTION, BOTH),
    ("filelock_581", "filelock", "tox-dev/filelock#581", "3.29.5", "3.29.6", ASSERTION, BOTH),
    ("pyftpdlib_220", "pyftpdlib", "giampaolo/pyftpdlib#220", "0.7.0", "1.0.0", ASSERTION, BOTH),
    (
        "python_fluent_221",
        "fluent.runtime",
        "projectfluent/python-fluent#221",
        "0.4.0",
        OPEN,
        EITHER,
        BOTH,
    ),
    ("cpython_142495", "CPython", "python/cpython#142495", "3.14.2", "3.14.3", ASSERTION, BOTH),
    ("cpython_86535", "CPython", "python/cpython#86535", "3.10.3", "3.10.4", ASSERTION, BOTH),
    ("dd_trace_py_895", "ddtrace", "DataDog/dd-trace-py#895", "0.24.0", "0.25.0", EXCEPTION, BOTH),
    (
        "paho_mqtt_354",
        "paho-mqtt",
        "eclipse-paho/paho.mqtt.python#354",
        "1.4.0",
        "2.0.0",
        DEADLOCK,
        BOTH,
    ),
    ("h5py_2064", "h5py", "h5py/h5py#2064", "3.6.0", "3.7.0", DEADLOCK, BOTH),
    ("cpython_126775", "CPython", "python/cpython#126775", "3.13.1", "3.13.2", EXCEPTION, BOTH),
    ("cpython_133253", "CPython", "python/cpython#133253", "3.13.3", "3.14.0", EXCEPTION, FREE),
    ("cpython_156544", "CPython", "python/cpython#157287", "3.15.0", OPEN, EXCEPTION, FREE),
    ("cpython_79366", "CPython", "python/cpython#79366", "3.13.14", "3.13.15", ASSERTION, BOTH),
    ("loguru_1183", "Loguru", "Delgan/loguru#1183", "0.7.2", "0.7.3", EXCEPTION, BOTH),
    ("psycopg_1300", "psycopg_pool", "psycopg/psycopg#1300", "3.3.0", "3.3.1", EITHER, BOTH),
    ("salt_42387", "Salt", "saltstack/salt#42387", "2016.11.6", "2016.11.7", EXCEPTION, BOTH),
    ("pykka_23", "Pykka", "jodal/pykka#23", "1.1.0", "1.2.0", DEADLOCK, BOTH),
)

TRACKED = tuple(RealBug(*row) for row in _ROWS)
