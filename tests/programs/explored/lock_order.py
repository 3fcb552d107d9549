"""Threads that take the same locks in different orders wait for each other for ever."""

import threading

from case import run


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()


def take_both(first, second):
    def work():
        first.acquire()
        second.acquire()
        second.release()
        first.release()

    return work


def nothing():
    pass


def broken_two():
    a, b = threading.Lock(), threading.Lock()
    return [take_both(a, b), take_both(b, a)], nothing


def fixed_two():
    a, b = threading.Lock(), threading.Lock()
    return [take_both(a, b), take_both(a, b)], nothing


def broken_with():
    a, b = threading.Lock(), threading.Lock()

    def forth():
        with a, b:
            pass

    def back():
        with b, a:
            pass

    return [forth, back], nothing


def broken_three():
    a, b, c = threading.Lock(), threading.Lock(), threading.Lock()
    return [take_both(a, b), take_both(b, c), take_both(c, a)], nothing


def fixed_three():
    a, b, c = threading.Lock(), threading.Lock(), threading.Lock()
    return [take_both(a, b), take_both(b, c), take_both(a, c)], nothing


def fixed_timeout():
    """Opposite orders, but nobody waits for ever."""
    a, b = threading.Lock(), threading.Lock()

    def patient(first, second):
        def work():
            with first:
                if second.acquire(timeout=1):
                    second.release()

        return work

    def check():
        assert not a.locked()
        assert not b.locked()

    return [patient(a, b), patient(b, a)], check


def transfer_in_order(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.number)
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


def bank(move):
    a, b = Account(1, 10), Account(2, 10)

    def forth():
        move(a, b, 3)

    def back():
        move(b, a, 4)

    def check():
        assert (a.balance, b.balance) == (11, 9)

    return [forth, back], check


def broken_bank():
    def move(source, target, amount):
        with source.lock:
            source.balance -= amount
            deposit(target, amount)

    def deposit(account, amount):
        with account.lock:
            account.balance += amount

    return bank(move)


def fixed_bank():
    return bank(transfer_in_order)


def broken_audit():
    """Each account is locked, but not both: the audit misses money on its way."""
    a, b = Account(1, 10), Account(2, 10)
    sums = []

    def move():
        with a.lock:
            a.balance -= 3
        with b.lock:
            b.balance += 3

    def audit():
        with a.lock:
            seen = a.balance
        with b.lock:
            seen += b.balance
        sums.append(seen)

    def check():
        assert sums == [20]

    return [move, audit], check


def fixed_audit():
    a, b = Account(1, 10), Account(2, 10)
    sums = []

    def move():
        with a.lock, b.lock:
            a.balance -= 3
            b.balance += 3

    def audit():
        with a.lock, b.lock:
            sums.append(a.balance + b.balance)

    def check():
        assert sums == [20]

    return [move, audit], check


def test_broken_two():
    run(*broken_two())


def test_fixed_two():
    run(*fixed_two())


def test_broken_with():
    run(*broken_with())


def test_broken_three():
    run(*broken_three())


def test_fixed_three():
    run(*fixed_three())


def test_fixed_timeout():
    run(*fixed_timeout())


def test_broken_bank():
    run(*broken_bank())


def test_fixed_bank():
    run(*fixed_bank())


def test_broken_audit():
    run(*broken_audit())


def test_fixed_audit():
    run(*fixed_audit())
