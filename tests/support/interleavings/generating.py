"""Statements of random programs that iterate, generate, comprehend, unpack and await."""

from __future__ import annotations

from .templates import table

GENERATORS = table("""
# generator
$result = tuple(each_of(items))
#
$result = 0
for each in each_of(items):
    $result += each

# yield from
$result = len(tuple(all_of(keyed)))
#
$result = sum(all_of(items))

# expression
$result = sum(each + 1 for each in items)
#
$result = any(each == $number for each in items)

# shared generator
$result = next(source, None)
#
$result = source.send(None)
#
source.close()
#
$result = source.throw(KeyError(1))

# shared iterator
$result = next(feed, None)
#
$result = tuple(feed)
#
for $result in feed:
    break

# own iterator
$result = next(walk)
#
$result = tuple(walk)

# change what is walked through
items.append($number)
#
items[0] = $number
#
keyed[$key] = $number
#
items.pop()
""")

ASYNCHRONOUS = table("""
# await
async def work():
    $result = await Later(items)
    box.x += $ten
    return $result
$more = drive(work())

# async with
async def work():
    async with Later(items) as first:
        box.x += first
    return box.x
$result = drive(work())

# async for
async def work():
    found = 0
    async for each in Later(items):
        found += each
    return found
$result = drive(work())

# async comprehension
async def work():
    return [each async for each in Later(items)]
$result = drive(work())

# async generator
async def produce():
    for each in items:
        yield each
async def work():
    return [each async for each in produce()]
$result = drive(work())

# change
items.append($number)
#
box.x = $number
#
items.pop()
""")

COMPREHENSIONS = table("""
# list
$result = [each + box.x for each in items]
#
$result = [each for each in items if each != $number]

# set
$result = {each for each in keyed}
#
$result = len({same(each) for each in items})

# dict
$result = {each: 1 for each in items}
#
$result = len({**keyed})
#
$result = {each: other for each, other in keyed.items()}

# nested
$result = [(one, other) for one in items for other in items if one < other]

# literals
$result = [box.x, *items]
#
$result = {box.x, *items}
#
$result = (box.x, *items)
#
$result = {"x": box.x, **keyed}

# change
items.append($number)
#
box.x += $ten
#
keyed[$key] = $number
#
keyed.pop($key, None)
#
del items[0]
""")

UNPACKING = table("""
# unpack
$result, $more = items
#
$result, *$more = items
#
*$result, $more = items
#
($result, _), *_ = keyed.items()

# arguments
$result = add_up(*items)
#
$result = dict(**named, z=1)
#
$result = dict(**named, **{"z": box.x})
#
$result = (lambda *args, **kwargs: (args, kwargs))(*items, **named)

# keyword only
def optional(x=box.x, *, y: int = 2):
    return x + y
$result = optional()
#
def optional(x=1, *, y=box.x):
    return x + y
$result = optional(y=items[0])

# slices
$result = items[1:]
#
items[1:] = [$number]
#
del items[:1]
#
$result = items[::-1]
#
items[:] = (1, 2, 3)
#
n = box.x
$result = items[n:]
#
n = box.x
items[n:2] = (n,)
#
$result = items[slice(0, box.x)]

# in place
items += [$number]
#
items *= 2
#
members |= {$number}
#
members -= {1}
#
members &= {1, $number}
#
members ^= {2}
#
keyed |= {$key: $number}
#
named.update(x=$number)
#
named["x"] = $number
#
items.append($number)
#
box.x = 1
""")
