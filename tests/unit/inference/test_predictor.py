from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.datasets import Samples
from netloom.data.index import read_index, write_index
from netloom.data.prepared import write_prepared
from netloom.data.transforms.blending import MixUp
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import Resize
from netloom.data.transforms.spatial import Rotate
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictor import Predictor
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
MakeShapes = Callable[..., Any]
TRANSFORMS = (Resize(size=16), Normalize(), Rotate(degrees=10))


@pytest.fixture
def trained(make_training: MakeTraining, make_shapes: MakeShapes) -> Training:
    training = make_training(view=make_shapes(transforms=TRANSFORMS), epochs=24)
    train_model(training)
    return training


@pytest.fixture
def predictor(trained: Training) -> Predictor:
    return Predictor.open(trained.package)


def pictures(count: int = 7, side: int = 12) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 1), dtype=np.uint8)


def flat(predictions: list[dict[str, Any]]) -> np.ndarray:
    return np.array([list(prediction["scores"].values()) for prediction in predictions])


def test_one_picture_alone_predicts_as_in_a_batch(trained: Training) -> None:
    images = pictures()
    one_by_one = Predictor.open(trained.package, batch_size=1).predict(images)
    together = Predictor.open(trained.package, batch_size=64).predict(images)
    np.testing.assert_allclose(flat(one_by_one), flat(together), atol=1e-6, rtol=0)


def test_every_form_of_a_picture_predicts_the_same(predictor: Predictor, tmp_path: Path) -> None:
    pixels = pictures(1)[0]
    content = cv2.imencode(".png", pixels)[1].tobytes()
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    colour = np.repeat(pixels, 3, axis=2)
    encoded = [content, bytearray(content), memoryview(content)]
    forms = [path, str(path), *encoded, pixels, pixels[:, :, 0], Image.fromarray(colour), colour]
    expected = predictor.predict(pixels)
    assert len(expected) == 1
    json.dumps(expected)
    for form in forms:
        assert predictor.predict(form) == expected
    together = predictor.predict(forms)
    np.testing.assert_allclose(flat(together), flat(expected * len(forms)), atol=1e-6, rtol=0)
    assert predictor.predict([]) == []


def test_a_data_set_without_transforms_is_prepared_as_in_training(
    trained: Training, predictor: Predictor
) -> None:
    prepared = predictor.samples(trained.dataset, trained.resolve, part="test")
    raw = predictor.samples(replace(trained.dataset, transforms=()), trained.resolve, part="test")
    assert predictor.predict_samples(prepared) == predictor.predict_samples(raw)
    by_hand = predictor.predict([raw.read(position) for position in range(len(raw))])
    np.testing.assert_allclose(flat(by_hand), flat(predictor.predict_samples(raw)), atol=1e-6)


def test_augmentation_never_reaches_a_prediction(trained: Training, predictor: Predictor) -> None:
    calm = replace(trained.dataset, transforms=TRANSFORMS[:2])
    wild = replace(trained.dataset, transforms=(*TRANSFORMS[:2], Rotate(degrees=180)))
    scores = [
        scores_of(predictor, predictor.samples(view, trained.resolve, part="train"))
        for view in (calm, wild)
    ]
    assert np.array_equal(scores[0], scores[1])


def test_evaluation_uses_the_very_same_predictions(trained: Training, predictor: Predictor) -> None:
    evaluation = evaluate_model(predictor, trained.dataset, trained.resolve, bootstrap=50)
    samples = predictor.samples(trained.dataset, trained.resolve, part="test")
    predicted = [p["label"] for p in predictor.predict_samples(samples)]
    truths = [samples.label_names[label] for label in samples.labels_N]
    right = np.mean([a == b for a, b in zip(predicted, truths, strict=True)])
    assert evaluation.metrics["accuracy"] == pytest.approx(right)
    low, high = evaluation.metrics["intervals"]["accuracy"]
    assert low <= right <= high
    assert evaluation.metrics["samples"] == 24
    assert right > 0.8


