from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidData, JobCancelled, JobFailed
from netloom.core.reporter import SilentReporter
from netloom.models.package import read_manifest, read_weights
from netloom.models.spec import Model, Perceptron
from netloom.training.callbacks import Callbacks, StepEnded
from netloom.training.ranks import Rank, run_ranks
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked")


@pytest.fixture
def make_pair(make_training: MakeTraining) -> MakeTraining:
    """Trainings without batch norm or dropout, whose result cannot depend on how batches are shared."""

    def make(name: str, *, ranks: int | None = 2, **settings: Any) -> Training:
        model: Model[Any] = Model(
            task="image_classification", backbone=Perceptron(widths=settings.pop("widths", (8,)))
        )
        return replace(make_training(name, model=model, **settings), ranks=ranks)

    return make


def weights(training: Training) -> dict[str, torch.Tensor]:
    return read_weights(training.package, read_manifest(training.package))


def all_children() -> set[int]:
    import psutil

    return {child.pid for child in psutil.Process().children()}


@pytest.fixture(autouse=True)
def _of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of this process may have left a child, such as the virtual machine of Spark."""
    monkeypatch.setitem(globals(), "OF_OTHERS", all_children())


OF_OTHERS: set[int] = set()


def children() -> list[int]:
    return sorted(all_children() - OF_OTHERS)


def test_two_processes_learn_what_one_learns(make_pair: MakeTraining) -> None:
    alone, together = make_pair("alone", ranks=None), make_pair("together")
    one, two = train_model(alone), train_model(together)
    torch.testing.assert_close(weights(together), weights(alone), rtol=1e-4, atol=1e-5)
    assert [list(row) for row in two.history] == [list(row) for row in one.history]
    for ours, theirs in zip(two.history, one.history, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    assert isinstance(together.reporter, SilentReporter)
    assert together.reporter.metrics.keys() == alone.reporter.metrics.keys()  # type: ignore[attr-defined]
    assert children() == []


def test_two_processes_go_on_exactly_where_they_were_stopped(make_training: MakeTraining) -> None:
    settings: dict[str, Any] = {"epochs": 3, "log_every": 1}
    whole = replace(make_training("whole", **settings), ranks=2)  # with batch norm and dropout
    train_model(whole)

    class StopsAtFive(SilentReporter):
        should_stop = False

        def log(self, step: int, metrics: Any) -> None:
            super().log(step, metrics)
            self.should_stop = step >= 5

    parts = make_training("parts", **settings)
    stopping = StopsAtFive(parts.reporter.checkpoints)
    with pytest.raises(JobCancelled):
        train_model(replace(parts, ranks=2, reporter=stopping))
    train_model(replace(parts, ranks=2))
    assert isinstance(parts.reporter, SilentReporter)
    assert any("resumed from the checkpoint at step 5" in note for note in parts.reporter.notes)
    for name, tensor in weights(whole).items():
        assert torch.equal(weights(parts)[name], tensor), name


def test_a_batch_is_shared_by_as_many_processes_as_divide_it(make_pair: MakeTraining) -> None:
    training = make_pair("odd", batch_size=15, ranks=2, epochs=1)
    train_model(training)
    assert isinstance(training.reporter, SilentReporter)
    assert "batch_size 15 is shared equally by 1 of 2 devices" in training.reporter.notes


def test_a_callback_that_ends_the_training_ends_it_for_all(make_pair: MakeTraining) -> None:
    from netloom.core.reporter import Decision

    callbacks = Callbacks()
    callbacks.add(StepEnded, lambda context: Decision.STOP if context.step == 2 else None)
    result = train_model(make_pair("ended", callbacks=callbacks, log_every=1))
    assert result.stopped_early
    assert [row["step"] for row in result.history] == [2.0]


def test_a_loss_that_diverges_is_explained_once(make_pair: MakeTraining) -> None:
    optimizer = {"type": "sgd", "learning_rate": 1e30}
    with pytest.raises(JobFailed) as caught:
        train_model(make_pair("nan", optimizer=optimizer, schedule={"type": "constant"}))
    assert [problem.code for problem in caught.value.diagnostics] == ["X301"]
    assert children() == []


def test_a_process_that_is_killed_ends_the_training_soon_and_is_named(
    make_pair: MakeTraining,
) -> None:
    def kill(context: StepEnded) -> None:
        if context.step == 3:
            os.kill(children()[0], 9)

    callbacks = Callbacks()
    callbacks.add(StepEnded, kill)
    started = time.monotonic()
    with pytest.raises(JobFailed, match="process of device 1 was killed") as caught:
        train_model(make_pair("killed", callbacks=callbacks, epochs=50))
    assert [problem.code for problem in caught.value.diagnostics] == ["X331"]
    assert time.monotonic() - started < 10
    assert children() == []


def work(rank: Rank) -> str:
    """Meets the others, then fails in the last one as its meeting file says."""
    from netloom.training.ranks import connected

    with connected(rank, backend="gloo"):
        if rank.index == 1 and (rank.meeting.parent / "said").exists():
            raise InvalidData.of("the second device does not like it", code="I399")
        if rank.index == 1:
            raise ValueError("unforeseen")
        torch.distributed.barrier()
    return "done"


def test_what_another_process_raises_is_the_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(JobFailed, match="device 1 raised ValueError: unforeseen"):
        run_ranks(2, work)
    assert "ValueError: unforeseen" in capfd.readouterr().err

    def with_diagnostic(rank: Rank) -> str:
        (rank.meeting.parent / "said").touch()
        return work(rank)

    with pytest.raises(InvalidData, match="does not like it") as caught:
        run_ranks(2, with_diagnostic)
    assert [problem.code for problem in caught.value.diagnostics] == ["I399"]


def test_other_processes_do_not_outlive_an_error_of_the_first(tmp_path: Path) -> None:
    def first_fails(rank: Rank) -> None:
        if rank.index == 0:
            raise KeyError("own")
        time.sleep(60)

    started = time.monotonic()
    with pytest.raises(KeyError, match="own"):
        run_ranks(3, first_fails)
    assert time.monotonic() - started < 4
    assert children() == []
