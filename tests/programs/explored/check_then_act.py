"""What was checked is no longer true when the thread acts on it."""

import threading

from case import run


class Account:
    def __init__(self, balance):
        self.balance = balance

    def withdraw(self, amount):
        self.balance -= amount


def broken_claim():
    owners = {}
    won = [False, False]

    def claim_as(me):
        def work():
            if "seat" not in owners:
                owners["seat"] = me
                won[me] = True

        return work

    def check():
        assert won.count(True) == 1

    return [claim_as(0), claim_as(1)], check


def fixed_claim():
    owners = {}
    won = [False, False]

    def claim_as(me):
        def work():
            if owners.setdefault("seat", me) == me:
                won[me] = True

        return work

    def check():
        assert won.count(True) == 1

    return [claim_as(0), claim_as(1)], check


def broken_create():
    cache = {}
    got = [None, None]

    def get_as(me):
        def work():
            if "key" not in cache:
                cache["key"] = object()
            got[me] = cache["key"]

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def fixed_create():
    cache = {}
    got = [None, None]
    lock = threading.Lock()

    def get_as(me):
        def work():
            with lock:
                if "key" not in cache:
                    cache["key"] = object()
                got[me] = cache["key"]

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def broken_listeners():
    listeners = {}

    def listen_as(me):
        def work():
            if "event" not in listeners:
                listeners["event"] = []
            listeners["event"].append(me)

        return work

    def check():
        assert sorted(listeners["event"]) == [0, 1]

    return [listen_as(0), listen_as(1)], check


def fixed_listeners():
    listeners = {}

    def listen_as(me):
        def work():
            listeners.setdefault("event", []).append(me)

        return work

    def check():
        assert sorted(listeners["event"]) == [0, 1]

    return [listen_as(0), listen_as(1)], check


def broken_balance():
    account = Account(100)

    def withdraw():
        if account.balance >= 60:
            account.balance -= 60

    def check():
        assert account.balance == 40

    return [withdraw, withdraw], check


def broken_withdraw():
    account = Account(100)

    def withdraw():
        if account.balance >= 60:
            account.withdraw(60)

    def check():
        assert account.balance == 40

    return [withdraw, withdraw], check


def fixed_withdraw():
    account = Account(100)
    lock = threading.Lock()

    def withdraw():
        with lock:
            if account.balance >= 60:
                account.withdraw(60)

    def check():
        assert account.balance == 40

    return [withdraw, withdraw], check


def test_broken_claim():
    run(*broken_claim())


def test_fixed_claim():
    run(*fixed_claim())


def test_broken_create():
    run(*broken_create())


def test_fixed_create():
    run(*fixed_create())


def test_broken_listeners():
    run(*broken_listeners())


def test_fixed_listeners():
    run(*fixed_listeners())


def test_broken_balance():
    run(*broken_balance())


def test_broken_withdraw():
    run(*broken_withdraw())


def test_fixed_withdraw():
    run(*fixed_withdraw())
