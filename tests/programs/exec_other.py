"""Becomes another program, which must find nothing of gilscope in its environment."""

import os
import sys

from _truth import fib

fib(20)
code = (
    "import json, os, sys;"
    "print(json.dumps({'argv': sys.argv[1:],"
    " 'leaked': [name for name in os.environ if 'GILSCOPE' in name],"
    " 'recorder': 'gilscope' in sys.modules,"
    " 'fds': len(os.listdir('/proc/self/fd'))}))"
)
os.execv(sys.executable, [sys.executable, "-c", code, "a b", "c"])
