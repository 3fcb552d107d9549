"""A heap of many containers, collected while a heartbeat stamps its own pauses."""

import gc
import threading
import time

from _truth import line_of, tell

COLLECTIONS = 5
BEAT_S = 0.0005
late: list[float] = []
stop = False


def heartbeat() -> None:
    while not stop:
        begin = time.perf_counter()
        time.sleep(BEAT_S)
        late.append(time.perf_counter() - begin - BEAT_S)


def collect() -> None:
    time.sleep(0.1)
    gc.collect()  # COLLECT


gc.disable()
heap = [{"k": [i]} for i in range(400_000)]
thread = threading.Thread(target=heartbeat, name="heartbeat")
thread.start()
for _ in range(COLLECTIONS):
    collect()
time.sleep(0.1)
stop = True
thread.join()
pauses = sorted(late)[-COLLECTIONS:]  # a busy machine makes others, which are shorter
tell(
    pauses=len(pauses),
    pause_s=sum(pauses),
    longest_s=max(pauses),
    line=line_of("COLLECT", __file__),
)
