from __future__ import annotations

import io

from netloom.cli.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_rate_and_time_left_in_one_line_and_clears_it() -> None:
    stream, clock = Terminal(), Clock()
    with ProgressLine(1000, "images", stream=stream, clock=clock) as progress:
        progress.advance(10)  # too soon to be shown
        clock.now += 2.0
        progress.advance(240)
    shown = stream.getvalue().split("\r\x1b[K")
    assert shown == ["", "━━━━━─────────────── 250/1000 images  125/s  6.0 s left", ""]
    assert progress.elapsed_s == 2.0


def test_a_log_gets_a_line_now_and_then() -> None:
    stream, clock = io.StringIO(), Clock()
    with ProgressLine(100, "images", stream=stream, clock=clock) as progress:
        for _ in range(10):
            clock.now += 4.0
            progress.advance(10)
    lines = stream.getvalue().splitlines()
    assert lines == [
        "30/100 images  2/s  28.0 s left",
        "60/100 images  2/s  16.0 s left",
        "90/100 images  2/s  4.0 s left",
    ]
