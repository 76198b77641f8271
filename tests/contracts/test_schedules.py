"""Every schedule against its closed form, its bounds, resumption and torch's schedulers."""

from __future__ import annotations

import math
import typing
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from netloom.training.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Epochs,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Per,
    Polynomial,
    Reciprocal,
    Schedule,
    Step,
    Steps,
    over,
)

KINDS: tuple[type[Any], ...] = typing.get_args(typing.get_args(Schedule)[0])
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
TOTAL, PER_EPOCH = 120, 10


def wave(done: float) -> float:
    return (1 + math.cos(math.pi * done)) / 2


def warmed(after: Callable[[float], float], *, warm: int) -> Callable[[int], float]:
    return lambda t: (t + 1) / warm if t < warm else after(t - warm)


CLOSED_FORMS: dict[str, tuple[Schedule, Callable[[int], float]]] = {
    "constant": (Constant(warmup=0.1), warmed(lambda u: 1.0, warm=12)),
    "linear": (Linear(warmup=0.1, final=0.25), warmed(lambda u: 1 - 0.75 * u / 108, warm=12)),
    "cosine": (Cosine(warmup=0.1, final=0.1), warmed(lambda u: 0.1 + 0.9 * wave(u / 108), warm=12)),
    "cosine_restarts": (
        CosineRestarts(cycle=Steps(steps=10), multiplier=2, warmup=Steps(steps=5), final=0.2),
        # Cycles begin at 0, 10, 30 and 70 after the warm-up.
        warmed(
            lambda u: (
                0.2
                + 0.8
                * wave(
                    u / 10
                    if u < 10
                    else (u - 10) / 20
                    if u < 30
                    else (u - 30) / 40
                    if u < 70
                    else (u - 70) / 80
                )
            ),
            warm=5,
        ),
    ),
    "one_cycle": (
        OneCycle(peak=0.25, start=0.1, final=0.01),
        lambda t: 1 - 0.9 * wave(t / 29) if t < 29 else 0.01 + 0.99 * wave((t - 29) / 90),
    ),
    "step": (
        Step(every=Epochs(epochs=3), factor=0.5, warmup=0.05),
        warmed(lambda u: 0.5 ** math.floor(u / 30), warm=6),
    ),
    "multi_step": (
        MultiStep(milestones=(0.75, Steps(steps=30)), factor=0.2),
        lambda t: 1.0 if t < 30 else 0.2 if t < 90 else 0.04,
    ),
    "polynomial": (
        Polynomial(power=3, warmup=0.1, final=0.5),
        warmed(lambda u: 0.5 + 0.5 * (1 - u / 108) ** 3, warm=12),
    ),
    "reciprocal": (
        Reciprocal(decay=0.1, warmup=Steps(steps=4), per="step"),
        warmed(lambda u: 1 / (1 + 0.1 * u), warm=4),
    ),
    "exponential": (Exponential(factor=0.9, per="step"), lambda t: 0.9**t),
}


