"""boto/botocore#1776, botocore itself: affected 1.31.12, fixed 1.31.16.

Two threads ask a session for a component that is made when it is asked for.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from botocore.session import ComponentLocator


def test_installed():
    components = ComponentLocator()
    components.lazy_register_component("resolver", lambda: "made")
    get = components.get_component
    threads = [threading.Thread(target=get, args=("resolver",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
