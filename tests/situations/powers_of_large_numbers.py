"""Threads raise large numbers to a power: each is one call in C that keeps the GIL.

source: pyca/bcrypt#355
kind: stall | cpu-bound
line: POWER
gain: no-gil 0.4
"""

import threading

modulus = (1 << 4500) - 1


def sign():
    for number in range(3, 6):
        pow(number, modulus - 2, modulus)  # POWER


threads = [threading.Thread(target=sign) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
