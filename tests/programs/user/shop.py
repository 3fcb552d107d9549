"""A method that is worth comparing."""


class Basket:
    def __init__(self, size):
        self.prices = range(size)

    def total(self):
        return sum(price % 7 for price in self.prices)
