"""A program asks its user something, and there is nobody.

source: ctc-oss/fapolicy-analyzer#112
kind: idle | uncontended
line: ASK
harmful: processes | free-threaded | asyncio
"""

import os
import signal
import sys
import threading

reading, writing = os.pipe()
sys.stdin = os.fdopen(reading)


def confirm():
    return sys.stdin.readline()  # ASK


def install():
    return confirm() == "yes\n"


threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
install()
