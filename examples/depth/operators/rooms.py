"""Rendered scenes of balls and boxes on a floor, with the depth and the normal of every pixel.

Everything is computed: a pinhole camera sends a ray through the middle of each pixel, and the nearest surface
it meets is shaded by a lamp (Lambert 1760) that is somewhere above the camera, with a little noise on top.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom import Dataset, RunContext, operator
from netloom.core.settings import NonNegativeInt, PositiveInt, Seed
from netloom.core.tasks import DepthEstimation, NormalEstimation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netloom.core.tasks import LearningTask

FOCAL = 1.1
"""Distance of the image plane, in widths of the picture."""
EYE_HEIGHT_M = 1.2
FARTHEST_M = 8.0


def _identity(**settings: Any) -> str:
    return "rendered"  # the settings are part of the fingerprint already


@operator(group="rooms", job=True, identity=_identity, preload=("cv2", "pyarrow.parquet"))
def depths(
    *,
    train: PositiveInt = 600,
    valid: NonNegativeInt = 60,
    test: PositiveInt = 120,
    side: PositiveInt = 48,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[DepthEstimation]:
    """Render scenes with the depth of every pixel.

    Args:
        train: Scenes to learn from.
        valid: Scenes to choose the best epoch with.
        test: Scenes to measure on.
        side: Width and height of a scene in pixels.
        seed: Another seed gives other scenes.

    Returns:
        Pictures with depth maps in millimetres, divided into parts.
    """
    return _written(
        {"train": train, "valid": valid, "test": test}, side, seed, DepthEstimation, run
    )


@operator(group="rooms", job=True, identity=_identity, preload=("cv2", "pyarrow.parquet"))
def normals(
    *,
    train: PositiveInt = 600,
    valid: NonNegativeInt = 60,
    test: PositiveInt = 120,
    side: PositiveInt = 48,
    seed: Seed = 0,
    run: RunContext,
) -> Dataset[NormalEstimation]:
    """Render scenes with the normal of every pixel's surface.

    Args:
        train: Scenes to learn from.
        valid: Scenes to choose the best epoch with.
        test: Scenes to measure on.
        side: Width and height of a scene in pixels.
        seed: Another seed gives other scenes.

    Returns:
        Pictures with maps of normals, divided into parts.
    """
    return _written(
        {"train": train, "valid": valid, "test": test}, side, seed, NormalEstimation, run
    )


def render(
    side: int, random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """A picture (H, W, 3), its depths along the viewing axis in metres (H, W), its normals (H, W, 3).

    The camera looks along −z, x is to the right and y up.
    """
    import numpy as np

    rows, columns = np.mgrid[:side, :side]
    rays = np.stack(
        [(columns + 0.5) / side - 0.5, 0.5 - (rows + 0.5) / side, np.full(rows.shape, -FOCAL)],
        axis=-1,
    )
    tilt = np.radians(random.uniform(10, 25))
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
    world = rays @ turn.T  # the camera looks down by its tilt
    reach = np.full(rows.shape, np.inf)
    normal = np.zeros((side, side, 3))
    colour = np.zeros((side, side, 3))
    for hit in (_floor(world), _wall(world), *_things(world, random)):
        found, direction = hit
        nearer = found < reach
        reach = np.where(nearer, found, reach)
        normal[nearer] = direction[nearer]
        colour[nearer] = random.uniform(0.35, 1.0, 3)
    lamp = np.array([random.uniform(-2, 2), random.uniform(1.5, 3), random.uniform(-1, 1)])
    to_lamp = lamp - world * reach[..., None]
    to_lamp /= np.linalg.norm(to_lamp, axis=-1, keepdims=True)
    light = 0.25 + 0.75 * np.clip(np.sum(normal * to_lamp, axis=-1), 0, 1)
    picture = np.clip(colour * light[..., None] + random.normal(0, 0.01, colour.shape), 0, 1)
    return (picture * 255).astype(np.uint8), reach * FOCAL, normal @ turn


def _floor(rays: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    down = rays[..., 1] < -1e-6
    found = np.where(down, -EYE_HEIGHT_M / np.where(down, rays[..., 1], -1), np.inf)
    return found, np.broadcast_to(np.array([0.0, 1.0, 0.0]), rays.shape)


def _wall(rays: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    found = -FARTHEST_M / rays[..., 2]
    return np.where(found > 0, found, np.inf), np.broadcast_to(
        np.array([0.0, 0.0, 1.0]), rays.shape
    )


def _things(
    rays: NDArray[np.float64], random: np.random.Generator
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    found = []
    for _ in range(random.integers(2, 5)):
        away, size = random.uniform(2.0, 5.5), random.uniform(0.25, 0.6)
        middle = (random.uniform(-0.35, 0.35) * away, size - EYE_HEIGHT_M, -away)
        if random.random() < 0.5:
            found.append(_ball(rays, middle, size))
        else:
            found.append(_box(rays, middle, size, random.uniform(0, 1.5)))
    return found


def _ball(
    rays: NDArray[np.float64], middle: tuple[float, float, float], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    square = np.sum(rays**2, axis=-1)
    along = rays @ np.array(middle)
    left = along**2 - square * (np.dot(middle, middle) - radius**2)
    found = np.where(left > 0, (along - np.sqrt(np.maximum(left, 0))) / square, np.inf)
    place = rays * np.where(np.isfinite(found), found, 0)[..., None]
    return found, (place - np.array(middle)) / radius


def _box(
    rays: NDArray[np.float64], middle: tuple[float, float, float], half: float, angle: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    inner, eye = rays @ turn.T, -turn @ np.array(middle)
    inner = np.where(np.abs(inner) < 1e-9, 1e-9, inner)
    ends = np.stack([(-half - eye) / inner, (half - eye) / inner])
    enter, leave = ends.min(axis=0), ends.max(axis=0)
    found, axis = enter.max(axis=-1), enter.argmax(axis=-1)
    hit = (found < leave.min(axis=-1)) & (found > 0)
    faces = np.eye(3)[axis] * -np.sign(np.take_along_axis(inner, axis[..., None], axis=-1))
    return np.where(hit, found, np.inf), faces @ turn


def _written(
    counts: dict[str, int], side: int, seed: int, task: type[LearningTask], run: RunContext
) -> Dataset[Any]:
    import numpy as np
    import pyarrow as pa

    from netloom.data.index import index_table, write_index

    parts = [part for part, count in counts.items() for _ in range(count)]
    names = [f"room-{row:05d}" for row in range(len(parts))]
    for row, name in enumerate(names):
        picture, depth, normal = render(side, np.random.default_rng([seed, row]))
        _write(run.workdir / "media" / "pictures" / f"{name}.png", picture)
        target = np.rint(depth * 1000).astype(np.uint16)
        if task is NormalEstimation:
            target = np.rint((normal + 1) * 127.5).astype(np.uint8)
        _write(run.workdir / "media" / "targets" / f"{name}.png", target)
        run.progress(row + 1, len(parts), unit="scene")
    table = index_table(
        ids=names,
        digests=[f"{task.name}-{seed}-{side}-{name}" for name in names],
        paths=[f"pictures/{name}.png" for name in names],
        parts=parts,
        sizes=[(side, side)] * len(names),
    )
    targets = pa.array([f"targets/{name}.png" for name in names], pa.string())
    unit = 0.001 if task is DepthEstimation else None
    table = table.append_column("target", targets)
    table = table.append_column("unit", pa.array([unit] * len(names), pa.float64()))
    write_index(run.workdir / "index.parquet", table)
    return Dataset(
        task=task.name,
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=(),
    )


def _write(path: Path, levels: NDArray[Any]) -> None:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = levels[:, :, ::-1] if levels.ndim == 3 else levels
    path.write_bytes(cv2.imencode(".png", ordered)[1].tobytes())
