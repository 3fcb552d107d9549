"""The ways of counting of `gilscope lab refcount`, compiled with sanitizers."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = ROOT / "native"
LAB = NATIVE / "lab"
RACES_IN_C = """
#include "lab/race.h"
int main(void) {
    static struct outcome outcome;
    for (int way = 0; way < WAYS; way++)
        for (int variant = 0; variant < 4; variant++) {
            struct race plan = {(enum way)way, 4, 12000, variant & 1, variant & 2};
            if (race(&plan, &outcome)) return 1;
            if (way != PLAIN && outcome.count != (variant & 1 ? 1 : 1 + 4 * 12000)) return 2;
        }
    return 0;
}
"""


@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_no_way_has_a_data_race_in_the_terms_of_c(tmp_path: Path, sanitizer: str) -> None:
    """Not even the plain way: it loses updates, but what it does is defined."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    main, program = tmp_path / "main.c", tmp_path / "races"
    main.write_text(RACES_IN_C)
    flags = ["-std=c11", "-O1", "-g", "-pthread", "-D_GNU_SOURCE", f"-I{NATIVE}"]
    sanitize = [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    sources = [str(main), str(LAB / "race.c")]
    built = subprocess.run(
        [compiler, *flags, *sanitize, *sources, "-o", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "fsanitize" in built.stderr or "cannot find" in built.stderr:
        pytest.skip("this compiler has no such sanitizer")
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("this kernel's memory layout is too random for the sanitizer")
    assert (done.returncode, done.stderr) == (0, "")
