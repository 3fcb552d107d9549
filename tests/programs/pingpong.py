"""Two threads that hand each other a lock, ROUNDS times: the densest traffic of releases."""

import sys
import threading

from _truth import tell

rounds = int(sys.argv[1])
ping, pong = threading.Lock(), threading.Lock()
pong.acquire()


def player(mine: threading.Lock, theirs: threading.Lock) -> None:
    for _ in range(rounds):
        mine.acquire()
        theirs.release()


thread = threading.Thread(target=player, args=(pong, ping), name="pong")
thread.start()
player(ping, pong)
thread.join()
tell(rounds=rounds)
