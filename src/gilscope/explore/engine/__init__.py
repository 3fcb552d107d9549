"""Runs executions of a test, thread by thread, as a search decides.

The terms, as they are meant in this room and all of explore:

execution
    One run of the test from its beginning to the end of all its threads (`Execution`, `Outcome`).
    An exploration is a sequence of executions (`Executor`), each of which begins from the same
    state (`isolation`).
logical thread
    A thread of the explored program, with a number that is the same in each execution: 0 is the
    test itself (`LogicalThread`). At most one runs at a time, whatever the build of Python.
carrier
    A thread of the operating system in which logical threads live, one after another: starting one
    takes longer than many an execution, so they are kept (`Carriers`).
baton
    The right to run. The thread that has it runs until it passes it on; the scheduler has no thread
    of its own (native/explore/baton.c).
visible
    An instruction is visible once two threads were seen to meet there: they touch the same, one of
    them writes, and no start or end of a thread comes between (native/explore/touch.c). Only before
    visible instructions, and where threads wait, may the baton be passed on.
step
    What a thread does from one visible instruction to just before its next: the accesses, as
    (object, part of it, mode), that decide whether two steps may change places.
plan
    What a parked thread is about to do, and the condition under which it can (`Plan`). A thread is
    enabled while that condition holds.
schedule
    The thread of each step, in order. A search chooses it step by step (`gilscope.explore.search`);
    a preemption is a switch away from a thread that could have gone on.
world
    Where a switch can fall, and what is atomic: with the GIL as this version of CPython switches
    (`gil-3.13`), or without it (`free-threaded`). Every execution runs in one of them.
stand-in
    What is called instead of a function whose answer would be another in each execution, or that
    only the scheduler can answer: clocks, chance, `Thread.join` (`standins`).
"""
