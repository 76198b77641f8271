"""A data set that can be learned in a second, shared by the tests of training and inference.

The deep-learning library is imported inside the fixtures: most unit tests do without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def make_shapes(tmp_path: Path) -> Callable[..., Any]:
    """Makes data sets of noisy pictures with a bright bar: upright, lying or slanted."""
    from netloom.data.formats.array import write_array_source

    def make(
        per_part: dict[str, int] | None = None,
        *,
        labels: list[int | None] | None = None,
        folder: str = "shapes",
        **changes: Any,
    ) -> Any:
        counts = {"train": 60, "valid": 18, "test": 24} if per_part is None else per_part
        parts = [part for part, count in counts.items() for _ in range(count)]
        classes = [index % 3 for index in range(len(parts))] if labels is None else labels
        rng = np.random.default_rng(0)
        images = rng.integers(0, 100, (len(parts), 12, 12, 1), dtype=np.uint8)
        for image, label in zip(images, classes, strict=True):
            place = int(rng.integers(2, 9))
            if label == 0:
                image[:, place : place + 2] = 230
            elif label == 1:
                image[place : place + 2, :] = 230
            else:
                image[np.arange(12), np.arange(12)] = 230
        (tmp_path / folder).mkdir(exist_ok=True)
        view = write_array_source(
            tmp_path / folder,
            images,
            classes,
            label_names=("upright", "lying", "slanted"),
            ids=[f"shape-{row}" for row in range(len(parts))],
            parts=parts,
        )
        here = f"path:{tmp_path / folder}/"
        places = {
            "index": view.index.replace("work:", here),
            "media": view.media.replace("work:", here),
        }
        return replace(view, **places, **changes)

    return make


@pytest.fixture
def make_training(tmp_path: Path, make_shapes: Callable[..., Any]) -> Callable[..., Any]:
    """Makes trainings of a tiny network; settings of the recipe are given by name."""
    import torch

    from netloom.core.reporter import SilentReporter
    from netloom.models.spec import ConvNet, Model
    from netloom.tasks.losses import CrossEntropy
    from netloom.training.recipe import Recipe
    from netloom.training.training import Training

    torch.set_num_threads(1)

    def make(name: str = "run", *, view: Any = None, **settings: Any) -> Training:
        backbone = ConvNet(widths=(6, 8), dropout=0.2)
        complete: dict[str, Any] = {
            "model": Model(task="image_classification", backbone=backbone),
            "reporter": SilentReporter(tmp_path / name / "checkpoints"),
            "loss": CrossEntropy(),
        }
        for field in (*complete, "start_from", "callbacks"):
            if field in settings:
                complete[field] = settings.pop(field)
        recipe = {"epochs": 3, "batch_size": 16, "log_every": 3, **settings}
        return Training(
            dataset=make_shapes() if view is None else view,
            resolve=lambda location: Path(location.removeprefix("path:")),
            recipe=Recipe.model_validate(recipe),
            package=tmp_path / name / "model",
            **complete,
        )

    return make
