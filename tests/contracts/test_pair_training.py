"""Image enhancement and text recognition from data to predictions, with networks of a second's training."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pair_examples as pair
import pytest
import torch

from netloom.compression.onnx_export import export_model
from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.index import read_index, with_parts, write_index
from netloom.data.transforms.sizing import RandomCrop
from netloom.data.view import Dataset
from netloom.inference.comparison import compare_models
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictions import write_predictions
from netloom.inference.predictor import Predictor
from netloom.models.decoder_spec import Decoder, NAFDecoder, RecurrentDecoder, UNetDecoder
from netloom.models.restoration_spec import Swin2SR, swin2sr_preset
from netloom.models.spec import Body, ConvNet, Model, NAFNet
from netloom.tasks.loss_settings import Usual
from netloom.training.recipe import AdamW, Recipe
from netloom.training.train import train_model
from netloom.training.training import Training


def view_of(folder: Path, task: str, **changes: Any) -> Dataset[Any]:
    """Two thirds to learn from, the rest for validation and, once more, to measure on."""
    index = read_index(folder / "index.parquet")
    parts = ["valid" if row % 6 == 5 else "test" if row % 6 == 4 else "train" for row in range(12)]
    write_index(folder / "index.parquet", with_parts(index, parts))
    view: Dataset[Any] = Dataset(task, "work:index.parquet", "work:", "folder", (), channels=1)
    return replace(view, **changes)


def trained(
    folder: Path, view: Dataset[Any], backbone: Body, decoder: Decoder | None, **settings: Any
) -> Predictor:
    torch.set_num_threads(1)
    package = folder / "model"
    recipe = {"optimizer": AdamW(learning_rate=0.01), "batch_size": 8, "keep": "last", **settings}
    train_model(
        Training(
            model=Model(task=view.task, backbone=backbone, decoder=decoder),
            dataset=view,
            resolve=lambda place: folder / place.removeprefix("work:"),
            recipe=Recipe.model_validate(recipe),
            loss=Usual(),
            reporter=SilentReporter(folder / "checkpoints"),
            package=package,
        )
    )
    return Predictor.open(package)


class Made(NamedTuple):
    predictor: Predictor
    view: Dataset[Any]
    folder: Path


@pytest.fixture(scope="module")
def enhancer(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("pairs")
    pair.pairs(folder)
    view = view_of(folder, "image_enhancement", transforms=(RandomCrop(size=8),))
    decoder = UNetDecoder(width=6)
    backbone = ConvNet(widths=(6, 8), dropout=0.0)
    return Made(trained(folder, view, backbone, decoder, epochs=30), view, folder)


def test_pictures_become_better_than_they_were(enhancer: Made) -> None:
    predictor, view, folder = enhancer

    def resolve(place: str) -> Path:
        return folder / place.removeprefix("work:")

    metrics = evaluate_model(predictor, view, resolve, bootstrap=20).metrics
    assert metrics["gain_db"] > 3
    assert metrics["samples"] == 2
    again = compare_models(predictor, predictor, view, resolve, bootstrap=20)
    assert again.metrics["verdict"] == "unclear"


def test_pictures_of_any_size_keep_it(enhancer: Made) -> None:
    predictor, _, folder = enhancer
    assert predictor.manifest.architecture.input.width == 8
    picture = cv2.imread(str(folder / "input" / "0.png"), cv2.IMREAD_GRAYSCALE)
    for found, expected in zip(
        predictor.predict([picture, picture[:5, :7], np.tile(picture, (3, 2))]),
        [(16, 12), (7, 5), (32, 36)],
        strict=True,
    ):
        assert (found["width"], found["height"]) == expected
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(found["image"]), np.uint8), -1)
        assert pixels.shape == expected[::-1]


def test_samples_and_files_are_enhanced_alike(enhancer: Made, tmp_path: Path) -> None:
    predictor, view, folder = enhancer
    samples = predictor.samples(view, lambda place: folder / place.removeprefix("work:"))
    found = predictor.predict_samples(samples)
    files = [folder / str(path) for path in samples.paths]
    assert found == predictor.predict(files)
    write_predictions(tmp_path / "all.parquet", predictor, samples)


def test_an_exported_model_enhances_alike(enhancer: Made, tmp_path: Path) -> None:
    predictor, _, folder = enhancer
    export = export_model(folder / "model", tmp_path / "exported")
    assert export.metrics["max_difference"] < 1e-5
    picture = cv2.imread(str(folder / "input" / "0.png"), cv2.IMREAD_GRAYSCALE)
    (first,) = predictor.predict(picture)
    (second,) = Predictor.open(tmp_path / "exported").predict(picture)
    pixels = [
        cv2.imdecode(np.frombuffer(base64.b64decode(each["image"]), np.uint8), -1).astype(int)
        for each in (first, second)
    ]
    assert np.abs(pixels[0] - pixels[1]).max() <= 1


WINDOWS = swin2sr_preset("micro") | {"embed_dim": 8, "depths": [1], "num_heads": [2]}
FAMILIES: list[tuple[Body, Decoder | None]] = [
    (NAFNet(width=4, blocks=(1, 1)), NAFDecoder()),
    (Swin2SR(architecture=WINDOWS), None),
]


@pytest.mark.parametrize(("backbone", "decoder"), FAMILIES, ids=lambda part: part and part.type)
def test_other_families_learn_and_are_exported(
    backbone: Body, decoder: Decoder | None, tmp_path: Path
) -> None:
    pair.pairs(tmp_path)
    view = view_of(tmp_path, "image_enhancement")
    predictor = trained(tmp_path, view, backbone, decoder, epochs=30)
    metrics = evaluate_model(
        predictor, view, lambda place: tmp_path / place.removeprefix("work:"), bootstrap=0
    ).metrics
    assert metrics["gain_db"] > 3
    assert export_model(tmp_path / "model", tmp_path / "x").metrics["max_difference"] < 1e-5


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("lines")
    pair.lines(folder)
    view = view_of(folder, "text_recognition")
    decoder = RecurrentDecoder(width=12, step=2, rows=2)
    backbone = ConvNet(widths=(8, 12), dropout=0.0)
    predictor = trained(folder, view, backbone, decoder, epochs=120, batch_size=4)
    return Made(predictor, view, folder)


def test_lines_are_read(reader: Made, tmp_path: Path) -> None:
    predictor, view, folder = reader
    assert predictor.labels == (" ", "a", "b")

    def resolve(place: str) -> Path:
        return folder / place.removeprefix("work:")

    metrics = evaluate_model(predictor, view, resolve, part="train", bootstrap=20).metrics
    assert metrics["cer"] < 0.1
    samples = predictor.samples(view, resolve, part="train")
    texts = [samples.text(position) for position in range(len(samples))]
    found = predictor.predict_samples(samples)
    right = [each["text"] == text for each, text in zip(found, texts, strict=True)]
    assert np.mean(right) == metrics["exact_match"]
    assert all(
        "".join(c["character"] for c in each["characters"]) == each["text"] for each in found
    )
    write_predictions(tmp_path / "read.parquet", predictor, samples)


def test_an_exported_reader_reads_alike(reader: Made, tmp_path: Path) -> None:
    predictor, _, folder = reader
    export = export_model(folder / "model", tmp_path / "exported")
    assert export.metrics["max_difference"] < 1e-5
    files = [folder / f"{row}.png" for row in range(12)]
    exported = Predictor.open(tmp_path / "exported")
    assert [each["text"] for each in exported.predict(files)] == [
        each["text"] for each in predictor.predict(files)
    ]


def test_texts_that_do_not_fit_stop_the_training(tmp_path: Path) -> None:
    pair.lines(tmp_path)
    view = view_of(tmp_path, "text_recognition")
    with pytest.raises(InvalidData) as caught:
        trained(
            tmp_path,
            view,
            ConvNet(widths=(4, 4, 4, 4, 4), dropout=0.0),
            RecurrentDecoder(width=4, step=16, rows=1),
            epochs=1,
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["I477"]
