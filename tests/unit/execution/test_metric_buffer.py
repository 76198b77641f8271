from __future__ import annotations

import math
import threading
import time

import numpy as np
import pytest

from netloom.execution.metric_buffer import (
    MetricBuffer,
    count_points,
    last_value,
    pack_points,
    step_range,
    unpack_points,
)


def drained(buffer: MetricBuffer) -> dict[str, list[tuple[int, float]]]:
    series = {}
    for name, *packed in buffer.drain():
        steps, values, _ = unpack_points(*packed)
        series[name] = list(zip(steps.tolist(), values.tolist()))
    return series


def test_points_come_out_once_in_call_order():
    buffer = MetricBuffer()
    buffer.log(5, {"loss": 1.0, "accuracy": 0.5})
    buffer.log(3, {"loss": 2})
    assert drained(buffer) == {"loss": [(5, 1.0), (3, 2.0)], "accuracy": [(5, 0.5)]}
    assert buffer.drain() == []
    buffer.log(6, {"loss": math.inf})
    assert drained(buffer) == {"loss": [(6, math.inf)]}


def test_points_carry_the_time_of_their_call():
    buffer = MetricBuffer()
    before = time.time()
    buffer.log(0, {"loss": 1.0})
    after = time.time()
    ((_, *packed),) = buffer.drain()
    (when,) = unpack_points(*packed)[2].tolist()
    assert before <= when <= after


def test_numbers_of_other_libraries_are_accepted():
    buffer = MetricBuffer()
    buffer.log(np.int32(7), {"loss": np.float32(0.5), "hit": True})
    assert drained(buffer) == {"loss": [(7, 0.5)], "hit": [(7, 1.0)]}


@pytest.mark.parametrize(
    ("step", "metrics", "error", "message"),
    [
        (-1, {"a": 1.0}, ValueError, "got -1"),
        (2**63, {"a": 1.0}, ValueError, "step"),
        (0.5, {"a": 1.0}, TypeError, "float"),
        (0, {"a": 1.0, "b": "high"}, TypeError, "metric 'b': expected a number"),
        (0, {"a": 1.0, "b": np.zeros(2)}, TypeError, "metric 'b'"),
    ],
)
def test_a_refused_call_adds_nothing(step, metrics, error, message):
    buffer = MetricBuffer()
    with pytest.raises(error, match=message):
        buffer.log(step, metrics)
    assert buffer.drain() == []


def test_no_point_is_lost_or_doubled_between_threads():
    buffer = MetricBuffer()
    num_threads, count = 4, 2000
    found: dict[str, list[int]] = {f"m{i}": [] for i in range(num_threads)}

    def work(name: str) -> None:
        for step in range(count):
            buffer.log(step, {name: float(step)})

    threads = [threading.Thread(target=work, args=(name,)) for name in found]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for name, points in drained(buffer).items():
            found[name] += [step for step, _ in points]
    for name, points in drained(buffer).items():
        found[name] += [step for step, _ in points]
    assert found == {name: list(range(count)) for name in found}


def test_packing_is_little_endian_and_can_be_undone():
    packed = pack_points([1, 2], [0.5, math.inf], [10.0, 11.0])
    assert packed[0] == (1).to_bytes(8, "little") + (2).to_bytes(8, "little")
    steps, values, times = unpack_points(*packed)
    assert (steps.tolist(), values.tolist(), times.tolist()) == (
        [1, 2],
        [0.5, math.inf],
        [10.0, 11.0],
    )
    assert (steps.dtype, values.dtype) == (np.dtype("<i8"), np.dtype("<f8"))


def test_facts_of_packed_points():
    steps, values, times = pack_points([4, 9, 2], [0.5, 1.0, -3.0], [1.0, 2.0, 3.0])
    assert count_points(steps, values, times) == 3
    assert step_range(steps) == (2, 9)
    assert last_value(values) == -3.0
    assert math.isnan(last_value(b""))


@pytest.mark.parametrize("ragged", [(b"x" * 8, b"", b""), (b"x" * 7,) * 3])
def test_ragged_points_are_refused(ragged):
    with pytest.raises(ValueError, match="packed points"):
        unpack_points(*ragged)


def test_packing_columns_of_different_length_is_refused():
    with pytest.raises(ValueError, match="packed points"):
        pack_points([1], [1.0, 2.0], [1.0])
