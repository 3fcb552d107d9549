"""Record the situations of `tests/situations/`, and write down what the reports said of them.

tools/situations.py [--python TAG …] [--times N] [--jobs N] [--write] [NAME …]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.interpreters import interpreters
from support.situations import Told, chosen, tell
from support.situationstable import PAGE, page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", action="append", help="with these interpreters; default: all")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="the page of docs, too")
    asked = parser.parse_args()
    used = [each for each in interpreters() if each.has_gil]
    used = [each for each in used if not asked.python or each.tag in asked.python]
    cases = list(product(chosen(asked.names), used, range(asked.times)))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.jobs) as pool:
        told = list(
            pool.map(
                lambda case: tell(
                    case[0], case[1], Path(folder) / f"{case[0].name}-{case[1]}-{case[2]}"
                ),
                cases,
            )
        )
    for (situation, interpreter, _), each in zip(cases, told, strict=True):
        mark = "WRONG " + ", ".join(each.wrong) if each.wrong else "right"
        print(f"{situation.name:24} {interpreter!s:10} {each.kind:20} {mark}\n    {each.summary}")
    right = sum(not each.wrong for each in told)
    print(f"{right} of {len(told)} right")
    if asked.write:
        by_name: dict[str, list[tuple[str, Told]]] = {}
        for (situation, interpreter, _), each in zip(cases, told, strict=True):
            by_name.setdefault(situation.name, []).append((interpreter.tag, each))
        PAGE.write_text(page(by_name), "utf-8")
    return right != len(told)


if __name__ == "__main__":
    sys.exit(main())
