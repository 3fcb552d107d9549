"""What places in a program are called: one writer, whoever speaks of them."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.analysis.model import Line
from gilscope.explore.facts import Position
from gilscope.trace import Frame
from gilscope.words.places import Places, short_path


def test_a_frame_a_line_and_a_position_are_written_alike() -> None:
    places = Places()
    for where in (Frame("f", "/x/app.py", 41), Line("f", "/x/app.py", 41)):
        assert places.of(where) == "app.py:41"
    assert places.of(Position("x/app.py", 41, "f")) == "app.py:41"


def test_what_is_not_known_is_left_out() -> None:
    assert Places().of(Line("f", "/x/app.py", 0)) == "app.py"
    assert Places().of(Line("(no Python frame)", "", 0)) == "(no Python frame)"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/srv/app.py", "app.py"),
        ("app.py", "app.py"),
        ("/srv/shop/__init__.py", "shop/__init__.py"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
        ("", ""),
        ("/", "/"),
    ],
)
def test_short_path(file: str, name: str) -> None:
    assert short_path(file) == name


def test_equal_names_get_as_many_folders_as_tell_them_apart() -> None:
    places = Places(["/srv/shop/views.py", "/srv/blog/views.py", "/srv/blog/urls.py"])
    assert places.file("/srv/shop/views.py") == "shop/views.py"
    assert places.file("/srv/blog/views.py") == "blog/views.py"
    assert places.file("/srv/blog/urls.py") == "urls.py"
    deep = Places(["/a/x/y/v.py", "/b/x/y/v.py", "v.py"])
    assert deep.file("/a/x/y/v.py") == "a/x/y/v.py"
    assert deep.file("v.py") == "v.py"


FILES = st.lists(st.sampled_from("ab"), min_size=1, max_size=5).map("/".join)


@given(st.sets(FILES | FILES.map("/".__add__), max_size=8))
def test_no_two_files_share_a_name(files: set[str]) -> None:
    names = [Places(files).file(file) for file in files]
    assert len(set(names)) == len(set(map(PurePath, files)))
