"""How far long work in this process is: one line on standard error with rate and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self, TextIO

from netloom.cli.figures import duration
from netloom.cli.reader_language import told

_BAR_WIDTH = 20
_REDRAW_S = 0.15
_LINE_EVERY_S = 10.0


class ProgressLine(AbstractContextManager["ProgressLine"]):
    """Redrawn in place on a terminal; elsewhere a new line now and then.

    Args:
        total: How many there are.
        unit: What is counted, in the plural.
        stream: Where to write; None takes standard error.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        total: int,
        unit: str,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._is_terminal = self._stream.isatty()
        self._started = clock()
        self._shown = self._started
        self._done = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    def advance(self, count: int) -> None:
        """So many more are done; cheap enough to call for every batch."""
        self._done += count
        now = self._clock()
        if now - self._shown >= (_REDRAW_S if self._is_terminal else _LINE_EVERY_S):
            self._shown = now
            end = "" if self._is_terminal else "\n"
            self._write(f"{self._text()}{end}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_terminal:
            self._write("")

    def _text(self) -> str:
        rate = self._done / max(self.elapsed_s, 1e-9)
        facts = [f"{self._done}/{self._total} {told(self._unit)}", f"{rate:.0f}/s"]
        if 0 < self._done < self._total:
            facts.append(told(f"{duration((self._total - self._done) / rate)} left"))
        text = "  ".join(facts)
        if not self._is_terminal:
            return text
        filled = round(_BAR_WIDTH * self._done / max(self._total, 1))
        return f"{'━' * filled}{'─' * (_BAR_WIDTH - filled)} {text}"

    def _write(self, text: str) -> None:
        # \r returns to the start of the line, \x1b[K erases the rest of it.
        self._stream.write(f"\r\x1b[K{text}" if self._is_terminal else text)
        self._stream.flush()
