"""Makes the README's picture: a real report of examples/fibonacci.py, in a real Chromium.

python tools/screenshot.py                    docs/images/report.png
python tools/screenshot.py --widths FOLDER    the whole page: three widths, light and dark
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.browsers import CHROMIUM_FLAGS, find_chromium, settle  # noqa: E402 - found by the path above

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURE = ROOT / "docs" / "images" / "report.png"
PROGRAM = ROOT / "examples" / "fibonacci.py"
WIDTHS = (390, 900, 1600)
LARGEST_BYTES = 300_000
# Between the verdict and the pictures that explain it; the README has no room for that.
LEFT_OUT = "#helps"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--report", type=Path, help="a page that exists, instead of a new recording"
    )
    parser.add_argument("--widths", type=Path, metavar="FOLDER", help="look at the whole page")
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit("there is no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        report = arguments.report or recorded(Path(folder))
        flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = driver.chromium.launch(executable_path=chromium, args=flags)
        if arguments.widths:
            everything(browser, report, arguments.widths)
        else:
            for_readme(browser, report)
        browser.close()


def recorded(folder: Path) -> Path:
    gilscope = [sys.executable, "-m", "gilscope"]
    trace, page = str(folder / "fibonacci.gil"), folder / "report.html"
    program = ["--", sys.executable, str(PROGRAM)]
    subprocess.run([*gilscope, "run", "--no-report", "-o", trace, *program], check=True, cwd=ROOT)
    subprocess.run([*gilscope, "report", trace, "-o", str(page)], check=True)
    return page


def opened(browser: Browser, report: Path, width: int, scheme: str) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(report.resolve().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    settle(page)
    return page


def for_readme(browser: Browser, report: Path) -> None:
    """From the top to the end of what explains the verdict."""
    page = opened(browser, report, 1280, "light")
    page.locator(LEFT_OUT).evaluate("(each) => each.remove()")
    settle(page)
    box = page.locator("#without").bounding_box()
    top = page.evaluate("scrollY")
    assert box is not None
    bottom = box["y"] + top + box["height"] + 16
    page.evaluate("scrollTo(0, 0)")
    settle(page)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    clip = {"x": 0, "y": 0, "width": 1280, "height": bottom}
    page.screenshot(path=PICTURE, full_page=True, clip=clip)  # type: ignore[arg-type]
    size = PICTURE.stat().st_size
    if size > LARGEST_BYTES:
        sys.exit(f"{PICTURE} has {size} bytes, more than {LARGEST_BYTES}")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}, {size / 1000:.0f} kB\n")


def everything(browser: Browser, report: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            page = opened(browser, report, width, scheme)
            page.screenshot(path=folder / f"{report.stem}-{width}-{scheme}.png", full_page=True)
            page.close()


if __name__ == "__main__":
    main()
