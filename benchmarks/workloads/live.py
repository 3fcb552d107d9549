"""Threads that hold the GIL for a moment, a thousand times a second all together, for some seconds.

Prints how many of these moments there were, and the CPU time that the process took for them.
"""

import sys
import threading
import time

threads, seconds = int(sys.argv[1]), float(sys.argv[2])
pause_s = threads / 1000
done = [0] * threads


def work(number):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(5000))
        done[number] += 1
        time.sleep(pause_s)


started = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
for each in started:
    each.start()
for each in started:
    each.join()
print(sum(done), time.process_time())
