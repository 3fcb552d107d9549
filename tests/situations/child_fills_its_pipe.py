"""A child fills the pipe that nobody reads, while its parent waits for it to end: for ever.

source: tomerfiliba/plumbum#295
kind: idle | uncontended | elsewhere
line: WAIT
harmful: processes | free-threaded | asyncio
"""

import os
import signal
import subprocess
import sys
import threading

writes = "import sys; sys.stdout.write('x' * 1_000_000)"


def convert():
    child = subprocess.Popen([sys.executable, "-SEc", writes], stdout=subprocess.PIPE)
    threading.Timer(2, os.killpg, (0, signal.SIGKILL)).start()
    child.wait()  # WAIT
    return child.stdout.read()


os.setpgid(0, 0)
convert()
