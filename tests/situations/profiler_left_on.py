"""A profile function was left on for all threads: it is called at each call, and is Python itself.

source: kunalb/panopticon#1
kind: cpu-bound
line: CALLED | COUNT | ADD | WORK
gain: no-gil 0.4
"""

import threading

calls = {}


def profile(frame, event, argument):
    if event == "call":  # CALLED
        calls[frame.f_code] = calls.get(frame.f_code, 0) + 1  # COUNT


def add(left, right):
    return left + right  # ADD


def work():
    total = 0
    for number in range(250_000):
        total = add(total, number)  # WORK


threading.setprofile(profile)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
