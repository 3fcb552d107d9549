"""Record the situations of `tests/situations/`, and write down what the reports said of them.

tools/situations.py [--python TAG …] [--times N] [--jobs N] [--busy N] [--keep FOLDER] [--write]
                    [NAME …]
tools/situations.py --again FOLDER [--jobs N] [NAME …]

`--keep` lets the recordings stay in a folder, beside those that are there; `--again` has them
judged anew, as gilscope is now. `--busy` lets so many processes compute meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.interpreters import interpreters
from support.situations import Situation, Told, chosen, recorded, told_of
from support.situationstable import PAGE, page, stability

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPUTE = "while True: sum(range(100_000))"


def main() -> int:
    asked = _asked()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_busy(asked.busy))
        folder = asked.again or asked.keep or stack.enter_context(tempfile.TemporaryDirectory())
        cases = list(_kept(asked) if asked.again else _new(asked, Path(folder)))
        pool = stack.enter_context(ThreadPoolExecutor(asked.jobs))
        told: list[Told] = []
        for (situation, tag, place), each in zip(
            cases, pool.map(lambda case: _tell(*case), cases), strict=True
        ):
            mark = "WRONG " + ", ".join(each.wrong) if each.wrong else "right"
            told.append(each)
            print(f"{situation.name:24} {tag:10} {each.kind:20} {mark}  {place.name}")
            print(f"    {each.summary}", flush=True)
    by_name: dict[str, list[tuple[str, Told]]] = {}
    for (situation, tag, _), each in zip(cases, told, strict=True):
        by_name.setdefault(situation.name, []).append((tag, each))
    if asked.times > 1 or asked.again:
        print(stability(by_name))
    right = sum(not each.wrong for each in told)
    print(f"{right} of {len(told)} right")
    if asked.write:
        PAGE.write_text(page(by_name), "utf-8")
    return right != len(told)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--python", action="append", help="with these interpreters; default: all that have a GIL"
    )
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0, help="processes that compute meanwhile")
    parser.add_argument("--keep", type=Path, help="a folder in which the recordings stay")
    parser.add_argument("--again", type=Path, help="such a folder, to be judged anew")
    parser.add_argument("--write", action="store_true", help="the page of docs, too")
    return parser.parse_args()


def _tell(situation: Situation, tag: str, place: Path) -> Told:
    if place.is_dir():
        return told_of(situation, place / "0.gil")
    (interpreter,) = (each for each in interpreters() if str(each) == tag)
    return told_of(situation, recorded(situation, interpreter, place))


def _new(asked: argparse.Namespace, folder: Path) -> Iterator[tuple[Situation, str, Path]]:
    used = [each for each in interpreters() if each.has_gil or each.tag in (asked.python or ())]
    used = [each for each in used if not asked.python or each.tag in asked.python]
    for situation, interpreter in product(chosen(asked.names), used):
        free = (
            place
            for number in count()
            if not (place := folder / f"{situation.name}-{interpreter}-{number}").exists()
        )
        for _ in range(asked.times):
            yield situation, str(interpreter), next(free)


def _kept(asked: argparse.Namespace) -> Iterator[tuple[Situation, str, Path]]:
    for situation in chosen(asked.names):
        for place in sorted(asked.again.glob(f"{situation.name}-*")):
            if (place / "0.gil").exists():
                yield (
                    situation,
                    place.name.removeprefix(f"{situation.name}-").rpartition("-")[0],
                    place,
                )


@contextlib.contextmanager
def _busy(processes: int) -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", COMPUTE]) for _ in range(processes)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()
            each.wait()


if __name__ == "__main__":
    sys.exit(main())
