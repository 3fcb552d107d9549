"""Statements of random programs that call back: operators, attributes, `match`, `with`, classes."""

from __future__ import annotations

from .templates import table

MATCH = table("""
# match class
match point:
    case Point(x=$number):
        $result = 1
    case Point(x, $number):
        $result = x
#
match point:
    case Point(1, y) if y:
        $result = y
    case object(x=found):
        $result = found

# match slots
match pair:
    case Pair($number):
        $result = 1
    case Pair(x=1):
        $result = 2

# match keys
match keyed:
    case {$pattern: $result}:
        pass
#
match keyed:
    case {$pattern: found, **rest}:
        $result = len(rest)
    case {}:
        $result = "none"

# match sequence
match items:
    case [first, *rest]:
        $result = (first, len(rest))
    case []:
        $result = "none"
#
match items:
    case [1, 2] | [2, 1]:
        $result = 1
    case [_, second, *_]:
        $result = second

# match values
match point.x:
    case 1 | $number:
        $result = 1
    case int():
        $result = 2

# change what is matched
point.x = $number
#
point.x, point.y = point.y, point.x
#
pair.x = $number
#
items.append($number)
#
items.pop()
#
keyed[$key] = $number
#
keyed.pop($key, None)
""")

OPERATORS = table("""
# in place
number += $ten
#
number.n += $ten

# binary
$result = number + 1
#
$result = (-number, ~number, +number.n)

# compare
$result = number < $number
#
$result = 1 < number.n < $number
#
$result = (number == 1, number.n != 1)

# truth
if number:
    number.n = $number
else:
    $result = 0
#
$result = number and number.n or "none"
#
$result = not number
#
while not number.n:
    break
else:
    $result = number.n

# call
$result = number(more=$ten)
#
$result = number()
#
$result = number(*items)

# contains
$result = $number in number
#
$result = 1 not in number

# item
number[$key] = $number
#
$result = number[1:$number][0]
#
del number[0]

# length
$result = len(number)
#
$result = [0, 1, 2, 3][number.n % 4]
#
$result = hex(number)

# format
$result = f"{number:!}{number.n!r:>3}"
#
$result = "%d" % number.n
#
$result = "{}-{}".format(number.n, $number)
""")

ATTRIBUTES = table("""
# super
$result = child.look()
#
Box.made = $number
#
child.x = $number
child.copy()
#
child.copy()

# descriptor
described.reading = $number
#
$result = described.reading
#
del described.reading
#
described.reading += $ten

# property
described.double = $number
#
$result = described.double

# class method
$result = described.count()
#
$result = Described.take(described)

# lazy
lazy.found.append($number)
#
$result = len(lazy.found)

# strict
strict.x = $number
#
$result = strict.sets

# slots
pair.x = $number
#
$result = pair.x
#
del pair.x
#
$result = hasattr(pair, "x")

# by name
setattr(box, "x", $number)
#
$result = getattr(box, "x")
#
delattr(box, "x")
#
$result = hasattr(box, "x")
#
vars(box)["x"] = $number
#
$result = box.__dict__.get("x")
#
$result = tuple(vars(box).values())

# deleted
del box.x
#
box.x = $number

# function attributes
same.calls = getattr(same, "calls", 0) + 1
#
same.calls = $number

# once
$result = once.value
#
once.__dict__.pop("value", None)

# metaclass
$result = Made()
""")

CONTEXTS = table("""
# with a guard
with guard as $result:
    box.x += $ten
#
with guard, guard as $result:
    pass
#
with guard:
    raise KeyError($number)
#
with guard:
    raise IndexError($number)

# look inside
$result = guard.inside
#
box.x = $number

# with a generator
with managed(box) as $result:
    box.y += $ten

# finally
try:
    $result = box.x
    box.x = $number
    raise LookupError
except LookupError as error:
    box.y += $ten
    del error
else:
    box.y = 0
finally:
    box.x += $ten

# raise again
try:
    try:
        raise KeyError(box.x)
    except KeyError as error:
        box.y += $ten
        raise IndexError from error
except IndexError as error:
    $result = error.__cause__.args

# groups
try:
    raise ExceptionGroup("several", [KeyError(box.x), IndexError($number)])
except* KeyError as caught:
    box.x += $ten
    $result = caught.exceptions[0].args
except* IndexError:
    box.y += $ten

# assert
assert box.x == 0, "changed"
#
assert not (box.x and box.y)
""")