def test_another_order_of_labels_makes_no_difference(
    trained: Training, predictor: Predictor, make_shapes: MakeShapes
) -> None:
    order = [2, 0, 1]
    names = ("upright", "lying", "slanted")
    labels = [order.index(index % 3) for index in range(102)]
    view = make_shapes(folder="reordered", transforms=TRANSFORMS)
    plain = evaluate_model(predictor, view, trained.resolve, bootstrap=0)
    # The same pictures, their classes numbered another way.
    index = Path(view.index.removeprefix("path:"))
    table = read_index(index)
    position = table.schema.get_field_index("label")
    write_index(index, table.set_column(position, "label", pa.array(labels, pa.int32())))
    renamed = replace(view, labels=tuple(names[number] for number in order))
    assert evaluate_model(predictor, renamed, trained.resolve, bootstrap=0).metrics == plain.metrics


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (np.zeros((4, 4), np.float32), "I309"),
        (np.zeros((2, 4, 4, 5), np.uint8), "I309"),
        (np.zeros((0, 4), np.uint8), "I309"),
        (b"no picture", "I010"),
        (b"", "I010"),
        ("nowhere.png", "I010"),
    ],
)
def test_what_is_no_picture_is_refused(predictor: Predictor, source: Any, code: str) -> None:
    with pytest.raises(InvalidData) as caught:
        predictor.predict(source)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_pictures_of_another_size_are_refused_unless_the_model_resizes(
    make_training: MakeTraining, predictor: Predictor
) -> None:
    assert len(predictor.predict(pictures(1, side=30))) == 1
    rigid = make_training("rigid", epochs=1)
    train_model(rigid)
    with pytest.raises(InvalidData, match="30×30") as caught:
        Predictor.open(rigid.package).predict(pictures(1, side=30))
    assert caught.value.diagnostics[0].code == "I308"


def test_data_that_the_model_cannot_take_is_refused(
    trained: Training, predictor: Predictor
) -> None:
    for change, code in (
        ({"task": "object_detection"}, "I307"),
        ({"transforms": (Resize(size=9),)}, "I308"),
        ({"channels": 3}, "I308"),
        ({"labels": ("upright", "lying", "round")}, "I305"),
    ):
        view = replace(trained.dataset, **change)
        with pytest.raises(InvalidData) as caught:
            evaluate_model(predictor, view, trained.resolve)
        assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_an_empty_part_cannot_be_evaluated(
    make_shapes: MakeShapes, trained: Training, predictor: Predictor
) -> None:
    view = make_shapes({"train": 6}, folder="few", transforms=TRANSFORMS)
    with pytest.raises(InvalidData, match="test part of the data is empty"):
        evaluate_model(predictor, view, trained.resolve)
    samples = predictor.samples(view, trained.resolve, part="test")
    assert predictor.predict_samples(samples) == []


@pytest.fixture
def prepare(trained: Training, tmp_path: Path) -> Callable[[Any], Any]:
    """Caches the pixels of a view, as ``image.cache`` does."""

    def prepared(view: Any) -> Any:
        folder = tmp_path / "prepared"
        cached = write_prepared(
            view, folder, resolve=trained.resolve, reporter=SilentReporter(folder)
        )
        places = {name: f"path:{folder}/{getattr(cached, name)[5:]}" for name in ("index", "media")}
        return replace(cached, **places)

    return prepared


def test_training_on_prepared_pixels_gives_the_same_model(
    trained: Training, make_training: MakeTraining, prepare: Callable[[Any], Any]
) -> None:
    view = prepare(trained.dataset)
    assert (view.applied, view.transforms) == (TRANSFORMS[:1], TRANSFORMS[1:])
    again = make_training("again", view=view, epochs=24)
    train_model(again)
    for name in ("model.json", "weights.safetensors"):
        assert (again.package / name).read_bytes() == (trained.package / name).read_bytes()


def scores_of(predictor: Predictor, samples: Samples) -> Any:
    return np.concatenate([each.scores for each in predictor.scored(samples)])


def test_prepared_pixels_go_through_what_is_left_of_the_preprocessing(
    trained: Training, predictor: Predictor, prepare: Callable[[Any], Any]
) -> None:
    expected = scores_of(
        predictor, predictor.samples(trained.dataset, trained.resolve, part="test")
    )
    view = prepare(trained.dataset)
    for transforms in (view.transforms, (), (Normalize(), MixUp())):
        left = replace(view, transforms=transforms)
        samples = predictor.samples(left, trained.resolve, part="test")
        assert np.array_equal(scores_of(predictor, samples), expected)


def test_pixels_prepared_in_another_way_are_refused(
    trained: Training, predictor: Predictor, prepare: Callable[[Any], Any]
) -> None:
    other = replace(prepare(replace(trained.dataset, transforms=(Resize(size=9),))), transforms=())
    with pytest.raises(InvalidData) as caught:
        predictor.samples(other, trained.resolve, part="test")
    assert caught.value.diagnostics[0].code == "I308"
