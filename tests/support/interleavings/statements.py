"""Statements of random programs on variables, locks, events, conditions and queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bodies import indented

if TYPE_CHECKING:
    from .bodies import Body


def write(body: Body) -> list[str]:
    return [f"{body.place()} = {body.number()}"]


def read(body: Body) -> list[str]:
    return [f"{body.result()} = {body.place()}"]


def add(body: Body) -> list[str]:
    return [f"{body.place()} += {10**body.thread}"]


def copy(body: Body) -> list[str]:
    return [f"{body.place()} = {body.place()}"]


def check_then_act(body: Body) -> list[str]:
    word = body.rng.choice(("if", "if not"))
    return [f"{word} {body.place()}:", f"    {body.place()} = {body.number()}"]


def compare(body: Body) -> list[str]:
    return [f"if {body.place()} < {body.number()}:", f"    {body.place()} = {body.number()}"]


def with_lock(body: Body) -> list[str]:
    lock = body.rng.choice(("lock", "lock", "other", "rlock"))
    body.use(lock)
    inner = body.rng.choice((write, add, check_then_act, add))(body)
    return [f"with {lock}:", *indented(inner)]


def imported_lock(body: Body) -> list[str]:
    return ["with IMPORTED:", *indented(add(body))]


def nested_locks(body: Body) -> list[str]:
    first, second = body.rng.choice((("lock", "other"), ("other", "lock")))
    body.use("lock", "other")
    return [f"with {first}:", f"    with {second}:", *indented(add(body), 2)]


def reentered(body: Body) -> list[str]:
    body.use("rlock")
    return ["with rlock:", "    with rlock:", *indented(add(body), 2)]


def try_lock(body: Body) -> list[str]:
    body.use("lock")
    lines = ["if lock.acquire(blocking=False):", *indented(add(body)), "    lock.release()"]
    return [*lines, "else:", f"    {body.result()} = 'busy'"] if body.rng.random() < 0.5 else lines


def acquire_release(body: Body) -> list[str]:
    body.use("lock")
    return ["lock.acquire()", *write(body), "lock.release()"]


def semaphore(body: Body) -> list[str]:
    body.use("slots")
    return ["with slots:", *indented(add(body))]


def caught(body: Body) -> list[str]:
    body.use("table")
    key, place, number = (
        body.any_key(),
        body.place(),
        body.number(),
    )
    act = body.rng.choice((f"del table[{key}]", f"{body.result()} = table[{key}]"))
    return ["try:", f"    {act}", "except KeyError:", f"    {place} = {number}"]


def cleaned_up(body: Body) -> list[str]:
    return ["try:", *indented(copy(body)), "finally:", *indented(add(body))]


def call_helper(body: Body) -> list[str]:
    body.use("box")
    helper = body.rng.choice(("bump(box)", "bump(box)", "swap(box)"))
    return [f"{body.result()} = {helper}"]


def event(body: Body) -> list[str]:
    body.use("gate")
    choice = body.rng.randrange(4)
    if choice == 0:
        return ["gate.wait()", f"{body.result()} = {body.place()}"]
    if choice == 1:
        return ["if gate.is_set():", f"    {body.place()} = {body.number()}"]
    if choice == 2:
        return ["gate.clear()"]
    return [*write(body), "gate.set()"]


def condition(body: Body) -> list[str]:
    body.use("cond", "box")
    if body.thread % 2 == body.rng.randrange(10) // 9:
        word = body.rng.choice(("while", "if"))
        return ["with cond:", f"    {word} not box.x:", "        cond.wait()", *indented(add(body))]
    wake = body.rng.choice(("notify", "notify_all"))
    return ["with cond:", f"    box.x = {body.number()}", f"    cond.{wake}()"]


def lost_wakeup(body: Body) -> list[str]:
    body.use("cond")
    act = body.rng.choice(("wait", "notify"))
    return ["with cond:", *indented(add(body)), f"    cond.{act}()"]


def queues(body: Body) -> list[str]:
    name = body.rng.choice(("jobs", "narrow", "mail"))
    body.use(name)
    choice = body.rng.randrange(5)
    if choice < 2:
        return [f"{name}.put({body.place()})"]
    if choice == 2:
        return [f"{body.result()} = {name}.get()"]
    if choice == 3:
        return [f"{body.result()} = {name}.empty()"]
    body.raises = True
    return [f"{body.result()} = {name}.get_nowait()"]
