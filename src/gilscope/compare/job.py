"""What every host is given: the function, the setup, and the arguments of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.compare.arguments import check_setup, recipe
from gilscope.compare.parcel import by_reference, pack
from gilscope.compare.shipped.gilscope_host.inputs import RECIPE
from gilscope.compare.shipped.gilscope_host.work import PACKED
from gilscope.compare.target import of_cells, of_function, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gilscope.compare.parcel import Parcel
    from gilscope.compare.target import Target


@dataclass(frozen=True, slots=True)
class Job:
    """`recipe` is a pickle for the hosts' inputs.py, `arguments` the first task's, to be shown."""

    target: Target
    setup: str
    recipe: Parcel
    tasks: int
    arguments: str

    @property
    def by_value(self) -> bool:
        """Whether it has code in it that only this version of Python can run."""
        parcel = self.target.parcel
        return self.recipe.by_value or (parcel is not None and parcel.by_value)

    def write(self, folder: Path) -> None:
        (folder / RECIPE).write_bytes(self.recipe.content)
        if self.target.code:
            (folder / self.target.source).write_text(self.target.code, "utf-8")
        if self.target.parcel is not None:
            (folder / PACKED).write_bytes(self.target.parcel.content)


def make_job(function: Callable[..., Any] | str, batch: Sequence[Sequence[Any]], setup: str) -> Job:
    """Raises GilscopeError for what other processes could not be given."""
    check_setup(setup)
    made = recipe(batch)
    target = None if isinstance(function, str) else of_cells(function, made)
    arguments = by_reference(made) if target is not None else pack(made, "an argument")
    if isinstance(function, str):
        target = parse(function)
    elif target is None:
        # Arguments of a class that `__main__` defines must meet a function that knows that class.
        target = of_function(function, by_value=arguments.by_value)
    first = ", ".join(map(repr, batch[0]))
    differ = any(task is not batch[0] for task in batch)
    return Job(target, setup, arguments, len(batch), f"{first}, …" if differ else first)
