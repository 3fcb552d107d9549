"""Threads wait for answers of a server, all at the same time, as they should.

source: grobidOrg/grobid-client-python#44
kind: uncontended
line: WAIT
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def request(_):
    time.sleep(0.1)  # WAIT


with ThreadPoolExecutor(4) as pool:
    list(pool.map(request, range(32)))
