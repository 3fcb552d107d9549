"""One thread makes millions of small lists, and the collector looks at them again and again.

source: zephyrproject-rtos/Kconfiglib#43
kind: gc-pause | uncontended
harmful: processes | free-threaded | asyncio
"""

kept = []
for number in range(1_200_000):
    kept.append([number, [number]])
print(len(kept))
