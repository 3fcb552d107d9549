"""Statements of random programs that use keys of every kind, and the library."""

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
