from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from netloom.compression.onnx_export import export_model
from netloom.core.errors import InvalidData
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.apply.geometry import Scaled
from netloom.data.apply.motion import Motion
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.scene_loaders import SceneBatch
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, BoxHead, ImageInput, QueryHead
from netloom.models.decoder_spec import PyramidDecoder
from netloom.models.heads.boxes import BoxOutputs
from netloom.models.heads.object_queries import QueryLessons, QueryOutputs
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet
from netloom.tasks.loss_choice import chosen_loss
from netloom.tasks.loss_settings import Usual
from netloom.tasks.object_detection.detections import Detections, Limits
from netloom.tasks.object_detection.loss_settings import FocalBoxes, SetPrediction
from netloom.tasks.object_detection.task import ObjectDetectionTask
from netloom.tasks.protocol import learning_inputs

TASK = ObjectDetectionTask()
OF_QUERIES = ObjectDetectionTask(QueryHead(outputs=2))
LABELS = ("cat", "dog")


def batch_of(*images: list[ObjectAnnotation]) -> SceneBatch:
    positions = {name: place for place, name in enumerate(LABELS)}
    column = ObjectColumn(objects_column(images, positions))
    count = len(images)
    return SceneBatch(
        images_NCHW=torch.zeros(count, 1, 16, 16, dtype=torch.uint8),
        labels_N=torch.full((count,), -1),
        indices_N=torch.arange(count),
        is_known_N=torch.ones(count, dtype=torch.bool),
        objects=tuple(column.at(place) for place in range(count)),
        masks_NHW=None,
        companions_NCHW=None,
        texts=None,
        motions=(Motion((16, 16)),) * count,
    )


def outputs_of(count: int, *, fill: float, dtype: torch.dtype = torch.float32) -> BoxOutputs:
    places = torch.tensor([[[x, y, 4.0] for y in (2, 6, 10, 14) for x in (2, 6, 10, 14)]])
    points = places[..., :2]
    return BoxOutputs(
        torch.full((count, 16, 2), fill, dtype=dtype),
        torch.cat([points - 4, points + 4], dim=2).repeat(count, 1, 1),
        torch.full((count, 16), fill, dtype=dtype),
        places.expand(count, -1, -1),
    )


CAT = ObjectAnnotation(box=Box(2, 2, 10, 12), label="cat")


@pytest.mark.parametrize("fill", [-60_000.0, -3.0, 0.0, 60_000.0])
@pytest.mark.parametrize("overlap", ["iou", "giou", "diou", "ciou"])
def test_losses_of_extreme_half_precision_outputs_are_finite(fill: float, overlap: Any) -> None:
    outputs = outputs_of(2, fill=fill, dtype=torch.float16)
    outputs.logits_NPK.requires_grad_()
    loss = TASK.loss(outputs, batch_of([CAT], []), loss=FocalBoxes(overlap=overlap))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.dtype == torch.float32
    assert math.isfinite(loss.item())
    assert outputs.logits_NPK.grad is not None
    assert bool(outputs.logits_NPK.grad.isfinite().all())


@pytest.mark.parametrize("fill", [-60_000.0, -3.0, 0.0, 60_000.0])
@pytest.mark.parametrize("images", [([CAT], []), ([], [])])
def test_losses_of_extreme_queries_are_finite(fill: float, images: Any) -> None:
    def filled(*shape: int) -> torch.Tensor:
        return torch.full(shape, fill, dtype=torch.float16, requires_grad=True)

    boxes = torch.rand(2, 3, 5, 4, dtype=torch.float16)
    lessons = QueryLessons(
        filled(2, 3, 5, 2),
        boxes,
        filled(2, 2, 5, 132),
        boxes[:, 1:],
        filled(2, 5, 2),
        boxes[:, 0],
        torch.tensor([4.0, 0.5]),
    )
    last = QueryOutputs(lessons.logits_NLQK[:, -1], boxes[:, 0] * 16)
    for outputs in (lessons, last):
        loss = OF_QUERIES.loss(outputs, batch_of(*images), loss=SetPrediction())
        (slope,) = torch.autograd.grad(loss, lessons.logits_NLQK)
        assert loss.dtype == torch.float32
        assert math.isfinite(loss.item())
        assert bool(slope.isfinite().all())


