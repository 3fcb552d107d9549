"""Files are parsed row by row in threads, with code written in Python.

source: cldellow/csv2parquet#7
kind: cpu-bound
gain: no-gil 0.3
harmful: asyncio
"""

import threading

text = "\n".join(f"{n},{n * n},name {n}" for n in range(30_000))


def parse():
    rows = []
    for line in text.splitlines():
        fields = line.split(",")
        rows.append((int(fields[0]), int(fields[1]), fields[2]))  # PARSE
    return rows


def load():
    for _ in range(12):
        parse()


threads = [threading.Thread(target=load) for _ in range(3)]
for each in threads:
    each.start()
for each in threads:
    each.join()
