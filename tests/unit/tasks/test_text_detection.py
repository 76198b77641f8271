from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_examples
from numpy.typing import NDArray
from PIL import Image

from netloom.data.annotations import Box, ObjectAnnotation, Ring, box_around
from netloom.data.apply.geometry import Framed, Scaled
from netloom.data.apply.motion import Motion
from netloom.data.datasets import Samples
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.transforms.sizing import Resize
from netloom.reports.page import render_report
from netloom.tasks.protocol import Contender, Evaluation, Scored
from netloom.tasks.text_detection.polygons import overlap, signed_area
from netloom.tasks.text_detection.targets import text_targets
from netloom.tasks.text_detection.task import TextDetectionTask

TASK = TextDetectionTask()


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    return text_examples.pages(tmp_path)


def perfect(samples: Samples, *, without: tuple[int, ...] = ()) -> list[Scored]:
    """Maps whose kernels are exactly those of the texts, but for some pages, where nothing is found."""
    scored = []
    for batch in TASK.batches(samples, batch_size=5).epoch(0):
        assert batch.objects is not None
        height, width = batch.images_NCHW.shape[2:]
        known = np.ones(len(batch.objects), np.bool_)
        maps = text_targets(batch.objects, known, height=height, width=width).is_kernel * 0.9
        for place, position in enumerate(batch.indices_N.tolist()):
            if position in without:
                maps[place] = 0.0
        scored.append(Scored(maps.astype(np.float32), batch))
    return scored


def evaluated(samples: Samples, scored: list[Scored], bootstrap: int = 50) -> Evaluation:
    return TASK.evaluate(iter(scored), samples, (), bootstrap=bootstrap, seed=0)


def compared(samples: Samples, first: list[Scored], second: list[Scored]) -> Evaluation:
    one, two = Contender(iter(first), ()), Contender(iter(second), ())
    return TASK.compare(one, two, samples, bootstrap=200, seed=0)


def test_perfect_maps_find_everything_that_can_be_read(samples: Samples) -> None:
    found = evaluated(samples, perfect(samples))
    names = ("h_mean", "precision", "recall", "texts", "found", "right", "samples")
    assert [found.metrics[name] for name in names] == [1.0, 1.0, 1.0, 12, 12, 12, 14]
    assert found.metrics["intervals"]["h_mean"] == [1.0, 1.0]
    assert found.metrics["mean_overlap"] > 0.85
    assert json.loads(json.dumps(found.metrics, allow_nan=False)) == found.metrics
    assert any("nobody could read" in remark for remark in found.remarks)


def test_what_is_missed_lowers_the_recall_alone(samples: Samples) -> None:
    found = evaluated(samples, perfect(samples, without=(0, 1, 2)))
    assert found.metrics["precision"] == 1.0
    assert found.metrics["recall"] == pytest.approx(9 / 12)
    assert found.metrics["h_mean"] == pytest.approx(18 / 21)
    low, high = found.metrics["intervals"]["recall"]
    assert low < 9 / 12 < high
    assert found.summary.startswith("Of 12 texts in 14 pictures, 9 were found, and 0 where")


def test_metrics_are_none_where_nothing_was_found(samples: Samples) -> None:
    found = evaluated(samples, perfect(samples, without=tuple(range(14))), bootstrap=0)
    assert (found.metrics["recall"], found.metrics["precision"]) == (0.0, None)
    assert found.metrics["intervals"]["recall"] is None


def test_counts_by_least_score_are_those_of_surer_texts(samples: Samples) -> None:
    found = evaluated(samples, perfect(samples), bootstrap=0)
    by_score = found.metrics["by_least_score"]
    assert by_score["0.85"] == {"right": 12, "found": 12, "true": 12}
    assert by_score["0.95"] == {"right": 0, "found": 0, "true": 12}


def test_the_report_shows_errors_first(samples: Samples) -> None:
    found = evaluated(samples, perfect(samples, without=(4,)))
    page = render_report(found, title="Texts")
    assert page.index("Pictures with most errors") < page.index("Pictures without an error")
    assert "page-4" in page
    galleries = [section for section in found.sections if "ictures with" in section.title]
    assert [len(section.pictures) for section in galleries] == [1, 8]  # type: ignore[union-attr]


def test_metrics_are_measured_in_the_stored_pictures(samples: Samples) -> None:
    halved = replace(samples, transforms=(Resize(size=(48, 64)),))
    assert evaluated(halved, perfect(halved)).metrics["h_mean"] == 1.0


def test_a_model_that_misses_less_is_better(samples: Samples) -> None:
    found = compared(
        samples, perfect(samples, without=tuple(range(8))), perfect(samples, without=(0,))
    )
    assert found.metrics["verdict"] == "b"
    assert found.metrics["difference"]["recall"] == pytest.approx(
        found.metrics["b"]["recall"] - found.metrics["a"]["recall"]
    )
    assert found.metrics["a"]["recall"] == pytest.approx(6 / 12)


