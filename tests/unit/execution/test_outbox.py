import struct

import pytest

from netloom.core.identifiers import JobId
from netloom.execution.events import MetricsLogged, Noted, Progressed
from netloom.execution.outbox import Outbox, Pace


def test_draining_gives_each_post_once() -> None:
    outbox = Outbox(JobId("j"))
    outbox.note("hello")
    outbox.log(0, {"loss": 2.0})
    outbox.log(1, {"loss": 1.0})
    outbox.progress(1, 10, "step")
    outbox.progress(2, 10, "step")
    noted, metrics, progress = outbox.drain()
    assert noted == Noted(JobId("j"), "hello")
    assert isinstance(metrics, MetricsLogged)
    assert struct.unpack("<2q", metrics.steps) == (0, 1)
    assert struct.unpack("<2d", metrics.values) == (2.0, 1.0)
    assert progress == Progressed(JobId("j"), 2, 10, "step", None)
    assert outbox.drain() == []


def test_flushing_sends_each_post_once() -> None:
    sent: list[object] = []
    outbox = Outbox(JobId("j"), send=lambda *events: sent.extend(events))
    outbox.note("hello")
    outbox.flush()
    outbox.flush()
    assert sent == [Noted(JobId("j"), "hello")]


def test_the_estimate_follows_a_steady_pace() -> None:
    pace = Pace()
    estimates = [pace.eta_s(done, 100, now=float(done)) for done in range(0, 50, 10)]
    assert estimates == [None, 90, 80, 70, 60]


def test_the_estimate_is_smooth_after_a_stall() -> None:
    pace = Pace()
    for second in range(10):
        pace.eta_s(second, 100, now=float(second))
    after_stall = pace.eta_s(9, 100, now=10.0)
    assert after_stall == pytest.approx(91 / 0.9)


@pytest.mark.parametrize("steps", [[(0, None), (5, None)], [(5, 10), (1, 10)], [(3, 10), (3, 10)]])
def test_without_a_pace_or_an_end_there_is_no_estimate(
    steps: list[tuple[float, float | None]],
) -> None:
    pace = Pace()
    found = [pace.eta_s(done, total, now=float(n)) for n, (done, total) in enumerate(steps)]
    assert found == [None, None]


def test_work_beyond_its_total_needs_no_more_time() -> None:
    pace = Pace()
    pace.eta_s(0, 10, now=0.0)
    assert pace.eta_s(12, 10, now=1.0) == 0
