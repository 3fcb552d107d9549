"""Requests copy a large document with `copy.deepcopy`, which is Python code.

source: python/cpython#132657
kind: cpu-bound
line: COPY
harmful: asyncio
"""

import copy
import threading

document = {str(n): [n, str(n), {"n": n}] for n in range(4_000)}


def serve():
    for _ in range(6):
        copy.deepcopy(document)  # COPY


threads = [threading.Thread(target=serve) for _ in range(3)]
for each in threads:
    each.start()
for each in threads:
    each.join()
