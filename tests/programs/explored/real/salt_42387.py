"""saltstack/salt#42387, affected 2016.11.6, fixed 2016.11.7.

A weak dictionary has one channel for each loop. It has the key when asked with `in`, and the value
is gone when it is taken: the last reference was dropped in between. The fix asks once, with `get`.
Read: the pull request. There a collection of garbage drops it; here it is another thread.

Truth: `KeyError` in either world.
"""

import threading
import weakref


class Channel:
    pass


class Channels:
    def __init__(self):
        self.by_loop = weakref.WeakValueDictionary()

    def get_affected(self):
        if "loop" in self.by_loop:
            return self.by_loop["loop"]
        return Channel()

    def get_fixed(self):
        channel = self.by_loop.get("loop")
        if channel is None:
            channel = Channel()
        return channel


def get_beside_last_use(channels, get):
    used = [Channel()]
    channels.by_loop["loop"] = used[0]
    threads = [threading.Thread(target=used.clear), threading.Thread(target=get)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_affected():
    channels = Channels()
    get_beside_last_use(channels, channels.get_affected)


def test_fixed():
    channels = Channels()
    get_beside_last_use(channels, channels.get_fixed)
