"""A stack compares its top, which has left and come back meanwhile: the stack below is another."""

import threading

from case import run


class Node:
    def __init__(self, name, below):
        self.name = name
        self.below = below


class Stack:
    """Swaps its top if that is still the node that was seen."""

    def __init__(self, top):
        self.lock = threading.Lock()
        self.top = top

    def swap(self, seen, top):
        with self.lock:
            if self.top is not seen:
                return False
            self.top = top
            return True

    def pop(self):
        while True:
            top = self.top
            if top is None or self.swap(top, top.below):
                return top

    def push(self, node):
        while True:
            node.below = self.top
            if self.swap(node.below, node):
                return

    def names(self):
        node, names = self.top, []
        while node is not None:
            names.append(node.name)
            node = node.below
        return names


class CountedStack:
    """Likewise, but every change has a number of its own."""

    def __init__(self, top):
        self.lock = threading.Lock()
        self.head = (top, 0)

    def swap(self, seen, top):
        with self.lock:
            if self.head[1] != seen[1]:
                return False
            self.head = (top, seen[1] + 1)
            return True

    def pop(self):
        while True:
            head = self.head
            if head[0] is None or self.swap(head, head[0].below):
                return head[0]

    def push(self, node):
        while True:
            head = self.head
            node.below = head[0]
            if self.swap(head, node):
                return

    def names(self):
        node, names = self.head[0], []
        while node is not None:
            names.append(node.name)
            node = node.below
        return names


def pop_and_reuse(stack):
    kept = []

    def pop_one():
        kept.append(stack.pop().name)

    def pop_two_push_one():
        first = stack.pop()
        second = stack.pop()
        kept.append(second.name)
        stack.push(first)

    def check():
        assert sorted(kept + stack.names()) == ["a", "b", "c"]

    return [pop_one, pop_two_push_one], check


def three_nodes():
    return Node("a", Node("b", Node("c", None)))


def broken():
    return pop_and_reuse(Stack(three_nodes()))


def fixed():
    return pop_and_reuse(CountedStack(three_nodes()))


def test_broken():
    run(*broken())


def test_fixed():
    run(*fixed())
