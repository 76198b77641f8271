"""A user's own image function: from a file of the project into training, prediction and a model package."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

import netloom
from netloom.core.errors import InvalidData, InvalidInput

LOOKS = """
import numpy as np
from tones import limit

def darken(image: np.ndarray, *, amount: float = 0.5) -> np.ndarray:
    return (image * (1 - limit(amount))).astype(np.uint8)

def speckle(image, *, rng):
    image[rng.random(image.shape) < 0.1] = 0
    return image
"""
TONES = """
def limit(amount):
    return min(max(amount, 0.0), 1.0)
"""
PIPELINE = """
images: {op: data.image_folder, path: pictures}
parts:  {op: data.split, dataset: images, valid: 0.2, test: 0.25}
small:  {op: image.resize, images: parts, size: 8}
dark:   {op: image.function, images: small, function: "looks.py:darken", settings: {amount: 0.25}}
noisy:  {op: image.function, images: dark, function: "looks.py:speckle", augments: true}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8]}}
fit:    {op: train, model: model, dataset: noisy, epochs: 1, batch_size: 8}
new:    {op: data.image_folder, path: pictures, labels: none}
labels: {op: predict, model: fit.model, dataset: new}
score:  {op: evaluate, model: fit.model, dataset: dark, bootstrap: 0}
plain:  {op: data.statistics, dataset: small}
"""
DEPENDENT = {"fit", "labels", "score"}


@pytest.fixture
def with_looks(project: Any) -> Any:
    """A project with pictures, two functions and a module they import."""
    rng = np.random.default_rng(0)
    for name, level in (("day", 200), ("night", 60)):
        (project.folder / "pictures" / name).mkdir(parents=True)
        for number in range(12):
            image = np.clip(level + rng.integers(-30, 30, (10, 12, 3)), 0, 255).astype(np.uint8)
            assert cv2.imwrite(str(project.folder / f"pictures/{name}/{number}.png"), image)
    project.write("looks.py", LOOKS)
    project.write("tones.py", TONES)
    project.pipeline(PIPELINE)
    return project


def ran(result: Any) -> set[str]:
    return {name for name, node in result.require_success().nodes.items() if node.state != "cached"}


def planned(project: Any) -> set[str]:
    workspace = project.open()
    plan = workspace.plan(workspace.load(project.folder / "main.yaml"))
    return {name for name, node in plan.nodes.items() if node.is_job and node.state != "cached"}


def test_it_is_used_where_its_project_is_known_and_nowhere_else(with_looks: Any) -> None:
    project = with_looks
    result = project.run()
    assert ran(result) >= DEPENDENT
    rows = pq.read_table(result.path("labels") / "predictions.parquet").to_pylist()
    pictures = [project.folder / "pictures" / row["path"] for row in rows]

    package = result.path("fit.model")
    predictor = netloom.load(package)
    with pytest.raises(InvalidData) as caught:
        predictor.predict(pictures[:1])
    assert caught.value.diagnostics[0].code == "I369"

    def darken(image: Any, *, amount: float) -> Any:
        return (image * (1 - amount)).astype(np.uint8)

    given = netloom.load(package, functions={"looks.py:darken": darken})
    assert [p["label"] for p in given.predict(pictures)] == [row["label"] for row in rows]
    found = [p["scores"] for p in given.predict(pictures)]
    for one, row in zip(found, rows, strict=True):
        assert one == pytest.approx(row["scores"], abs=1e-5)


def test_what_depends_on_its_code_is_stale_once_the_code_changes(with_looks: Any) -> None:
    project = with_looks
    ran(project.run())
    project.write("looks.py", LOOKS + "\n# a remark\n")
    assert planned(project) == set()

    project.write("tones.py", TONES.replace("1.0", "0.9"))
    assert planned(project) == DEPENDENT
    project.write("looks.py", LOOKS.replace("1 - limit", "0.5 + 0 * limit"))
    assert ran(project.run()) == {*DEPENDENT, "dark", "noisy"}


def test_what_is_missing_is_said_before_anything_is_queued(with_looks: Any) -> None:
    project = with_looks
    project.pipeline(
        PIPELINE.replace("looks.py:darken", "looks.py:darkn").replace("{amount", "{amont")
    )
    with pytest.raises(InvalidInput) as caught:
        project.run()
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.node, problem.place.setting) == ("I364", "dark", "function")
    assert "'darken'" in problem.fix
    project.pipeline(PIPELINE.replace("{amount", "{amont"))
    with pytest.raises(InvalidInput, match="Did you mean 'amount'"):
        project.run()
    assert list(project.open().runs()) == []


def test_its_exceptions_name_the_users_own_line(with_looks: Any) -> None:
    project = with_looks
    project.write("tones.py", "def limit(amount):\n    return amount['a']\n")
    result = project.run(to=["fit"])
    (problem,) = result.nodes["fit"].diagnostics
    assert (problem.code, problem.place.file, problem.place.line) == ("I368", "tones.py", 2)
    assert problem.message.startswith("darken of looks.py raised TypeError")
    log = project.node_folder("fit") / "log.txt"
    assert "line 2, in limit" in log.read_text()
