"""The price of free threading, measured on this machine with the interpreters that it has."""

from gilscope.calibrate.measuring import calibrate
from gilscope.calibrate.pricing import price_for, price_of

__all__ = ["calibrate", "price_for", "price_of"]
