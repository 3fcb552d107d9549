"""Numbers as the texts of experiments write them: what they call gilscope's own."""

from gilscope.words.numbers import chosen_seconds as interval
from gilscope.words.numbers import factor as times
from gilscope.words.numbers import in_words as count
from gilscope.words.numbers import percent, seconds

__all__ = ["count", "interval", "percent", "seconds", "times"]
