"""Three threads want a lock, and who has it sleeps: they know where they waited, and how long."""

import threading
import time

from _truth import line_of, tell

ROUNDS = 8
lock = threading.Lock()
waited_s: list[float] = []


def work() -> None:
    for _ in range(ROUNDS):
        before_s = time.monotonic()
        with lock:  # waits
            waited_s.append(time.monotonic() - before_s)
            time.sleep(0.02)  # has it


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(
    waiter=line_of("waits", __file__),
    owner=line_of("has it", __file__),
    waited_s=sum(waited_s),
    rounds=ROUNDS,
)
