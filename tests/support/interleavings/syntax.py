"""Statements of random programs on scopes, classes, loops, strings, and on objects that end."""

from __future__ import annotations

from .templates import table

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