def test_equal_models_are_undecided(samples: Samples) -> None:
    found = compared(samples, perfect(samples), perfect(samples))
    assert (found.metrics["verdict"], found.metrics["difference"]["h_mean"]) == ("undecided", 0.0)


def bar(height: int, width: int) -> NDArray[np.float32]:
    scores = np.zeros((1, height, width), np.float32)
    scores[0, 9:12, 6:24] = 0.8
    return scores


def test_predictions_go_back_to_the_picture() -> None:
    motion = Motion((40, 60)).then(Scaled(20, 30))
    (small,) = TASK.decode(bar(20, 30), (), [Motion((20, 30))])
    (large,) = TASK.decode(bar(20, 30), (), [motion])
    np.testing.assert_allclose(
        large["objects"][0]["polygon"],
        2 * np.array(small["objects"][0]["polygon"]).clip((0, 0), (30, 20)),
        rtol=1e-5,
    )
    assert large["objects"][0]["score"] == pytest.approx(0.8)
    assert large["objects"][0]["label"] == "text"


def test_polygons_go_clockwise_and_end_at_the_frame() -> None:
    cropped = Motion((16, 30)).then(Framed(0, 0, 30, 16)).then(Scaled(20, 30))
    scores = np.zeros((1, 20, 30), np.float32)
    scores[0, 0:4, 0:30] = 0.9
    (found,) = TASK.decode(scores, (), [cropped])
    polygon = np.array(found["objects"][0]["polygon"])
    assert signed_area(polygon) > 0
    assert polygon.min() >= 0
    assert (polygon <= [30, 16]).all()
    left, top, right, bottom = found["objects"][0]["box"]
    assert (left, top) == (polygon[:, 0].min(), polygon[:, 1].min())
    assert (right, bottom) == (polygon[:, 0].max(), polygon[:, 1].max())


def test_what_is_known_has_the_form_of_a_prediction(samples: Samples) -> None:
    known = TASK.truth(samples, text_examples._ILLEGIBLE)
    assert known is not None
    (text,) = known["objects"]
    assert (text["label"], text["crowd"], text["text"]) == ("text", True, None)
    assert TASK.truth(samples, text_examples._EMPTY) == {"objects": []}
    assert TASK.truth(text_examples.unannotated(samples), 2) is None


@pytest.mark.parametrize("channels", [1, 3])
def test_right_false_and_missed_texts_are_drawn_in_their_colours(channels: int) -> None:
    def text(left: float) -> dict[str, Any]:
        polygon = [[left, 4.0], [left + 20, 4.0], [left + 20, 12.0], [left, 12.0]]
        return {"label": "text", "score": 0.9, "polygon": polygon}

    image = np.zeros((16, 100, channels), np.uint8)
    content = TASK.draw(
        image, {"objects": [text(2), text(30)]}, truth={"objects": [text(3), text(60)]}
    )
    colours = {colour for _, colour in Image.open(io.BytesIO(content)).getcolors(1 << 20) or []}
    assert {(47, 191, 113), (255, 77, 94), (77, 163, 255)} <= colours
    plain = TASK.draw(image, {"objects": []})
    assert Image.open(io.BytesIO(plain)).width >= 500


def test_outputs_of_another_runtime_give_the_same_scores() -> None:
    import torch

    logits = np.random.default_rng(0).normal(0, 5, (2, 2, 6, 7)).astype(np.float32)
    plain, tensor = TASK.scores(logits), TASK.scores(torch.from_numpy(logits))
    np.testing.assert_allclose(plain, tensor, atol=1e-6)
    assert TASK.difference(plain, tensor) < 1e-6
    assert TASK.difference(plain, np.full_like(plain, np.nan)) == 1.0


def test_data_without_annotations_is_refused(samples: Samples) -> None:
    (problem,) = TASK.problems(replace(samples, annotations=None), (), part="test")
    assert problem.code == "I302"
    assert "data.text_detection" in (problem.fix or "")


def test_small_text_is_measured_after_the_transforms(samples: Samples) -> None:
    def codes(size: tuple[int, int]) -> list[str | None]:
        resized = replace(samples, transforms=(Resize(size=size),))
        return [problem.code for problem in TASK.problems(resized, (), part="train")]

    assert codes((24, 32)) == []
    assert codes((4, 6)) == ["X315"]


def test_a_text_of_four_corners_overlaps_its_own_annotation(samples: Samples) -> None:
    ring: Ring = ((4, 3), (28, 5), (28, 18), (4, 16))
    there = ObjectColumn(
        objects_column([[ObjectAnnotation(box=box_around((ring,)), outlines=(ring,))]], {})
    ).at(0)
    kernel = text_targets([there], np.array([True]), height=24, width=32).is_kernel
    (found,) = TASK.decode(kernel.astype(np.float32), (), [Motion((24, 32))])
    assert overlap(np.array(found["objects"][0]["polygon"]), np.array(ring)) > 0.8
    assert Box(*found["objects"][0]["box"]).width == pytest.approx(24, abs=2)
