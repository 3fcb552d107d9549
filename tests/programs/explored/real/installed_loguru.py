"""Delgan/loguru#1183, Loguru itself: affected 0.7.2, fixed 0.7.3.

One thread logs, going through the handlers; another removes all of them.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from loguru import logger


def ignore(message):
    """Where messages go."""


def test_installed():
    logger.remove()
    logger.add(ignore, format="{message}", catch=False)
    logger.add(ignore, format="{message}", catch=False)
    threads = [
        threading.Thread(target=logger.info, args=("line",)),
        threading.Thread(target=logger.remove),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
