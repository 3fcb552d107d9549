"""python/cpython#98624, as released for older Pythons: affected mock 4.0.3, fixed 5.0.0.

Two threads read an attribute of a mock for the first time, and get two different ones.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from mock import Mock  # noqa: UP026 # the release, not the library


def test_installed():
    mock = Mock()
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(mock.sendall)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] is seen[1]
