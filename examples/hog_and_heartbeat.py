"""One call into C that does not let go of the GIL, and a thread that should beat every 10 ms.

gilscope run examples/hog_and_heartbeat.py
"""

import random
import threading
import time

done = threading.Event()
late_s: list[float] = []


def heartbeat() -> None:
    """Beat every 10 ms, and note how late each beat was."""
    while not done.is_set():
        start = time.perf_counter()
        time.sleep(0.01)
        late_s.append(time.perf_counter() - start - 0.01)


def hog(numbers: list[float]) -> None:
    for _ in range(5):
        sorted(numbers)  # one call, in C: nobody else runs Python until it returns
        time.sleep(0.05)


if __name__ == "__main__":
    thread = threading.Thread(target=heartbeat, name="heartbeat")
    thread.start()
    hog([random.random() for _ in range(1_000_000)])
    done.set()
    thread.join()
    print(f"{len(late_s)} beats, the latest {max(late_s) * 1000:.0f} ms late")
