"""Many short holds while modules are imported, then two threads that compute.

source: numpy/numpy#11457
kind: cpu-bound
line: COMPUTE
gain: no-gil 0.2
harmful: asyncio | importlib
"""

import argparse
import asyncio
import ctypes
import decimal
import email.message
import threading
import unittest.mock
import xml.dom.minidom

keeps = ctypes.PyDLL(None).usleep
used = [argparse, asyncio, decimal, email.message, unittest.mock, xml.dom.minidom]


def compute():
    for _ in range(500):
        keeps(1200)  # COMPUTE


thread = threading.Thread(target=compute, name="worker")
thread.start()
compute()
thread.join()
