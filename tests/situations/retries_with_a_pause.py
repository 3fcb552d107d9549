"""Each request fails at first, and is tried again after a pause: the pauses are the time.

source: PostHog/posthog#49352
kind: uncontended
line: PAUSE
harmful: free-threaded
"""

import threading
import time


def fetch():
    for attempt in range(6):
        if attempt == 5:
            return
        time.sleep(0.05 * 1.3**attempt)  # PAUSE


threads = [threading.Thread(target=fetch) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
