"""Data for pictures of a recording: what each thread did when, bounded in size whatever its length.

`draw(source, program, prediction)` gives a `Picture`: numbers and names, no sentences, no HTML.
"""

from gilscope.picture.draw import draw
from gilscope.picture.model import Picture
from gilscope.picture.states import State

__all__ = ["Picture", "State", "draw"]
