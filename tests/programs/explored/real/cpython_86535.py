"""python/cpython#86535 (bpo-42369, fix: #26974), affected 3.10.3, fixed 3.10.4.

The members of an archive share one file, and each knows its own position in it; reading seeks and
reads under a lock. `tell()` asked the file instead, which another member may have moved. Read: the
report and the pull request.

Truth: either world; `tell()` calls a Python function.
"""

import threading


class File:
    def __init__(self, content):
        self.content = content
        self.position = 0

    def seek(self, position):
        self.position = position

    def read(self, size):
        start = self.position
        self.position += size
        return self.content[start : start + size]

    def tell(self):
        return self.position


class Member:
    def __init__(self, file, lock, position):
        self.file = file
        self.lock = lock
        self.position = position

    def read(self, size):
        with self.lock:
            self.file.seek(self.position)
            read = self.file.read(size)
            self.position = self.file.tell()
            return read

    def tell_affected(self):
        return self.file.tell()

    def tell_fixed(self):
        return self.position


def read_two(tell):
    file, lock = File("abcdef"), threading.Lock()
    members = [Member(file, lock, 0), Member(file, lock, 3)]
    read = {}

    def work(member):
        content = member.read(2)
        read[content] = tell(member)

    threads = [threading.Thread(target=work, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {"ab": 2, "de": 5}


def test_affected():
    read_two(Member.tell_affected)


def test_fixed():
    read_two(Member.tell_fixed)