def test_an_object_of_a_class_counts_as_much_as_its_weight() -> None:
    outputs, batch = outputs_of(1, fill=-2.0), batch_of([CAT])
    places = 2 * 16
    alone = TASK.loss(outputs, batch, loss=FocalBoxes(class_weights=(1.0, 1.0)))
    assert alone.item() == pytest.approx(TASK.loss(outputs, batch, loss=FocalBoxes()).item())
    doubled = TASK.loss(outputs, batch, loss=FocalBoxes(class_weights=(2.0, 0.0)))
    # Places without object count half as much beside it: everything is divided by the weights.
    p = 1 / (1 + math.exp(2))
    nothing = 0.75 * p**2 * -math.log(1 - p)
    positive = int(assignment_of(outputs, batch).is_positive_NP.sum())
    background = nothing * (places - 2 * positive) / positive
    assert alone.item() - doubled.item() == pytest.approx(background / 2, rel=1e-4)


def assignment_of(outputs: BoxOutputs, batch: SceneBatch) -> Any:
    from netloom.tasks.object_detection.assignment import assigned, padded_targets

    assert batch.objects is not None
    return assigned(
        padded_targets(batch.objects, 2), outputs.places_NP3, batch.is_known_N, radius=1.5
    )


def test_queries_see_the_objects_to_find_while_they_learn() -> None:
    crowd = ObjectAnnotation(box=Box(0, 0, 8, 8), label="dog", is_crowd=True)
    batch = batch_of([crowd, CAT], [])
    pictures, boxes, classes = learning_inputs(OF_QUERIES, batch)
    assert pictures is batch.images_NCHW
    assert classes.tolist() == [[-1, 0], [-1, -1]]
    assert boxes[0, 1].tolist() == [6 / 16, 7 / 16, 8 / 16, 10 / 16]
    assert learning_inputs(TASK, batch) == (batch.images_NCHW,)


def test_a_loss_of_the_other_family_is_refused() -> None:
    for task, loss in ((TASK, SetPrediction()), (OF_QUERIES, FocalBoxes())):
        assert type(chosen_loss(Usual(), task)) is not type(loss)
        with pytest.raises(InvalidData) as caught:
            chosen_loss(loss, task)
        assert [problem.code for problem in caught.value.diagnostics] == ["X312"]


def test_a_batch_without_any_object_has_a_loss_to_learn_from() -> None:
    sure, unsure = outputs_of(2, fill=2.0), outputs_of(2, fill=-2.0)
    losses = [
        TASK.loss(each, batch_of([], []), loss=FocalBoxes()).item() for each in (sure, unsure)
    ]
    assert losses[0] > losses[1] > 0


def test_centreness_can_be_the_quality() -> None:
    outputs, batch = outputs_of(1, fill=0.0), batch_of([CAT])
    for quality in ("iou", "centreness"):
        assert TASK.loss(outputs, batch, loss=FocalBoxes(quality=quality)).item() > 0


def test_scores_of_arrays_are_those_of_tensors() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, quality = (torch.randn(2, 5, 3, generator=generator) * 9 for _ in range(2))
    boxes = torch.rand(2, 5, 4, generator=generator)
    tensors = (logits, boxes, quality[..., 0], None)
    arrays = tuple(None if each is None else each.numpy() for each in tensors)
    assert TASK.difference(TASK.scores(tensors), TASK.scores(arrays)) < 1e-6


def test_a_number_that_is_none_differs_from_all() -> None:
    scores = np.full((1, 2, 1), 0.5, np.float32)
    boxes = np.ones((1, 2, 4), np.float32)
    broken = Detections(np.full_like(scores, np.nan), boxes)
    assert TASK.difference(Detections(scores, boxes), broken) == 1.0


def test_predictions_lie_in_the_original_picture_the_surest_first() -> None:
    scores = np.array([[[0.5, 0.0], [0.0, 0.9], [0.04, 0.0]]], np.float32)
    boxes = np.array([[[1, 1, 3, 3], [4, 4, 9, 6], [0, 0, 1, 1]]], np.float32)
    halved = Motion((16, 16)).then(Scaled(8, 8))
    assert TASK.decode(Detections(scores, boxes), LABELS, [halved]) == [
        {
            "objects": [
                {"label": "dog", "score": pytest.approx(0.9), "box": [8.0, 8.0, 16.0, 12.0]},
                {"label": "cat", "score": 0.5, "box": [2.0, 2.0, 6.0, 6.0]},
            ]
        }
    ]


def test_predictions_without_objects_have_a_type_in_arrow() -> None:
    column = pa.array([[]], TASK.arrow_types()["objects"])
    assert column.type.value_type.field("box").type.value_type == pa.float64()


def test_at_most_a_hundred_objects_are_told() -> None:
    scores = np.full((1, 400, 1), 0.5, np.float32)
    starts = np.arange(400, dtype=np.float32)[:, None] * 10
    boxes = np.concatenate([starts, starts, starts + 5, starts + 5], axis=1)[None]
    assert len(Detections(scores, boxes)[0].scores_D) == 100


