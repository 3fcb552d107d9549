"""Logins hash passwords in threads: OpenSSL lets go of the GIL, and all cores are busy.

source: pyca/bcrypt#355
kind: cpu-full | uncontended
harmful: processes | free-threaded | asyncio
"""

import hashlib
import threading


def log_in():
    for _ in range(4):
        hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 300_000)


threads = [threading.Thread(target=log_in) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
