"""A pool of threads parses files with Python code: only one core is busy.

source: hedronvision/bazel-compile-commands-extractor#250
kind: cpu-bound
line: PARSE
gain: no-gil 0.4
harmful: asyncio
"""

import ctypes
from concurrent.futures import ThreadPoolExecutor

keeps = ctypes.PyDLL(None).usleep


def parse(_):
    for _ in range(20):
        keeps(1500)  # PARSE


with ThreadPoolExecutor(4) as pool:
    list(pool.map(parse, range(40)))
