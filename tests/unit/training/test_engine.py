from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch import Tensor, nn

from netloom.data.loaders import Batch
from netloom.data.mixing import MixedBatch
from netloom.training.averaging import EqualAverage, ExponentialAverage
from netloom.training.engine import Engine, _on_device
from netloom.training.optimization import build_optimizer
from netloom.training.recipe import SGD, Optimizer, SGDGroup
from netloom.training.schedules import Constant

PLAIN = SGD(learning_rate=0.1, momentum=0.0, weight_decay=0.0)


class Case:
    """A line through the origin, and the engine that moves it."""

    def __init__(self, spec: Optimizer = PLAIN, **settings: Any) -> None:
        self.fabric = Fabric(accelerator="cpu", devices=1, plugins=[LightningEnvironment()])
        self.module = nn.Linear(2, 1, bias=True)
        nn.init.zeros_(self.module.weight)
        nn.init.zeros_(self.module.bias)
        average = settings.pop("average", None)
        network, optimizer = self.fabric.setup(
            self.module, build_optimizer(spec, self.module.named_parameters())
        )
        settings.setdefault("schedule", lambda update: 1.0)
        self.engine = Engine(
            self.fabric,
            modules={"network": network},
            optimizers={"network": optimizer},
            average=None if average is None else average(self.module),
            **settings,
        )

    def step(self, gradient: tuple[float, float], *, place: tuple[int, int] = (0, 1)) -> None:
        """A step whose gradient of the weight is given; the bias's is 1."""
        self.engine.start_step(*place)
        loss = (self.module.weight * torch.tensor(gradient)).sum() + self.module.bias.sum()
        self.engine.backward(loss)
        self.engine.update()
        self.engine.end_step()

    @property
    def weight(self) -> list[float]:
        return [round(value, 6) for value in self.module.weight.flatten().tolist()]


def test_an_update_moves_against_the_gradient_at_the_scheduled_rate() -> None:
    case = Case(schedule=lambda update: [1.0, 0.5][update])
    case.step((1.0, 2.0))
    assert case.weight == [-0.1, -0.2]
    case.step((1.0, 2.0))
    assert case.weight == [-0.15, -0.3]
    assert case.engine.learning_rate == pytest.approx(0.05)


def test_a_group_with_a_schedule_of_its_own_follows_it() -> None:
    group = SGDGroup(pattern="bias", schedule=Constant())
    spec = PLAIN.model_copy(update={"groups": (group,)})
    case = Case(spec, schedule=lambda update: 0.0, group_schedules={"bias": lambda update: 2.0})
    case.step((1.0, 1.0))
    assert case.weight == [0.0, 0.0]
    assert case.module.bias.item() == pytest.approx(-0.2)
    assert case.engine.learning_rate == 0.0


def test_gradients_of_a_window_are_averaged_and_the_last_window_may_be_shorter() -> None:
    case = Case(accumulate=2)
    for batch, gradient in enumerate([(1.0, 0.0), (3.0, 0.0), (0.0, 5.0)]):
        case.step(gradient, place=(batch, 3))
        assert case.weight == [[0.0, 0.0], [-0.2, 0.0], [-0.2, -0.5]][batch]
    assert case.engine.updates == 2


def test_a_long_gradient_is_shortened_and_its_length_known() -> None:
    case = Case(clip_norm=1.0)
    assert case.engine.gradient_norm is None
    case.step((2.0, 2.0))  # with the bias's 1, the length is 3
    assert case.weight == [pytest.approx(-0.2 / 3, abs=1e-6)] * 2
    assert case.engine.gradient_norm == pytest.approx(3.0)


def test_large_numbers_of_a_gradient_are_cut_off() -> None:
    case = Case(clip_value=0.5)
    case.step((2.0, -0.25))
    assert case.weight == [-0.05, 0.025]


def test_the_norm_is_measured_now_and_then_without_changing_anything() -> None:
    case = Case(norm_every=2)
    case.step((2.0, 2.0))
    assert case.engine.gradient_norm is None
    case.step((2.0, 2.0))
    assert case.engine.gradient_norm == pytest.approx(3.0)
    assert case.weight == [-0.4, -0.4]


def test_averages_follow_updates_and_epochs() -> None:
    moving = Case(accumulate=2, average=lambda module: ExponentialAverage(module, decay=0.5))
    for batch in range(4):
        moving.step((1.0, 1.0), place=(batch, 4))
    assert moving.engine.average is not None
    assert moving.engine.average.updates == 2
    equal = Case(average=lambda module: EqualAverage(module, first_epoch=1, remeasure=lambda: None))
    for epoch in range(3):
        equal.step((1.0, 1.0))
        equal.engine.end_epoch(epoch)
    with equal.engine.averaged():
        assert equal.weight == [-0.25, -0.25]
    assert equal.weight == [-0.3, -0.3]


def test_devices_exchange_gradients_once_per_window(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(accumulate=3)
    silent: list[str] = []

    @contextmanager
    def no_backward_sync(module: nn.Module) -> Iterator[None]:
        silent.append("begin")
        yield
        silent.append("end")

    monkeypatch.setattr(case.fabric, "no_backward_sync", no_backward_sync)
    for batch in range(4):
        case.step((1.0, 1.0), place=(batch, 4))
    assert silent == ["begin", "end", "begin", "end"]
    assert case.engine.updates == 2


def test_nothing_is_counted_before_its_window_is_complete() -> None:
    case = Case(accumulate=4)
    case.step((1.0, 1.0), place=(0, 4))
    assert (case.engine.updates, case.weight) == (0, [0.0, 0.0])


def mixed() -> MixedBatch:
    numbers = torch.arange(2)
    return MixedBatch(torch.zeros(2, 1, 1, 1), numbers, numbers, numbers, torch.ones(2))


@pytest.mark.parametrize(
    "make", [mixed, lambda: Batch(torch.zeros(2, 1, 1, 1), torch.arange(2), torch.arange(2))]
)
def test_batches_keep_their_kind_on_the_way_to_the_device(
    make: Callable[[], tuple[Tensor, ...]],
) -> None:
    batch = make()
    moved = _on_device(batch, torch.device("meta"))
    assert type(moved) is type(batch)
    assert {tensor.device.type for tensor in moved} == {"meta"}
