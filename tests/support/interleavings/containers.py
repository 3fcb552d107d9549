"""Statements of random programs that work on a list, a dict or a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bodies import Body


def iterate_dict(body: Body) -> list[str]:
    body.use("table")
    body.raises = True
    result = body.result()
    over, item = body.rng.choice(
        (("table", "1"), ("table.values()", "each"), ("table", "table[each]"))
    )
    return [f"{result} = 0", f"for each in {over}:", f"    {result} += {item}"]


def iterate_list(body: Body) -> list[str]:
    body.use("items")
    result = body.result()
    step = body.rng.choice((f"{result} = {result} * 10 + each", f"{result} += each"))
    return [f"{result} = 0", "for each in items:", f"    {step}"]


def iterate_set(body: Body) -> list[str]:
    body.use("members")
    body.raises = True
    result = body.result()
    return [f"{result} = 0", "for each in members:", f"    {result} += each"]


def comprehension(body: Body) -> list[str]:
    body.use("items")
    return [f"{body.result()} = tuple([each + 1 for each in items])"]


def list_method(body: Body) -> list[str]:
    body.use("items")
    choice = body.rng.randrange(6)
    if choice == 0:
        body.raises = True
        return [f"{body.result()} = items.pop()"]
    if choice == 1:
        return [f"{body.result()} = len(items)"]
    if choice == 2:
        return [f"{body.result()} = {body.rng.choice((2, 10, 20))} in items"]
    if choice == 3:
        return [f"items.insert(0, {body.number()})"]
    if choice == 4:
        body.raises = True  # what was checked may not hold any more
        return ["if items:", f"    {body.result()} = items.pop(0)"]
    return [f"items.append({body.number()})"]


def list_item(body: Body) -> list[str]:
    body.use("items")
    body.raises = True
    at = body.rng.choice(("1", "-1", "len(items) - 1"))
    return [f"items[{at}] += {10**body.thread}"]


def dict_method(body: Body) -> list[str]:
    body.use("table")
    key = body.any_key()
    choice = body.rng.randrange(6)
    if choice == 0:
        return [f"{body.result()} = table.get({key}, 0)"]
    if choice == 1:
        return [f"{body.result()} = table.setdefault({key}, {body.number()})"]
    if choice == 2:
        return [f"{body.result()} = table.pop({key}, None)"]
    if choice == 3:
        body.raises = True
        return [f"{body.result()} = table.pop({key})"]
    if choice == 4:
        return [f"{body.result()} = {key} in table"]
    return [
        f"{body.result()} = {body.rng.choice(('len(table)', 'tuple(table)', 'sorted(table)[0]'))}"
    ]


def dict_item(body: Body) -> list[str]:
    body.use("table")
    key = body.any_key()
    choice = body.rng.randrange(5)
    if choice == 0:
        body.raises = True
        return [f"del table[{key}]"]
    if choice == 1:
        body.raises = True
        return [f"table[{key}] += {10**body.thread}"]
    if choice == 2:
        return [f"if {key} not in table:", f"    table[{key}] = {body.number()}"]
    if choice == 3:
        body.raises = True
        return [f"if {key} in table:", f"    {body.result()} = table[{key}]"]
    return [f"table[{key}] = {body.number()}"]


def set_method(body: Body) -> list[str]:
    body.use("members")
    value = body.rng.choice((1, 2, 3))
    choice = body.rng.randrange(4)
    if choice == 0:
        return [f"members.add({value})"]
    if choice == 1:
        return [f"members.discard({value})"]
    if choice == 2:
        body.raises = True
        return [f"members.remove({value})"]
    return [f"{body.result()} = {value} in members"]
