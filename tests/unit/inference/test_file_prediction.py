from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.inference.file_prediction import predict_files
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    image = ImageInput(channels=1, height=8, width=8, mean=(0.5,), std=(0.25,))
    plan = Architecture(input=image, backbone=ConvNet(widths=(4,)), head=LinearHead(outputs=2))
    manifest = PackageManifest(
        task="image_classification", labels=("cat", "dog"), architecture=plan
    )
    network = build_network(plan, seed=0)
    save_package(tmp_path / "model", manifest, network.state_dict())
    return Predictor.open(tmp_path / "model", batch_size=20)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    found = [tmp_path / f"{index}.png" for index in range(50)]
    for path in found:
        cv2.imwrite(str(path), rng.integers(0, 256, (8, 8), dtype=np.uint8))
    return found


def test_files_are_predicted_in_order_as_one_by_one(
    predictor: Predictor, files: list[Path]
) -> None:
    batches = list(predict_files(predictor, files, threads=3))
    assert [len(batch.found) for batch in batches] == [20, 20, 10]
    found = [each for batch in batches for each in batch.found]
    assert [path for path, _ in found] == files
    for (_, prediction), alone in zip(found, predictor.predict(files), strict=True):
        assert prediction["scores"] == pytest.approx(alone["scores"], abs=1e-6)


def test_unreadable_files_are_left_out_and_reported(
    predictor: Predictor, files: list[Path]
) -> None:
    files[3].write_bytes(b"no picture")
    files[45].unlink()
    cv2.imwrite(str(files[7]), np.zeros((9, 8), np.uint8))
    batches = list(predict_files(predictor, files, on_bad="skip", threads=2))
    bad = {each.path: each.problem for batch in batches for each in batch.bad}
    assert {path: problem.code for path, problem in bad.items()} == {
        files[3]: "I010",
        files[7]: "I308",
        files[45]: "I010",
    }
    found = [path for batch in batches for path, _ in batch.found]
    assert found == [path for path in files if path not in bad]


def test_unreadable_files_of_a_batch_are_refused_together(
    predictor: Predictor, files: list[Path]
) -> None:
    files[21].write_bytes(b"")
    files[39].write_bytes(b"no picture")
    predicted = predict_files(predictor, files, threads=2)
    assert len(next(predicted).found) == 20
    with pytest.raises(InvalidData) as caught:
        next(predicted)
    assert len(caught.value.diagnostics) == 2


def test_a_batch_without_any_readable_file_predicts_nothing(
    predictor: Predictor, tmp_path: Path
) -> None:
    (batch,) = predict_files(predictor, [tmp_path / "nowhere.png"], on_bad="skip", threads=1)
    assert batch.found == ()
    assert len(batch.bad) == 1
    assert list(predict_files(predictor, [], threads=1)) == []


def test_files_are_read_only_a_few_batches_ahead(predictor: Predictor, files: list[Path]) -> None:
    asked: list[Any] = []

    def endless() -> Iterator[Path]:
        while True:
            asked.append(None)
            yield files[0]

    predicted = predict_files(predictor, endless(), threads=1)
    next(predicted)
    assert len(asked) == 60
    predicted.close()  # type: ignore[attr-defined]