def test_every_kind_has_its_closed_form_here() -> None:
    assert sorted(CLOSED_FORMS) == sorted(kind.model_fields["type"].default for kind in KINDS)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_it_follows_its_closed_form(name: str) -> None:
    schedule, form = CLOSED_FORMS[name]
    curve = over(schedule, TOTAL, steps_per_epoch=PER_EPOCH)
    assert [curve(t) for t in range(TOTAL)] == pytest.approx([form(t) for t in range(TOTAL)])


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_per_epoch_it_is_the_same_curve_over_epochs_and_constant_within_each(name: str) -> None:
    schedule, _ = CLOSED_FORMS[name]
    if name == "step":
        schedule = Step(every=Epochs(epochs=3), factor=0.5, warmup=Epochs(epochs=1))
    by_epoch = over(schedule.model_copy(update={"per": "epoch"}), TOTAL, steps_per_epoch=PER_EPOCH)
    for first in range(0, TOTAL, PER_EPOCH):
        assert len({by_epoch(t) for t in range(first, first + PER_EPOCH)}) == 1
    if name in {"constant", "linear", "cosine", "polynomial", "exponential", "one_cycle"}:
        over_epochs = over(schedule.model_copy(update={"per": "step"}), TOTAL // PER_EPOCH)
        assert [by_epoch(e * PER_EPOCH) for e in range(12)] == [over_epochs(e) for e in range(12)]


@every_kind
@given(
    per=st.sampled_from(["step", "epoch"]),
    total=st.integers(1, 300),
    per_epoch=st.integers(1, 60),
    late=st.integers(0, 50),
)
def test_it_is_a_number_from_zero_to_one_and_starts_above_zero(
    kind: type[Any], per: Per, total: int, per_epoch: int, late: int
) -> None:
    curve = over(kind(per=per), total, steps_per_epoch=per_epoch)
    values = [curve(t) for t in range(total + late)]
    assert all(0.0 <= value <= 1.0 for value in values)
    assert values[0] > 0.0


@every_kind
@pytest.mark.parametrize("per", ["step", "epoch"])
def test_after_its_warmup_it_never_rises_unless_it_restarts(kind: type[Any], per: Per) -> None:
    if kind in {CosineRestarts, OneCycle}:
        return
    settings = {"warmup": Epochs(epochs=2), "per": per}
    curve = over(kind(**settings), TOTAL, steps_per_epoch=PER_EPOCH)
    climb = [curve(t) for t in range(20)]
    fall = [curve(t) for t in range(20, TOTAL)]
    assert climb == sorted(climb)
    assert climb[-1] == fall[0] == 1.0
    assert fall == sorted(fall, reverse=True)


@every_kind
def test_a_training_of_one_update_has_a_rate(kind: type[Any]) -> None:
    for per in ("step", "epoch"):
        assert 0.0 < over(kind(per=per), 1, steps_per_epoch=1)(0) <= 1.0


@every_kind
def test_it_depends_on_the_step_alone(kind: type[Any]) -> None:
    first, second = (over(kind(), TOTAL, steps_per_epoch=PER_EPOCH) for _ in range(2))
    forwards = [first(t) for t in range(TOTAL)]
    assert [second(t) for t in reversed(range(TOTAL))] == forwards[::-1]


@every_kind
def test_its_settings_survive_json(kind: type[Any]) -> None:
    adapter: TypeAdapter[Schedule] = TypeAdapter(Schedule)
    schedule, _ = CLOSED_FORMS[kind.model_fields["type"].default]
    assert adapter.validate_json(schedule.model_dump_json()) == schedule
    assert adapter.validate_python({"type": schedule.type}) == kind()


def by_torch(make: Callable[[torch.optim.Optimizer], Any], count: int = TOTAL) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rates = []
    with warnings.catch_warnings():
        # Some of torch's schedulers warn about their own arguments.
        warnings.simplefilter("ignore")
        scheduler = make(optimizer)
        for step in range(count):
            if step:
                optimizer.step()
                scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
    return rates


LR = torch.optim.lr_scheduler
EQUIVALENTS: dict[str, tuple[Schedule, Callable[[torch.optim.Optimizer], Any]]] = {
    "ConstantLR": (Constant(), lambda o: LR.ConstantLR(o, factor=1.0)),
    "LinearLR": (
        Linear(warmup=0.0, final=0.25),
        lambda o: LR.LinearLR(o, start_factor=1.0, end_factor=0.25, total_iters=TOTAL),
    ),
    "CosineAnnealingLR": (
        Cosine(warmup=0.0, final=0.1),
        lambda o: LR.CosineAnnealingLR(o, T_max=TOTAL, eta_min=0.1),
    ),
    "CosineAnnealingWarmRestarts": (
        CosineRestarts(cycle=Steps(steps=7), multiplier=2.0, final=0.1),
        lambda o: LR.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2, eta_min=0.1),
    ),
    "OneCycleLR": (
        OneCycle(),
        lambda o: LR.OneCycleLR(o, max_lr=1.0, total_steps=TOTAL, cycle_momentum=False),
    ),
    "OneCycleLR, linear": (
        OneCycle(peak=0.5, start=0.1, final=0.001, shape="linear"),
        lambda o: LR.OneCycleLR(
            o,
            max_lr=1.0,
            total_steps=TOTAL,
            pct_start=0.5,
            div_factor=10,
            final_div_factor=100,
            anneal_strategy="linear",
            cycle_momentum=False,
        ),
    ),
    "StepLR": (Step(every=Steps(steps=25), factor=0.3), lambda o: LR.StepLR(o, 25, 0.3)),
    "MultiStepLR": (
        MultiStep(milestones=(Steps(steps=40), Steps(steps=80)), factor=0.1),
        lambda o: LR.MultiStepLR(o, [40, 80], 0.1),
    ),
    "PolynomialLR": (
        Polynomial(power=2.0, warmup=0.0),
        lambda o: LR.PolynomialLR(o, total_iters=TOTAL, power=2.0),
    ),
    "ExponentialLR": (
        Exponential(factor=0.97, per="step"),
        lambda o: LR.ExponentialLR(o, gamma=0.97),
    ),
    "LambdaLR": (
        Reciprocal(decay=0.05, per="step"),
        lambda o: LR.LambdaLR(o, lambda t: 1 / (1 + 0.05 * t)),
    ),
}


@pytest.mark.parametrize("name", EQUIVALENTS)
def test_it_agrees_with_torch(name: str) -> None:
    schedule, scheduler = EQUIVALENTS[name]
    curve = over(schedule, TOTAL, steps_per_epoch=PER_EPOCH)
    assert [curve(t) for t in range(TOTAL)] == pytest.approx(by_torch(scheduler), abs=1e-12)
