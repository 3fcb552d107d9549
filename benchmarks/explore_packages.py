"""What `pytest --explore` says of the tests of real packages that use threads.

The packages, their versions and where their tests lie are in explored_packages.py. A test counts if
it passes in an ordinary run and starts a thread meanwhile (of a test with parameters, the first);
of each package so many, evenly spread over its tests. Each is explored in a process of its own: one
that hangs or crashes loses nothing of the others; and without a network, but for this machine's own
(Linux only: unshare and ip). Ctrl-C ends it early, with what is known.

  explore_packages.py                         all: about an hour
  explore_packages.py cachetools janus        these
  explore_packages.py --seconds 2 --most 4    a first impression

Packages are installed with pip into the venv build/benchmarks/packages-3.11. Which of their tests
use threads is found out once, and kept beside the sdist, in build/benchmarks/packages.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import environments as venvs
from explored_packages import NEEDS, PACKAGES, Package
from explored_tables import report
from package_tests import Answer, explore, thread_tests, unpack

FOLDER = venvs.FOLDER / "packages"


def main() -> None:
    args = _arguments()
    packages = [each for each in PACKAGES if not args.packages or each.name in args.packages]
    pins = [*NEEDS, *(each.pin for each in packages)]
    environment = venvs.prepare(args.python, venvs.bases()[args.python], pins, purpose="packages")
    FOLDER.mkdir(exist_ok=True)
    counts: dict[str, int] = {}
    answers: list[Answer] = []
    with suppress(KeyboardInterrupt):
        for package in packages:
            if package.pin in environment.missing:
                _say(f"{package.pin}: {environment.missing[package.pin]}")
                continue
            sources, tests = _tests(package, environment)
            counts[package.pin] = len(tests)
            for test in spread(tests, args.most):
                answer = explore(package, test, environment, sources, args.seconds)
                answers.append(answer)
                _say(f"{answer.verdict:12} {package.name} {test}  {'; '.join(answer.reasons)}")
                _write_json(args.json, environment, counts, answers)
    print(report(environment, counts, answers, args.seconds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE")
    parser.add_argument("--python", default="3.11", metavar="TAG")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each test and world")
    parser.add_argument("--most", type=int, default=8, metavar="N", help="tests of each package")
    parser.add_argument(
        "--json", type=Path, default=FOLDER / "answers.json", metavar="FILE", help="every answer"
    )
    return parser.parse_args()


def _tests(package: Package, environment: venvs.Environment) -> tuple[Path, list[str]]:
    """Where the package's sdist is unpacked, and its tests that use threads."""
    sources = FOLDER / f"{package.name}-{package.version}"
    if not sources.is_dir():
        unpack(package, environment, FOLDER)
    known = FOLDER / f"{package.name}-{package.version}-{environment.tag}.json"
    if not known.is_file():
        _say(f"which tests of {package.name} use threads?")
        known.write_text(json.dumps(thread_tests(package, environment, sources)))
    tests: list[str] = json.loads(known.read_text())
    return sources, tests


def spread(tests: list[str], most: int) -> list[str]:
    """At most so many, evenly over all of them."""
    if len(tests) <= most:
        return tests
    return [tests[number * len(tests) // most] for number in range(most)]


def _write_json(
    file: Path, environment: venvs.Environment, counts: dict[str, int], answers: list[Answer]
) -> None:
    told = {
        "python": environment.python_version,
        "versions": environment.versions,
        "thread_tests": counts,
        "answers": [asdict(answer) for answer in answers],
    }
    file.write_text(json.dumps(told, indent=1) + "\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
