"""Two transfers between two accounts: explored, they end in a deadlock, and lose money."""

import threading


class Account:
    def __init__(self, balance: int) -> None:
        self.balance = balance
        self.lock = threading.Lock()

    def add(self, amount: int) -> None:
        self.balance += amount


def transfer(source: Account, target: Account, amount: int) -> None:
    with source.lock, target.lock:
        source.add(-amount)
        target.add(amount)


def run(*calls: tuple[Account, Account, int]) -> None:
    threads = [threading.Thread(target=transfer, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_there_and_back() -> None:
    mine, yours = Account(10), Account(10)
    run((mine, yours, 1), (yours, mine, 2))
    assert (mine.balance, yours.balance) == (11, 9)


def test_twice_the_same_way() -> None:
    mine, yours = Account(10), Account(10)
    run((mine, yours, 1), (mine, yours, 2))
    assert (mine.balance, yours.balance) == (7, 13)


def test_deposits() -> None:
    mine = Account(0)
    threads = [threading.Thread(target=mine.add, args=(1,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mine.balance == 2