def test_limits_of_the_head_decide_what_is_told() -> None:
    logits = np.array([[[4.0, -9.0], [2.0, -9.0], [-1.0, -9.0], [1.0, -9.0]]], np.float32)
    boxes = np.array([[[0, 0, 8, 8], [0, 0, 8, 7], [9, 9, 12, 12], [13, 0, 16, 3]]], np.float32)
    sure = np.full((1, 4), 90.0, np.float32)

    def told(head: BoxHead | QueryHead) -> list[list[float]]:
        task = ObjectDetectionTask(head)
        outputs = (logits, boxes, sure) if isinstance(head, BoxHead) else (logits, boxes)
        (found,) = task.decode(task.scores(outputs), LABELS, [Motion((16, 16))])
        return [each["box"] for each in found["objects"]]

    first, inside, low, last = boxes[0].tolist()
    assert told(BoxHead(outputs=2)) == [first, last, low]
    assert told(BoxHead(outputs=2, overlap=0.9)) == [first, inside, last, low]
    assert told(BoxHead(outputs=2, score_threshold=0.6)) == [first, last]
    assert told(BoxHead(outputs=2, max_objects=1)) == [first]
    assert told(QueryHead(outputs=2)) == [first, inside, last, low]
    assert told(QueryHead(outputs=2, score_threshold=0.3, max_objects=2)) == [first, inside]


def test_queries_are_compared_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    scores, boxes = rng.random((2, 9, 3), np.float32), 16 * rng.random((2, 9, 4), np.float32)
    order = rng.permutation(9)
    first = Detections(scores, boxes, Limits(overlap=None))
    second = Detections(scores[:, order], boxes[:, order], Limits(overlap=None))
    assert OF_QUERIES.difference(first, second) == 0.0
    assert TASK.difference(first, second) > 0.1
    moved = boxes[:, order].copy()
    moved[1, 4] += 1.6
    apart = OF_QUERIES.difference(first, Detections(scores[:, order], moved))
    assert apart == pytest.approx(1.6 / boxes.max() * scores[1, order[4]].max(), rel=1e-4)


def test_drawing_shows_what_was_found_and_what_was_missed() -> None:
    image = np.full((16, 16, 3), 128, np.uint8)
    found = {"objects": [{"label": "cat", "score": 0.9, "box": [1.0, 1.0, 6.0, 6.0]}]}
    truth = {"objects": [{"label": "cat", "box": [9.0, 9.0, 15.0, 15.0], "crowd": False}]}
    plain, judged = (
        np.asarray(Image.open(io.BytesIO(TASK.draw(image, found, truth=each))))
        for each in (None, truth)
    )
    assert plain.shape == judged.shape == (512, 512, 3)
    green, red, blue = (47, 191, 113), (255, 77, 94), (77, 163, 255)

    def has(picture: Any, colour: tuple[int, ...]) -> bool:
        return bool((picture == colour).all(axis=2).any())

    assert (has(plain, green), has(plain, red), has(plain, blue)) == (True, False, False)
    assert (has(judged, green), has(judged, red), has(judged, blue)) == (False, True, True)


def test_an_exported_detector_finds_the_same_in_pictures_of_odd_sides(
    tmp_path: Path, capfd: Any
) -> None:
    height, width = 18, 25
    plan = Architecture(
        input=ImageInput(channels=1, height=height, width=width, mean=(0.5,), std=(0.25,)),
        backbone=ConvNet(widths=(4, 6, 8)),
        decoder=PyramidDecoder(width=8, finest=2, coarser=1),
        head=BoxHead(outputs=2, max_objects=6),
    )
    manifest = PackageManifest(task=TASK.name, labels=LABELS, architecture=plan)
    save_package(tmp_path / "model", manifest, build_network(plan, seed=0).state_dict())
    export = export_model(tmp_path / "model", tmp_path / "exported", timed=False)
    assert export.metrics["max_difference"] < 1e-5
    assert export.manifest.parity.batch_sizes == (1, 2, 5, 8)
    picture = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    found = [
        Predictor.open(tmp_path / name).predict(picture)[0]["objects"]
        for name in ("model", "exported")
    ]
    assert 0 < len(found[0]) == len(found[1]) <= 6
    assert found[0][0]["score"] == pytest.approx(found[1][0]["score"], abs=1e-5)
    assert found[0][0]["box"] == pytest.approx(found[1][0]["box"], abs=1e-3)
    assert capfd.readouterr() == ("", "")
