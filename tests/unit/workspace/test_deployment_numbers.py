"""Numbers of deployments: read from what a process tells, with rates, for a quarter of an hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netloom.serving.metrics import ServingMetrics
from netloom.workspace.deployments.calls import Endpoint
from netloom.workspace.deployments.numbers import Numbers, NumbersKeeper, numbers_of
from netloom.workspace.prediction_desk import PredictionUnavailable

HERE = {"d": Endpoint("127.0.0.1", 1)}


def told(*codes: int, seconds: float = 0.25, in_flight: int = 1) -> str:
    metrics = ServingMetrics("1")
    metrics.in_flight = in_flight
    for code in codes:
        metrics.request("/aip", "m", code, seconds)
        metrics.request("/v1/predict", "other", 200, seconds / 2)
    return metrics.text({"m": 3, "other": 1})


def test_they_are_what_the_process_tells() -> None:
    found = numbers_of(told(200, 200, 400, 503, in_flight=5), now=7.0)
    assert found.process > 1e9
    assert (found.memory_bytes or 0) > 1e6
    assert replace(found, process=1.0, memory_bytes=None) == Numbers(
        time=7.0,
        process=1.0,
        p50_ms=250.0,
        p99_ms=250.0,
        requests=8,
        errors=2,
        in_flight=4,
        waiting=4,
    )
    assert numbers_of(told(), now=1.0).p99_ms is None


def test_rates_are_differences_of_one_process() -> None:
    first = Numbers(time=10.0, process=1.0, requests=100, errors=1)
    later = replace(first, time=15.0, requests=150, errors=2)
    assert later.since(first) == replace(later, requests_per_s=10.0, errors_per_s=0.2)
    assert later.since(None) == later
    restarted = replace(later, process=2.0, requests=3)
    assert restarted.since(first) == restarted
    assert first.since(first) == first


def test_the_last_quarter_of_an_hour_is_kept() -> None:
    now = [0.0]
    keeper = NumbersKeeper(
        lambda: HERE, every_s=300, fetch=lambda target: told(200), clock=lambda: now[0]
    )
    assert (keeper.history("d"), keeper.latest("d")) == ([], None)
    for minute in range(0, 30, 5):
        now[0] = minute * 60.0
        keeper.measure()
    assert [each.time for each in keeper.history("d")] == [900.0, 1200.0, 1500.0]
    assert keeper.latest("d") == keeper.history("d")[-1]
    now[0] += 901.0
    assert (keeper.history("d"), keeper.latest("d")) == ([], None)
    now[0] -= 901.0
    keeper.forget("d")
    assert keeper.history("d") == []


def test_a_process_that_does_not_answer_leaves_a_gap() -> None:
    def refuse(target: Endpoint) -> str:
        raise PredictionUnavailable.of("not now")

    keeper = NumbersKeeper(lambda: HERE, fetch=refuse)
    keeper.measure()
    assert keeper.history("d") == []


@pytest.mark.parametrize("text", ["", "nonsense", "netloom_requests_total{", "# HELP x y"])
def test_other_texts_tell_nothing(text: str) -> None:
    assert numbers_of(text, now=1.0) == Numbers(time=1.0, process=0.0)
