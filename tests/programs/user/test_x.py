"""A test whose threads share nothing but a lock."""

import threading


def test_y():
    lock = threading.Lock()
    threads = [threading.Thread(target=lock.__enter__), threading.Thread(target=int)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lock.locked()
