"""A function of a package, with arguments that are not numbers."""


def function(text, numbers):
    return text * sum(numbers) * 1000
