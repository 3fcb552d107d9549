"""Files of numbers are read by threads with `csv` and `float`: both keep the GIL.

source: cldellow/csv2parquet#7
kind: cpu-bound
line: READ | NUMBER
gain: no-gil 0.3
"""

import csv
import io
import threading

text = "\n".join(f"{number},{number / 3},{number * 7}" for number in range(60_000))


def read():
    total = 0.0
    for row in csv.reader(io.StringIO(text)):  # READ
        total += sum(float(each) for each in row)  # NUMBER
    return total


threads = [threading.Thread(target=read) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
