"""The live view as a program for the terminal: keys, resizing, and a look once an interval."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Footer, Input

from gilscope.report.live.screen import ORDERS, WINDOWS_S, Shown, View, chosen, screen, thread_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from gilscope.live import LiveProcess


class Stream(Protocol):
    """What the view shows, and what its keys do elsewhere."""

    def look(self, seconds: float) -> Shown:
        """Return what there is to show of the last seconds; again, what is new in it."""

    def keep(self) -> str:
        """Keep the last minute as a trace; return what to say of it."""

    def resized(self, columns: int, rows: int) -> None:
        """The terminal has another size."""

    def interrupt(self) -> str:
        """Do what Ctrl-C does; return what to say of it."""

    def type(self, text: str) -> str:
        """Give a line to the program; return what to say of it."""


class _Picture(Widget):
    """The lines of the screen. Only what is in sight is drawn."""

    DEFAULT_CSS = "_Picture { height: 1fr; }"
    lines: Sequence[Text] = ()

    def show(self, lines: Sequence[Text]) -> None:
        self.lines = lines
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if y >= len(self.lines):
            return Strip.blank(self.size.width)
        segments = list(self.lines[y].render(self.app.console))
        return Strip(segments).adjust_cell_length(self.size.width)


def show(stream: Stream, interval_s: float) -> None:
    """Show it until the view is closed, as large as the terminal is, whatever variables say.

    A shell exports `COLUMNS` and `LINES` as they were before the terminal was resized.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    LiveApp(stream, interval_s).run()


class LiveApp(App[None]):
    """Shows a stream until `q`. The sixteen colours are those of the terminal, light or dark."""

    CSS = """
    Screen { layout: vertical; }
    Input { display: none; height: 1; border: none; padding: 0; }
    """
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None  # keys are commands, unless a line is asked for
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "close"),
        Binding("space", "pause", "pause", key_display="space"),
        Binding("s", "sort", "sort"),
        # What is typed after these is for the line that they open, however quickly it comes.
        Binding("slash", "filter", "filter", key_display="/", priority=True),
        Binding("g", "group", "group"),
        Binding("w", "window", "window"),
        Binding("k", "keep", "keep"),
        Binding("o", "output", "output"),
        Binding("tab", "process", "process", priority=True),
        Binding("i", "type", "type", priority=True),
        Binding("ctrl+c", "interrupt", "Ctrl-C", show=False, priority=True),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("home", "scroll(-1000000)", show=False),
        Binding("end", "scroll(1000000)", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(self, stream: Stream, interval_s: float) -> None:
        super().__init__(ansi_color=True)
        self._stream, self._interval_s = stream, interval_s
        self._view = View()
        self._shown = Shown(())
        self._asked = ""  # what the line of input is for

    def compose(self) -> ComposeResult:
        yield _Picture()
        yield Input(compact=True, disabled=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.theme = "ansi-dark"
        for number in (signal.SIGTERM, signal.SIGHUP):  # as by q: the terminal is left in order
            asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.set_interval(self._interval_s, self._look)
        self._look()

    def on_resize(self, event: Resize) -> None:
        self._stream.resized(event.size.width, event.size.height)
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While a line is being typed, a letter is a letter."""
        del parameters
        return not (self._asked and action in {"filter", "type", "process"})

    # --- looking and drawing ------------------------------------------------------------------

    def _look(self) -> None:
        """Take in what is new also while the picture stands still: it is about the last moments."""
        self._fit()
        shown = self._stream.look(self._view.seconds)
        self._shown = replace(self._shown, output=shown.output) if self._view.paused else shown
        self._draw()

    def _fit(self) -> None:
        """Tell the screen of a new size that it missed.

        Textual 8 tells it by a timer of 1/120 s, and drops a timer that begins too late, as on
        a busy machine; then the screen would hear neither of this size nor of any later one.
        """
        if any(picture.container_size != self.size for picture in self.query(_Picture)):
            self.screen.post_message(Resize(self.size, self.size))
            self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        for picture in self.query(_Picture):  # none before the view is put together, or at its end
            width, height = picture.size
            picture.show(screen(self._view, self._shown, width, height))

    def _process(self) -> LiveProcess | None:
        return chosen(self._view, self._shown.processes)

    # --- keys -----------------------------------------------------------------------------------

    def action_pause(self) -> None:
        self._view.paused = not self._view.paused
        self._look()

    def action_sort(self) -> None:
        at = ORDERS.index(self._view.order)
        self._view.order = ORDERS[(at + 1) % len(ORDERS)]
        self._draw()

    def action_window(self) -> None:
        at = WINDOWS_S.index(int(self._view.seconds))
        self._view.seconds = WINDOWS_S[(at + 1) % len(WINDOWS_S)]
        self._look()

    def action_group(self) -> None:
        process = self._process()
        if self._view.grouped is None and process is not None:
            self._view.grouped = thread_rows(self._view, process) < len(process.threads)
        self._view.grouped = not self._view.grouped
        self._draw()

    def action_process(self) -> None:
        """Choose the next process."""
        processes, process = self._shown.processes, self._process()
        if process is not None:
            at = next(i for i, each in enumerate(processes) if each is process)
            self._view.pid = processes[(at + 1) % len(processes)].pid
            self._view.first = 0
        self._draw()

    def action_output(self) -> None:
        self._view.with_output = not self._view.with_output
        self._draw()

    def action_scroll(self, rows: int) -> None:
        self._view.first = max(0, self._view.first + rows)
        self._draw()

    def action_keep(self) -> None:
        self._view.message = "keeping the last minute …"
        self._draw()
        self.call_after_refresh(self._keep)

    def _keep(self) -> None:
        self._view.message = self._stream.keep()
        self._draw()

    def action_interrupt(self) -> None:
        self._view.message = self._stream.interrupt()
        self._draw()

    # --- a line of input ------------------------------------------------------------------------

    def action_filter(self) -> None:
        self._ask("filter", "threads whose names contain …", self._view.pattern)

    def action_type(self) -> None:
        self._ask("type", "a line for the program …", "")

    def _ask(self, what: str, placeholder: str, value: str) -> None:
        self._asked = what
        line = self.query_one(Input)
        line.placeholder, line.value = placeholder, value
        line.disabled, line.display = False, True
        self.set_focus(line)  # at once: what is typed next is for it
        self.call_after_refresh(self._draw)

    def action_leave(self) -> None:
        """Leave the line of input, or what else was chosen."""
        if self._asked == "filter":
            self._view.pattern = ""
        self._view.message = ""
        self._answered()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._asked == "filter":
            self._view.pattern, self._view.first = event.value, 0
            self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._asked == "type":
            self._view.message = self._stream.type(event.value)
        self._answered()

    def _answered(self) -> None:
        self._asked = ""
        line = self.query_one(Input)
        self.set_focus(None)
        line.disabled, line.display = True, False
        self.call_after_refresh(self._draw)
