"""Statements of random programs that use `collections`, `functools`, `itertools` and `weakref`."""

from __future__ import annotations

from .templates import table

KEYED = table("""
# read
$result = keyed[$key]
#
$result = keyed.get($key, "none")
#
$result = $key in keyed

# write
keyed[$key] = $value
#
keyed[$key] = ($number, $value)
#
del keyed[$key]
#
keyed.setdefault($key, $value)
#
$result = keyed.pop($key, None)

# iterate
$result = tuple(keyed)
#
$result = []
for each in keyed:
    $result.append(keyed[each])
#
$result = len(keyed)
#
$result = tuple(keyed.values())

# set of keys
chosen.add($key)
#
chosen.discard($key)
#
$result = $key in chosen
#
$result = len(chosen)
#
$result = chosen | {$key}

# list of keys
values.append($value)
#
$result = $value in values
#
$result = values.index($value)
#
$result = values.count($value)
#
values.remove($value)
#
values[0] = $value
""")

COLLECTIONS = table("""
# default of a type
lists[$key].append($number)
#
$result = lists[$key]
#
$result = len(lists)
#
for each in lists:
    $result = len(lists[each])

# default made by a function
$result = defaults[$key]
#
defaults[$key] += $ten
#
$result = len(defaults)

# counter
counter[$key] += 1
#
$result = counter[$key]
#
$result = len(counter)

# ordered
ordered[$key] = $number
#
ordered.move_to_end($key)
#
$result = ordered.popitem()
#
$result = tuple(ordered)
#
$result = tuple(reversed(ordered))
#
del ordered[$key]

# missing
$result = missing[$key]
#
missing[$key] += $ten
#
$result = len(missing)

# subclass of list
stack.append($number)
#
$result = (len(stack), stack.pushes)
#
$result = stack.pop()

# deque
line.append($number)
#
line.appendleft($number)
#
$result = line.popleft()
#
$result = line.pop()
#
line.rotate(1)
#
$result = len(line)
#
line[0] += $ten
#
line.extend((1, $number))
#
$result = $number in line

# iterate a deque
$result = 0
for each in line:
    $result += each
#
$result = tuple(line)
#
$result = list(line)
#
$result = line.copy()
#
$result = [each + 1 for each in line]
""")

FUNCTIONS = table("""
# sort with a key
items.sort(key=negative)
#
$result = sorted(items, key=negative)
#
$result = min(items, key=negative)
#
$result = max(items, default=0)

# map and filter
$result = tuple(map(same, items))
#
$result = list(filter(same, items))
#
$result = list(zip(items, map(same, items)))
#
$result = tuple(enumerate(items))
#
$result = list(reversed(items))

# partial
$result = functools.partial(add_up, 1)(box.x)
#
$result = functools.partial(bump, box)()

# reduce
$result = functools.reduce(add_up, items, 0)

# cached
$result = cached($key)
#
$result = cached.cache_info().misses
#
cached.cache_clear()

# itertools
$result = list(itertools.chain(items, items))
#
$result = list(itertools.islice(items, 1))
#
$result = next(ticks)
#
$result = list(itertools.accumulate(items, add_up))
#
$result = len(list(itertools.takewhile(same, items)))
#
$result = [len(list(group)) for _, group in itertools.groupby(items, negative)]

# change
items.append($number)
#
items[0] = $number
#
items.pop()
#
$result = len(items)
#
box.x += $ten
""")

LIVES = table("""
# weak reference
$result = held() is not None
#
found = held()
if found is not None:
    $result = found.x

# let go
holder.clear()
#
holder[0] = None
#
holder.append(Plain())

# finalizer
tracked = Tracked()
del tracked
#
$result = Tracked.alive
#
tracks.append(Tracked())
#
tracks.clear()
#
tracks[0] = Tracked()
""")

SYNTAX = table("""
# decorator
@twice
def work():
    box.x += $ten
work()

# class body
class Local:
    x = box.x
    y = x + 1
    def look(self):
        return (__class__.x, box.x)
    del x
    x = y
$result = Local().look()
#
class Local(Registry):
    total = total
$result = Local.total
#
class Local:
    box = box
    x: int = box.x
    lists = [each for each in items]
$result = (Local.x, Local.lists)

# later syntax
class Local:
    x = box.x
    found = total
$result = Local.found
#@3.12
class Local:
    x = box.x
    type Found = total
$result = Local.Found.__value__
#
$result = (box.x,)[0]
#@3.14
$result = t"{box.x}".values[0]

# registry
class Late(Registry):
    pass
$result = len(Registry.names)

# global
total = $number
#
total += $ten
#
del total
#
$result = total

# executed
exec("x = x + 1", space)
#
$result = eval("x", space)
#
space["x"] = $number

# imports
import math
from operator import add, mul
$result = add(box.x, math.floor(mul(1, 2)))

# local variables
x = box.x
del x
#
one, other = box.x, box.y
other, one = one, other
$result = (one, other)
#
if box.x:
    late = 1
$result = late
#
def inner():
    nonlocal_x = 1
    def change():
        nonlocal nonlocal_x
        nonlocal_x += box.x
        del nonlocal_x
    change()
    return 0
$result = inner()

# loops
for each in range(3):
    if box.x:
        break
    elif each:
        continue
    box.x += $ten
else:
    $result = "done"
#
n = 2
while n and not box.x:
    n -= 1
box.x = n
#
n = None
while n is None:
    n = box.x
    box.y += $ten
#
n = 0
while n is not None:
    n = None if box.x == 0 else n
    box.x = 0
#
while box.x:
    box.x -= 1

# conditions
$result = not box.x
#
$result = 1 if box.x is None else box.x
#
$result = (found := box.x) or found is not None
#
$result = box.x if box.x else None

# string
$result = f"{box.x}{box.y!s:>{box.x}}"
#
$result = f"{box.x=}"

# change
box.x = $number
#
box.x += $ten
#
items.append($number)
""")
