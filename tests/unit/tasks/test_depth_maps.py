"""Depth: losses, metrics and maps against slow computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from netloom.data.apply.motion import Motion
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.transforms.sizing import CenterCrop, Resize
from netloom.tasks.pixel_maps.depth_losses import (
    AbsoluteDepth,
    BerHu,
    DepthLoss,
    ScaleInvariantLog,
    depth_loss,
)
from netloom.tasks.pixel_maps.depth_maps import (
    depth_back,
    depth_json,
    depth_measure,
    depth_of_json,
    depth_sums,
)


def maps(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms and depths of two pictures; some depths are unknown."""
    rng = np.random.default_rng(seed)
    depths = rng.uniform(0.5, 9, (2, 1, 5, 6)).astype(np.float32)
    logs = np.log(depths) + rng.normal(0.1, 0.3, depths.shape).astype(np.float32)
    depths[rng.random(depths.shape) < 0.2] = 0
    return logs, depths


def known(logs: np.ndarray, depths: np.ndarray) -> list[tuple[float, float]]:
    pairs = zip(logs.ravel().tolist(), depths.ravel().tolist(), strict=True)
    return [(log, depth) for log, depth in pairs if depth > 0]


def slow_scale_invariant(forgiven: float) -> float:
    logs, depths = maps()
    total = 0.0
    for picture in range(2):
        away = [log - math.log(depth) for log, depth in known(logs[picture], depths[picture])]
        mean = sum(away) / len(away)
        total += sum(d * d for d in away) / len(away) - forgiven * mean**2
    return total / 2


def slow_metres(threshold: float | None) -> float:
    away = [abs(math.exp(log) - depth) for log, depth in known(*maps())]
    c = math.inf if threshold is None else threshold * max(away)
    return sum(d if d <= c else (d * d + c * c) / (2 * c) for d in away) / len(away)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (ScaleInvariantLog(), slow_scale_invariant(0.5)),
        (ScaleInvariantLog(forgiven=0.0), slow_scale_invariant(0.0)),
        (AbsoluteDepth(), slow_metres(None)),
        (BerHu(), slow_metres(0.2)),
    ],
)
def test_losses_are_those_of_their_formulas(loss: DepthLoss, expected: float) -> None:
    logs, depths = (torch.from_numpy(each) for each in maps())
    assert depth_loss(logs, depths, loss).item() == pytest.approx(expected, rel=1e-5)


def test_a_wrong_scale_is_forgiven_if_asked_for() -> None:
    _, depths = (torch.from_numpy(each) for each in maps())
    logs = torch.where(depths > 0, depths, 1.0).log() + 0.7
    assert depth_loss(logs, depths, ScaleInvariantLog(forgiven=1.0)).item() == pytest.approx(
        0, abs=1e-6
    )
    assert depth_loss(logs, depths, ScaleInvariantLog(forgiven=0.0)).item() == pytest.approx(0.49)


@pytest.mark.parametrize("loss", [ScaleInvariantLog(), AbsoluteDepth(), BerHu()])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_extreme_outputs_and_unknown_pictures_give_finite_losses(
    loss: DepthLoss, dtype: torch.dtype
) -> None:
    logs, depths = (torch.from_numpy(each) for each in maps())
    extreme = (logs.sign() * 6e4).to(dtype).requires_grad_()
    for truth in (depths, torch.zeros_like(depths)):
        value = depth_loss(extreme, truth, loss)
        value.backward()  # type: ignore[no-untyped-call]
        assert value.dtype == torch.float32
        assert torch.isfinite(value)
        assert extreme.grad is not None
        assert torch.isfinite(extreme.grad).all()
    assert depth_loss(extreme, torch.zeros_like(depths), loss).item() == 0


def test_metrics_are_those_of_their_definitions() -> None:
    logs, depths = maps(3)
    sums = depth_sums(np.exp(logs[0, 0])[..., None], depths[0, 0][..., None])
    found = {name: float(v[0]) for name, v in depth_measure(sums[None]).overall.items()}
    pairs = [(math.exp(log), depth) for log, depth in known(logs[0], depths[0])]
    count = len(pairs)
    log_away = [math.log(p) - math.log(t) for p, t in pairs]
    ratios = [max(p / t, t / p) for p, t in pairs]
    square_log = sum(d * d for d in log_away) / count
    assert found == pytest.approx(
        {
            "abs_rel": sum(abs(p - t) / t for p, t in pairs) / count,
            "sq_rel": sum((p - t) ** 2 / t for p, t in pairs) / count,
            "mae": sum(abs(p - t) for p, t in pairs) / count,
            "rmse": math.sqrt(sum((p - t) ** 2 for p, t in pairs) / count),
            "rmse_log": math.sqrt(square_log),
            "silog": math.sqrt(square_log - (sum(log_away) / count) ** 2),
            "delta1": sum(ratio < 1.25 for ratio in ratios) / count,
            "delta2": sum(ratio < 1.25**2 for ratio in ratios) / count,
            "delta3": sum(ratio < 1.25**3 for ratio in ratios) / count,
        },
        rel=1e-4,
    )


def test_a_picture_without_known_depths_has_no_numbers() -> None:
    sums = depth_sums(np.ones((2, 2, 1), np.float32), np.zeros((2, 2, 1), np.float32))
    assert all(np.isnan(values).all() for values in depth_measure(sums[None]).overall.values())


@pytest.mark.parametrize("farthest", [9.0, 200.0])
def test_json_keeps_depths_to_its_unit(farthest: float) -> None:
    depth = np.linspace(0, farthest, 20, dtype=np.float32).reshape(4, 5, 1)
    found = depth_json(depth)
    assert found["unit_m"] == (0.001 if farthest < 65 else 0.01)
    np.testing.assert_allclose(depth_of_json(found), depth, atol=found["unit_m"] / 2 + 1e-5)
    assert found["max_m"] == farthest
    assert found["min_m"] == pytest.approx(farthest / 19, abs=1e-5)


def test_a_map_of_nothing_has_no_numbers() -> None:
    found = depth_json(np.zeros((2, 2, 1), np.float32))
    assert (found["min_m"], found["max_m"], found["median_m"]) == (None, None, None)


def test_maps_go_back_to_the_picture() -> None:
    def motion(transform: Resize | CenterCrop) -> Motion:
        change = compile_scene_transforms([transform], None)
        return change(Scene.of(np.zeros((4, 4, 1), np.uint8)), None).motion

    metres = np.full((1, 2, 2), 3.0, np.float32)
    assert depth_back(metres, motion(Resize(size=2))).tolist() == np.full((4, 4, 1), 3.0).tolist()
    cropped = depth_back(metres, motion(CenterCrop(size=2)))[:, :, 0]
    assert cropped.tolist() == [[0, 0, 0, 0], [0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 0, 0]]
