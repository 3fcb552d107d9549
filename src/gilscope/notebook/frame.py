"""A page inside a notebook: in a frame of its own, and as text where frames are not shown.

What a front end makes of HTML differs: JupyterLab, the classic notebook, VS Code and nbconvert show
frames; GitHub drops them, and styles, and then shows the text. The page is in the frame compressed;
until a script has unpacked it, and where scripts do not run, the frame shows the text, too.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files

from gilscope.report.html.bundle import bundle
from gilscope.report.html.markup import element, lines, text

HEIGHT = "44rem"
_CLASS = "gilscope-report"
_STYLE = (
    f".{_CLASS} iframe + pre {{display: none}}"
    f" .{_CLASS} iframe {{width: 100%; height: {HEIGHT}; resize: vertical; border: 0}}"
)
_IN_FRAME = "body{margin:0;font:13px/1.4 monospace}pre{overflow-x:auto}"


@cache
def _unpacking() -> str:
    return (files(__package__) / "unpack.js").read_text("utf-8")


def framed(page: str, title: str, fallback: str) -> str:
    """Put a page of ours into HTML that stands in another one; `fallback` says the same as text."""
    inside = _document(page, element("pre", lines(fallback)))
    # In an attribute, quotes of the other kind need no escaping: there are none but in the text.
    source = inside.replace("&", "&amp;").replace("'", "&#39;")
    name = text(title)
    shown = element("pre", lines(fallback), style="white-space: pre; overflow-x: auto")
    return (
        f'<div class="{_CLASS}"><style>{_STYLE}</style>'
        f'<iframe title="{name}" sandbox="allow-scripts" style="width: 100%; height: {HEIGHT};'
        f" border: 0\" srcdoc='{source}'></iframe>{shown}</div>"
    )


def _document(page: str, shown: str) -> str:
    """Write a page that becomes the other one; what that may run is said here, too."""
    script, parts = _unpacking(), bundle()
    packed = base64.b64encode(gzip.compress(page.encode(), compresslevel=9, mtime=0)).decode()
    scripts = f"'{_hash(script)}' '{_hash(parts.script)}'"
    styles = f"'{_hash(_IN_FRAME)}' '{_hash(parts.style)}'"
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="color-scheme" content="light dark"><style>{_IN_FRAME}</style></head>'
        f'<body>{shown}<script type="application/octet-stream" id="packed">{packed}</script>'
        f"<script>{script}</script></body></html>"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


def unpacked(html: str) -> str:
    """Read the page out of HTML that `framed` made."""
    found = re.search(r'id="packed">([\w+/=]+)<', html)
    if found is None:
        raise ValueError("there is no page in it")
    return gzip.decompress(base64.b64decode(found[1])).decode()
