"""What doctor tries and says: on this machine, and where something is broken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gilscope import doctor
from gilscope.cli import doctor as command
from gilscope.cli import main
from gilscope.doctor import (
    Check,
    Diagnosis,
    Outcome,
    attaching,
    machine,
    packages,
    place,
    recording,
)
from gilscope.doctor.model import fails, lacks, works
from gilscope.doctor.trying import Tried, python, tried
from support.interpreters import ROOT

PAGE = ROOT / "docs" / "reference" / "doctor-json.md"


def outcomes(checks: list[Check]) -> dict[str, Outcome]:
    return {each.name: each.outcome for each in checks}


def test_recording_works_here_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = recording.checks()
    assert {name for name, outcome in outcomes(found).items() if outcome is Outcome.FAILS} == set()
    names = {"recording", "recorder", "start hook", "collector", "shared memory", "clock"}
    assert {each.name for each in found} == names | {"sampling lines"}
    assert list(tmp_path.iterdir()) == []


def test_a_collector_that_may_not_run_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "gilscope-collector"
    broken.write_text("#!/bin/sh\n")
    monkeypatch.setattr(recording, "PACKAGE", tmp_path)
    check = recording._collector()
    assert check.outcome is Outcome.FAILS
    assert "Permission denied" in check.found
    assert check.do.startswith(f"chmod +x {broken}")
    broken.unlink()
    assert "No such file" in recording._collector().found


def test_what_the_collector_says_of_sampling_is_passed_on() -> None:
    said = b'{"sampler":"unavailable: this system does not let one process read another\'s memory"}'
    check = recording._sampling(said)
    assert check.outcome is Outcome.LACKS
    assert "does not let one process" in check.found
    assert "SYS_PTRACE" in check.do
    assert recording._sampling(b'{"sampler":"ok"}').outcome is Outcome.WORKS


def test_a_recorder_for_another_patch_release_is_to_be_built_here() -> None:
    said = "gilscope: not recording: gilscope was built for Python 3.13.0, and this is 3.13.7; …"
    check = recording._recorded(Tried(0, "", said), b"")
    assert check.outcome is Outcome.FAILS
    assert "could not be recorded: gilscope was built for Python 3.13.0" in check.found
    assert "--no-binary gilscope" in check.do


def test_other_systems_cannot_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    [check] = recording.checks()
    assert check.outcome is Outcome.FAILS
    assert "recording is for Linux, and this is darwin" in check.found


def test_attaching_is_tried_on_a_process_that_is_gone_afterwards() -> None:
    [check, *_] = attaching.checks()
    assert check.name == "attach"
    assert check.outcome in (Outcome.WORKS, Outcome.LACKS)
    assert check.found
    assert (check.outcome is Outcome.WORKS) == (check.do == "")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_missing_debugger_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert "there is no gdb" in attaching._debugger().found


def test_the_quota_of_a_control_group_is_read(tmp_path: Path) -> None:
    assert machine.cpu_quota(tmp_path) is None
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machine.cpu_quota(tmp_path) is None
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert machine.cpu_quota(tmp_path) == 1.5
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert machine.cpu_quota(tmp_path) == 0.5
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    assert machine.cpu_quota(tmp_path) is None


def test_few_cores_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cpu_quota", lambda: 0.5)
    assert "CPU time for 0.5" in machine.checks()[0].found


def test_folders_are_really_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place._folder("current folder", tmp_path).outcome is Outcome.WORKS
    assert list(tmp_path.iterdir()) == []
    missing = place._folder("current folder", tmp_path / "missing")
    assert missing.outcome is Outcome.LACKS
    assert "cannot be written: No such file" in missing.found
    monkeypatch.setattr(place, "LITTLE_BYTES", 1 << 62)
    assert "may fill it" in place._folder("current folder", tmp_path).follows


def test_packages_that_do_not_load_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("raise ImportError('built for another Python')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    broken = packages._check("broken_package", "tests", "broken")
    assert broken.outcome is Outcome.LACKS
    assert "does not load: ImportError: built for another Python" in broken.found
    assert packages._check("missing_package.part", "tests", "missing").found == "not installed"
    assert packages._check("numpy", "reports", "numpy").outcome is Outcome.WORKS


def test_what_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys, time;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)']);"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); time.sleep(1000)"
    )
    assert python(code, patience_s=1.0).status is None
    pid = int((tmp_path / "pid").read_text())
    while Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        time.sleep(0.01)


def test_what_cannot_be_started_says_so() -> None:
    assert tried(["/no/such/program"]).reason == "No such file or directory"


def test_a_check_that_fails_or_hangs_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Check]:
        raise RuntimeError("surprise")

    is_over = threading.Event()

    def stuck() -> list[Check]:
        is_over.wait()
        return []

    groups = {"broken": broken, "stuck": stuck, "good": lambda: [works("good", "it is")]}
    monkeypatch.setattr(doctor, "GROUPS", groups)
    tried_groups: list[str] = []
    before = set(threading.enumerate())
    diagnosis = doctor.diagnose(tried_groups.append, patience_s=0.5)
    (thread,) = set(threading.enumerate()) - before
    is_over.set()
    thread.join()  # other tests must not find it
    assert tried_groups == list(groups)
    assert [each.outcome for each in diagnosis.checks] == ["lacks", "lacks", "works"]
    assert "RuntimeError: surprise" in diagnosis.checks[0].found
    assert "took longer than" in diagnosis.checks[1].found


def test_recording_that_could_not_be_tried_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Check]:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(doctor, "GROUPS", {doctor.NEEDED: broken})
    assert not doctor.diagnose().records


BAD = Diagnosis(
    "1.0", "3.11.7", "Linux", (
        works("clock", "tsc"),
        lacks("gdb", "there is none", "no attaching", "apt install gdb"),
        fails("collector", "it does not start", "nothing can be recorded", "install it again"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("last", [1, 0])
def test_the_exit_status_says_whether_recording_works(
    last: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = BAD.checks if last else BAD.checks[:2]
    monkeypatch.setattr(doctor, "diagnose", lambda _: Diagnosis("1", "3", "Linux", checks))
    assert main(["doctor"]) == int(last)
    out = capsys.readouterr().out
    assert ("NO  collector" in out) == last
    assert ("Programs can be recorded here." in out) != last
    assert "→ apt install gdb" in out
    assert main(["doctor", "--json"]) == int(last)
    assert json.loads(capsys.readouterr().out)["records"] != last


def test_json_names_are_documented() -> None:
    given = json.loads(json.dumps(command.to_dict(BAD)))
    text = PAGE.read_text("utf-8")
    documented = set(re.findall(r"`(\w+|checks\[\]\.\w+)`(?=[,` |])", text.partition("| name")[2]))
    names = {*given} - {"checks"} | {f"checks[].{key}" for key in given["checks"][0]}
    assert names <= documented
    assert all(f"`{each.value}`" in text for each in Outcome)


def test_texts_fit(capsys: pytest.CaptureFixture[str]) -> None:
    long = Check("name", Outcome.LACKS, "found " * 40, "follows " * 40, "do " * 60)
    lines = command.lines(Diagnosis("1", "3", "Linux", (long,)))
    assert max(map(len, lines)) <= command.WIDTH
    assert len(lines) > 10


def test_it_works_where_neither_numpy_nor_rich_is(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['rich'] = None;"
        "from gilscope import doctor; from gilscope.doctor import place;"
        "doctor.GROUPS = {'folders': place.checks};"
        "from gilscope.cli import main; sys.exit(main(['doctor']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "Programs can be recorded here." in done.stdout
