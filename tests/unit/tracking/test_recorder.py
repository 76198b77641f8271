from __future__ import annotations

import math
from pathlib import Path

import pytest

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import (
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    RunChanged,
    RunEvent,
)
from netloom.execution.metric_buffer import pack_points
from netloom.execution.states import RunState
from netloom.tracking.recorder import Recorder

RUN, FIT = RunId("r1"), NodeId("part/fit")


class Store:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[RunEvent, ...]] = []

    def emit(self, *events: RunEvent) -> None:
        self.calls.append(events)


def logged(steps: list[int], values: list[float], *, name: str = "loss") -> NodeMetrics:
    return NodeMetrics(RUN, FIT, 1, name, *pack_points(steps, values, [100.0 + s for s in steps]))


def changed(state: RunState) -> NodeChanged:
    return NodeChanged(RUN, FIT, state, 1.0)


def scalars(folder: Path) -> dict[str, list[tuple[int, float, float]]]:
    """What TensorBoard itself reads from the event files of a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    return {
        tag: [(point.step, point.value, point.wall_time) for point in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


def test_events_given_together_reach_the_store_together(tmp_path):
    store = Store()
    recorder = Recorder(store)
    events = (changed(RunState.QUEUED), RunChanged(RUN, RunState.RUNNING, 2.0))
    recorder.emit(*events)
    recorder.emit()
    recorder.close()
    assert store.calls == [events]
    assert list(tmp_path.iterdir()) == []


def test_a_failing_store_is_not_hidden(tmp_path):
    class Broken(Store):
        def emit(self, *events: RunEvent) -> None:
            raise ValueError("no")

    recorder = Recorder(Broken(), tensorboard_folder=tmp_path)
    with pytest.raises(ValueError, match="no"):
        recorder.emit(logged([1], [1.0]))
    assert list(tmp_path.iterdir()) == []


def test_tensorboard_reads_the_metrics_while_the_job_runs(tmp_path):
    store = Store()
    recorder = Recorder(store, tensorboard_folder=tmp_path)
    recorder.emit(changed(RunState.RUNNING), logged([0, 1], [1.0, 0.5]))
    folder = tmp_path / RUN / "tensorboard" / FIT
    assert scalars(folder) == {"loss": [(0, 1.0, 100.0), (1, 0.5, 101.0)]}
    recorder.emit(logged([2], [0.25]), logged([2], [0.75], name="accuracy"))
    recorder.close()
    recorder.close()
    assert scalars(folder) == {
        "loss": [(0, 1.0, 100.0), (1, 0.5, 101.0), (2, 0.25, 102.0)],
        "accuracy": [(2, 0.75, 102.0)],
    }
    assert len(store.calls) == 2


def test_nan_is_written_for_tensorboard(tmp_path):
    recorder = Recorder(Store(), tensorboard_folder=tmp_path)
    recorder.emit(logged([0], [math.nan]))
    recorder.close()
    ((_, value, _),) = scalars(tmp_path / RUN / "tensorboard" / FIT)["loss"]
    assert math.isnan(value)


def test_another_attempt_goes_on_in_a_file_of_its_own(tmp_path):
    recorder = Recorder(Store(), tensorboard_folder=tmp_path)
    recorder.emit(logged([0], [1.0]))
    recorder.emit(changed(RunState.QUEUED))
    recorder.emit(logged([1], [0.5]))
    recorder.close()
    folder = tmp_path / RUN / "tensorboard" / FIT
    assert len(list(folder.iterdir())) == 2
    assert [step for step, _, _ in scalars(folder)["loss"]] == [0, 1]


def test_files_that_cannot_be_written_do_not_stop_the_run(tmp_path):
    (tmp_path / RUN).write_text("in the way")
    store = Store()
    recorder = Recorder(store, tensorboard_folder=tmp_path)
    recorder.emit(logged([0], [1.0]))
    recorder.emit(logged([1], [0.5]))
    recorder.close()
    first, (note,), second = store.calls
    assert (len(first), len(second)) == (1, 1)
    assert isinstance(note, NodeNoted)
    assert (note.run, note.node) == (RUN, FIT)
    assert note.message.startswith("TensorBoard files are no longer written: ")
