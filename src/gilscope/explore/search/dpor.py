"""Every interleaving that matters, once: source-DPOR with sleep sets.

Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction (POPL 2014), algorithm 1.
An execution is run again from its beginning for each branch; two executions that differ only in
the order of independent steps count as one. In C, as some of it is done at each step:
native/explore/exhaustive.c and order.c.
"""

from __future__ import annotations

from gilscope._explorer import Exhaustive

__all__ = ["Exhaustive"]
