"""Normals: losses, metrics and maps against slow computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from netloom.data.apply.companions import Companion
from netloom.data.apply.geometry import Filling, Mirrored
from netloom.data.apply.motion import Motion
from netloom.tasks.pixel_maps.normal_losses import (
    AbsoluteNormals,
    CosineDistance,
    NormalLoss,
    normal_loss,
)
from netloom.tasks.pixel_maps.normal_maps import (
    angles,
    normal_measure,
    normal_sums,
    normals_back,
    normals_json,
    normals_of_json,
)


def unit_vectors(seed: int, shape: tuple[int, int] = (9, 11)) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(*shape, 3)).astype(np.float32)
    vectors[..., 2] = np.abs(vectors[..., 2]) + 0.1
    return np.asarray(vectors / np.linalg.norm(vectors, axis=2, keepdims=True))


def pair() -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true normals that are not far apart; some are unknown."""
    true = unit_vectors(0)
    said = true + 0.3 * unit_vectors(1)
    said /= np.linalg.norm(said, axis=2, keepdims=True)
    true[np.random.default_rng(2).random(true.shape[:2]) < 0.2] = 0
    return said, true


def slow_degrees(said: np.ndarray, true: np.ndarray) -> list[float]:
    found = []
    for one, two in zip(said.reshape(-1, 3).tolist(), true.reshape(-1, 3).tolist(), strict=True):
        if any(two):
            cosine = sum(a * b for a, b in zip(one, two, strict=True))
            found.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return found


def test_metrics_are_those_of_the_angles() -> None:
    said, true = pair()
    degrees = slow_degrees(said, true)
    np.testing.assert_allclose(angles(said, true), degrees, atol=0.02)
    measured = normal_measure(normal_sums(said, true)[None]).overall
    found = {name: float(values[0]) for name, values in measured.items()}
    median = found.pop("median_angle")
    assert median == pytest.approx(float(np.median(degrees)), abs=0.25)
    assert found == pytest.approx(
        {
            "mean_angle": np.mean(degrees),
            "rms_angle": math.sqrt(np.mean(np.square(degrees))),
            "within_11": np.mean(np.array(degrees) < 11.25),
            "within_22": np.mean(np.array(degrees) < 22.5),
            "within_30": np.mean(np.array(degrees) < 30),
        },
        rel=1e-4,
    )


def test_losses_are_those_of_their_formulas() -> None:
    said, true = pair()
    vectors, normals = (
        torch.from_numpy(np.ascontiguousarray(each.transpose(2, 0, 1)))[None]
        for each in (said * 7, true)
    )
    known = true.any(axis=2)
    cosine = 1 - np.mean(np.cos(np.radians(slow_degrees(said, true))))
    absolute = np.mean(np.abs(said - true).sum(axis=2)[known])
    assert normal_loss(vectors, normals, CosineDistance()).item() == pytest.approx(cosine, abs=1e-5)
    assert normal_loss(vectors, normals, AbsoluteNormals()).item() == pytest.approx(
        absolute, abs=1e-5
    )


@pytest.mark.parametrize("loss", [CosineDistance(), AbsoluteNormals()])
def test_zero_and_huge_vectors_and_unknown_pictures_give_finite_losses(loss: NormalLoss) -> None:
    normals = torch.from_numpy(np.ascontiguousarray(pair()[1].transpose(2, 0, 1)))[None]
    for size in (0.0, 6e4):
        vectors = torch.full(normals.shape, size, dtype=torch.float16).requires_grad_()
        for truth in (normals, torch.zeros_like(normals)):
            value = normal_loss(vectors, truth, loss)
            value.backward()  # type: ignore[no-untyped-call]
            assert value.dtype == torch.float32
            assert vectors.grad is not None
            assert torch.isfinite(value)
            assert torch.isfinite(vectors.grad).all()
    assert normal_loss(vectors, torch.zeros_like(normals), loss).item() == 0


def test_json_keeps_normals_to_a_level() -> None:
    _, true = pair()
    again = normals_of_json(normals_json(true))
    assert np.array_equal(again.any(axis=2), true.any(axis=2))
    assert angles(again, true).max() < 0.6


def test_a_map_of_nothing_faces_nowhere() -> None:
    assert normals_json(np.zeros((2, 2, 3), np.float32))["facing"] is None


def test_normals_of_a_mirrored_picture_come_back_as_they_were() -> None:
    true = unit_vectors(0)
    mirror = Mirrored(across=True, down=False)
    mirrored = Companion("normals", true).moved(mirror, Filling()).pixels
    back = normals_back(mirrored.transpose(2, 0, 1), Motion(true.shape[:2]).then(mirror))
    np.testing.assert_allclose(back, true, atol=1e-5)
