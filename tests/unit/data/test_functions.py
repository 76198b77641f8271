from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.core.python_sources import source_digest
from netloom.core.reporter import SilentReporter
from netloom.data.datasets import open_samples
from netloom.data.functions import Functions, _imported, functions_of_project
from netloom.data.loaders import Loader
from netloom.data.prepared import write_prepared
from netloom.data.transforms.function import Function
from netloom.data.transforms.sizing import Resize
from netloom.data.view import Dataset

MakeArray = Callable[..., Dataset[Any]]
SOURCE = """
import numpy as np
import light_levels
import counted

counted.times.append(1)

def darken(image, *, by=2):
    return image // by

def noisy(image, *, rng):
    return image + rng.integers(9, size=image.shape, dtype=np.uint8)

def failing(image):
    return light_levels.halved(image)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("light_levels", "counted"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "looks.py").write_text(SOURCE)
    (folder / "counted.py").write_text("times = []")
    (folder / "light_levels.py").write_text("def halved(image):\n    return image + {}\n")
    return folder


@pytest.fixture
def resolve(tmp_path: Path, project: Path) -> Callable[[str], Path]:
    def resolved(location: str) -> Path:
        scheme, _, rest = location.partition(":")
        return (tmp_path if scheme == "work" else project) / rest

    return resolved


def described(project: Path, name: str, **settings: Any) -> Function:
    digest = source_digest(project / "looks.py", root=project)
    return Function(function=f"looks.py:{name}", digest=digest, **settings)


def refused(call: Callable[[], object]) -> Any:
    with pytest.raises(InvalidData) as caught:
        call()
    (problem,) = caught.value.diagnostics
    return problem


def test_a_file_is_imported_once_with_what_it_imports(project: Path) -> None:
    functions = Functions(project=project)
    darken = functions.find(described(project, "darken"))
    assert functions.find(described(project, "darken", settings={"by": 3})) is darken
    functions.find(described(project, "noisy"))
    import counted  # type: ignore[import-not-found]

    assert counted.times == [1]
    assert np.array_equal(darken(np.full((1, 1, 1), 9, np.uint8)), np.full((1, 1, 1), 4))


def test_describing_and_opening_import_nothing(
    project: Path, make_array: MakeArray, resolve: Any
) -> None:
    (project / "looks.py").write_text("raise SystemExit('imported')\ndef darken(image): ...")
    view = make_array(parts=["train"] * 10).with_transform(described(project, "darken"))
    samples = open_samples(Dataset.from_json(view.to_json()), resolve, part="train")
    assert samples.functions == Functions(project=project)
    assert samples.read(3).max() == 3
    assert functions_of_project((Resize(size=3),), resolve) == Functions()


@pytest.mark.parametrize("changed", ["looks.py", "light_levels.py"])
def test_a_file_that_changed_is_not_imported(project: Path, changed: str) -> None:
    transform = described(project, "darken")
    (project / changed).write_text("raise RuntimeError")
    problem = refused(lambda: Functions(project=project).find(transform))
    assert (problem.code, problem.place.file) == ("I366", "looks.py")


def test_a_comment_may_change(project: Path) -> None:
    transform = described(project, "darken")
    (project / "looks.py").write_text(SOURCE + "\n# done\n")
    assert Functions(project=project).find(transform).__name__ == "darken"


def test_missing_files_and_functions_are_said(project: Path) -> None:
    functions = Functions(project=project)
    assert refused(lambda: functions.find(described(project, "gone"))).code == "I364"
    (transform, _) = described(project, "darken"), (project / "looks.py").unlink()
    assert refused(lambda: functions.find(transform)).code == "I364"


def test_without_a_project_functions_have_to_be_given(project: Path) -> None:
    transform = described(project, "darken")
    problem = refused(lambda: Functions().find(transform))
    assert problem.code == "I369"
    assert 'functions={"looks.py:darken": …}' in problem.fix
    assert Functions(given={"looks.py:darken": abs}).find(transform) is abs


def test_a_file_that_cannot_be_imported_is_explained_with_its_line(project: Path) -> None:
    (project / "looks.py").write_text("x = 1\ny = x / 0\ndef darken(image): ...")
    problem = refused(lambda: Functions(project=project).find(described(project, "darken")))
    assert (problem.code, problem.place.file, problem.place.line) == ("I368", "looks.py", 2)
    assert "ZeroDivisionError" in problem.message
    digest = described(project, "darken").digest
    assert not [name for name in sys.modules if digest[:8] in name]


@pytest.mark.parametrize("num_workers", [0, 1])
def test_exceptions_are_explained_with_the_users_own_line(
    project: Path, make_array: MakeArray, resolve: Any, num_workers: int
) -> None:
    view = make_array(parts=["train"] * 10).with_transform(described(project, "failing"))
    samples = open_samples(view, resolve, part="train")
    loader = Loader(samples, batch_size=4, shuffle=False, seed=0, num_workers=num_workers)
    problem = refused(lambda: list(loader.epoch(0)))
    loader.close()
    assert (problem.code, problem.place.file, problem.place.line) == ("I368", "light_levels.py", 2)
    assert problem.message.startswith("failing of looks.py raised TypeError: unsupported operand")


def test_loaders_in_fresh_processes_import_the_function_anew(
    project: Path, make_array: MakeArray, resolve: Any
) -> None:
    chain = [described(project, "darken"), described(project, "noisy", augmentation=True)]
    view = make_array(parts=["train"] * 10, transforms=tuple(chain))
    samples = open_samples(view, resolve, part="train")
    loader = Loader(samples, batch_size=10, shuffle=False, seed=0)
    source = loader._feed.source
    (request,) = loader._epochs.requests(0)
    expected = source.batch(request).images_NCHW
    _imported.cache_clear()
    again = pickle.loads(pickle.dumps(source))
    import counted

    assert counted.times == [1, 1]
    assert np.array_equal(again.batch(request).images_NCHW, expected)
    assert len(np.unique(expected)) > 5

    (project / "looks.py").write_text(SOURCE.replace("// by", "// 1"))
    assert refused(lambda: pickle.loads(pickle.dumps(source))).code == "I366"


def test_only_the_training_part_needs_augmenting_functions(
    project: Path, make_array: MakeArray, resolve: Any
) -> None:
    transform = Function(function="looks.py:noisy", digest="other", augmentation=True)
    view = make_array(parts=["train", "test"] * 5).with_transform(transform)
    assert open_samples(view, resolve, part="test").stages() == (None, None)
    assert open_samples(view, resolve, part="train", augment=False).stages() == (None, None)
    assert refused(open_samples(view, resolve, part="train").stages).code == "I366"


def test_images_are_prepared_by_functions_that_do_not_augment(
    project: Path, make_array: MakeArray, resolve: Any, tmp_path: Path
) -> None:
    chain = (described(project, "darken"), described(project, "noisy", augmentation=True))
    view = make_array(transforms=chain)
    expected = [samples_image(view, resolve, place) for place in range(10)]
    prepared = write_prepared(
        view, tmp_path, resolve=resolve, reporter=SilentReporter(tmp_path), threads=3
    )
    assert (prepared.applied, prepared.transforms) == (chain[:1], chain[1:])
    assert [samples_image(prepared, resolve, place) for place in range(10)] == expected


def samples_image(view: Dataset[Any], resolve: Any, place: int) -> list[Any]:
    samples = open_samples(view, resolve)
    prepare, _ = samples.stages()
    image = samples.read(place)
    return (prepare(image, None) if prepare else image).tolist()  # type: ignore[no-any-return]
