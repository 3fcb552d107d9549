"""The program of a user who types `gilscope run app.py`, or `gilscope compare app.py:work`."""

import sys
import threading


def work(n):
    return sum(k * k for k in range(1000 * n))


def go():
    threads = [threading.Thread(target=work, args=[100]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    go()
    print(*sys.argv[1:])
