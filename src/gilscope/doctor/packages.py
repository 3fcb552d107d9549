"""What gilscope uses where it is installed: is it, and does it load?"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from gilscope.doctor.model import Check, lacks, works
from gilscope.doctor.trying import python

PATIENCE_S = 60.0  # ray, on a busy machine
# What imports it, what needs it, and what installs it.
WANTED = {
    "numpy": ("reports", "numpy"),
    "rich": ("reports", "rich"),
    "pyarrow": ("tables, as gilscope export writes them", "'gilscope[tables]'"),
    "loky": ("that strategy of gilscope compare", "'gilscope[loky]'"),
    "distributed": ("Dask, in gilscope compare and on workers", "'gilscope[dask]'"),
    "ray": ("that strategy of gilscope compare", "'gilscope[ray]'"),
    "textual": ("the live view: gilscope top, run --live", "textual"),
    "prometheus_client": ("metrics for Prometheus", "'gilscope[prometheus]'"),
    "opentelemetry.metrics": ("metrics for OpenTelemetry", "'gilscope[opentelemetry]'"),
}


def checks() -> list[Check]:
    return [_check(name, *words) for name, words in WANTED.items()]


def _check(module: str, purpose: str, package: str) -> Check:
    name = module.partition(".")[0]
    install = f"{sys.executable} -m pip install {package}"
    if not _is_there(module):
        return lacks(name, "not installed", f"it is for {purpose}", install)
    said = python(f"import {module}", patience_s=PATIENCE_S)
    if said.status == 0:
        return works(name, f"for {purpose}")
    found = f"it is installed, but does not load: {said.reason}"
    return lacks(name, found, f"it is for {purpose}", f"{install} --force-reinstall")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # a namespace package that lacks the rest, for one
        return False
