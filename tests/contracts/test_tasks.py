"""What every learning task must do, so that training, evaluation and prediction work for it unseen.

A new task adds its line to ``EXAMPLES``; where several kinds of networks solve it, one for each:
``task/kind``.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dense_examples as dense
import detection_examples as detection
import jsonschema
import numpy as np
import pair_examples as pair
import pytest
import text_examples as text
import torch
import video_examples as video
from pydantic import TypeAdapter
from torch import Tensor

from netloom.data.datasets import Samples, open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.loaders import Batch
from netloom.data.mixing import MixedBatch
from netloom.models.architecture import Architecture, CharacterHead, Head, QueryHead
from netloom.models.decoder_spec import (
    Decoder,
    FusedPyramidDecoder,
    PyramidDecoder,
    RecurrentDecoder,
    UNetDecoder,
)
from netloom.models.network import Network, build_network
from netloom.models.package import PackageManifest, open_package, save_package
from netloom.models.spec import Body, ConvNet
from netloom.tasks.catalogue import task_for, task_named, task_names
from netloom.tasks.loss_choice import losses_of
from netloom.tasks.losses import CrossEntropy
from netloom.tasks.protocol import Outputs, Prediction, Scores, Task, learning_inputs

Changed = Callable[[Samples], Samples]

SMALL = ConvNet(widths=(6, 8), dropout=0.0)


@dataclass(frozen=True, kw_only=True)
class Example:
    """What is needed to try a task.

    Attributes:
        samples: Writes a small training part without flaws.
        flaws: For each code of a problem, samples that have it.
        blends: Batches made of a plain one by mixing samples; the first one changes nothing.
        slow_metrics: The tally's metrics, sample by sample.
        decoder: For a task that speaks of places.
        backbone: Of the network.
        head: Kind of head, if not the task's usual one.
    """

    samples: Callable[[Path], Samples]
    flaws: Mapping[str, Changed]
    blends: Callable[[Any], Iterable[Any]]
    slow_metrics: Callable[[Any, Any], dict[str, float]]
    decoder: Decoder | None = None
    backbone: Body = SMALL
    head: Head | None = None


def pictures(folder: Path) -> Samples:
    rng = np.random.default_rng(0)
    classes = [row % 3 for row in range(14)]
    images = rng.integers(0, 90, (14, 8, 8, 1), dtype=np.uint8)
    for image, label in zip(images, classes, strict=True):
        image[2 * label : 2 * label + 2] += 150
    view = write_array_source(
        folder,
        images,
        classes,
        label_names=("top", "middle", "bottom"),
        ids=[f"picture-{row}" for row in range(14)],
        parts=["train"] * 14,
    )
    return open_samples(view, lambda place: folder / place.removeprefix("work:"), part="train")


def labelled(*labels: int) -> Changed:
    def change(samples: Samples) -> Samples:
        return replace(samples, labels_N=np.resize(np.array(labels, np.int64), len(samples)))

    return change


def nothing(samples: Samples) -> Samples:
    return replace(samples, ids=(), digests=(), paths=(), labels_N=samples.labels_N[:0])


def blended(batch: Batch) -> list[MixedBatch]:
    partners_N = batch.labels_N.roll(1)
    return [MixedBatch(*batch, partners_N, torch.full((len(partners_N),), w)) for w in (1.0, 0.6)]


def slow_classification(outputs: Tensor, batch: Batch) -> dict[str, float]:
    hits = loss = 0.0
    for row, label in zip(outputs.tolist(), batch.labels_N.tolist(), strict=True):
        hits += row.index(max(row)) == label
        loss += math.log(sum(math.exp(value) for value in row)) - row[label]
    return {"accuracy": hits / len(outputs), "loss": loss / len(outputs)}


EXAMPLES = {
    "image_classification": Example(
        samples=pictures,
        flaws={
            "I301": nothing,
            "I302": labelled(0, 1, 2, -1),
            "I303": labelled(1),
            "I305": labelled(0, 1, 2, 3),
            "X311": labelled(0, 2),
        },
        blends=blended,
        slow_metrics=slow_classification,
    ),
    "object_detection": Example(
        samples=detection.shapes,
        flaws={
            "I301": nothing,
            "I302": dense.unannotated,
            "I305": dense.levels(0, 1, 7),
            "I317": dense.levels(-1, -1, -1),
            "X311": dense.levels(0, 1, 1),
        },
        blends=lambda batch: [batch],
        slow_metrics=detection.slow_detection,
        decoder=PyramidDecoder(width=8),
    ),
    "depth_estimation": Example(
        samples=dense.planes,
        flaws={"I301": nothing, "I302": dense.unannotated, "X314": dense.blank},
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_depth,
        decoder=UNetDecoder(width=6),
    ),
    "normal_estimation": Example(
        samples=dense.roofs,
        flaws={"I301": nothing, "I302": dense.unannotated, "X314": dense.blank},
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_normals,
        decoder=UNetDecoder(width=6),
    ),
    "semantic_segmentation": Example(
        samples=dense.halves,
        flaws={
            "I301": nothing,
            "I302": dense.unannotated,
            "I303": dense.levels(1, 1, 1),
            "X311": dense.levels(0, 1, 1),
            "X314": dense.levels(255, 255, 255),
        },
        blends=lambda batch: [batch],
        slow_metrics=dense.slow_segmentation,
        decoder=UNetDecoder(width=6),
    ),
    "image_enhancement": Example(
        samples=pair.pairs,
        flaws={
            "I301": nothing,
            "I470": pair.without_answer,
            "I471": pair.targets_that_change_nothing,
        },
        blends=lambda batch: [batch],
        slow_metrics=pair.slow_enhancement,
        decoder=UNetDecoder(width=6),
    ),
    "text_recognition": Example(
        samples=pair.lines,
        flaws={
            "I301": nothing,
            "I475": pair.without_answer,
            "I476": pair.texts_of(""),
            "I478": pair.texts_of("ab", "xa"),
        },
        blends=lambda batch: [batch],
        slow_metrics=pair.slow_reading,
        decoder=RecurrentDecoder(width=8, step=2, rows=2),
    ),
    "text_detection": Example(
        samples=text.pages,
        flaws={
            "I301": nothing,
            "I302": text.unannotated,
            "I318": text.rewritten(text.written(text.THIN, is_crowd=True)),
            "X315": text.rewritten(text.written(text.THIN)),
        },
        blends=lambda batch: [batch],
        slow_metrics=text.slow_text_detection,
        decoder=FusedPyramidDecoder(width=8, finest=1),
    ),
}

EXAMPLES["object_detection/queries"] = replace(
    EXAMPLES["object_detection"],
    samples=detection.large_shapes,
    slow_metrics=detection.slow_queries,
    decoder=None,
    backbone=detection.tiny_d_fine(),
    head=QueryHead(),
)

for kind, body in dense.NETWORKS_FOR_DEPTH.items():
    EXAMPLES[f"depth_estimation/{kind}"] = replace(
        EXAMPLES["depth_estimation"], decoder=None, backbone=body
    )

EXAMPLES["text_recognition/attention"] = replace(
    EXAMPLES["text_recognition"],
    slow_metrics=pair.slow_writing,
    head=CharacterHead(longest=5, width=16, heads=2, dropout=0.0),
)
EXAMPLES["text_recognition/trocr"] = replace(
    EXAMPLES["text_recognition/attention"],
    decoder=None,
    backbone=pair.tiny_trocr(),
    head=CharacterHead(longest=5),
)

for kind, body in video.QUICK_BODIES.items():
    EXAMPLES[f"video_classification/{kind}"] = Example(
        samples=video.brightening,
        flaws={
            "I301": nothing,
            "I302": labelled(0, 1, 2, -1),
            "I303": labelled(1),
            "I305": labelled(0, 1, 2, 3),
            "X311": labelled(0, 2),
            "X360": video.cut_short,
        },
        blends=lambda batch: [batch],
        slow_metrics=slow_classification,
        backbone=body,
    )

every_task = pytest.mark.parametrize("name", sorted(EXAMPLES))


def all_of(outputs: Outputs) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def rows(outputs: Outputs, chosen: slice) -> Outputs:
    parts = tuple(tensor[chosen] for tensor in all_of(outputs))
    return parts[0] if isinstance(outputs, Tensor) else parts


class Tried:
    """A task with its example, a batch of all samples and a network."""

    def __init__(self, name: str, folder: Path) -> None:
        self.example = EXAMPLES[name]
        self.task: Task[Any] = task_named(name.partition("/")[0])
        if self.example.head is not None:
            self.task = task_for(self.task.name, self.example.head)
        self.samples = self.example.samples(folder)
        self.labels = self.samples.label_names
        self.batch = next(self.task.batches(self.samples, batch_size=len(self.samples)).epoch(0))
        self.architecture = Architecture(
            input=self.task.image_input(self.samples),
            backbone=self.example.backbone,
            decoder=self.example.decoder,
            head=self.task.head(self.labels, dropout=0.0),
        )

    def network(self, seed: int = 0) -> Network:
        return build_network(self.architecture, seed=seed)

    def outputs(self) -> Outputs:
        with torch.inference_mode():
            return self.network().eval()(*self.task.inputs(self.batch))

    def predicted(self, scores: Scores) -> list[Prediction]:
        motions = self.task.motions(self.batch)
        assert bool(motions) == self.task.is_spatial
        return self.task.decode(scores, self.labels, motions)

    def losses(self) -> list[Any]:
        """Every kind of loss with its defaults, and one that has to be fitted."""
        kinds = losses_of(self.task)
        losses = [kind() for kind in kinds]
        if "class_weights" in kinds[0].model_fields:
            losses.append(kinds[0](class_weights="balanced"))
        return [self.task.fitted_loss(loss, self.samples) for loss in losses]


def rounded(document: Any) -> Any:
    """A JSON document with fewer digits."""
    match document:
        case float():
            return round(document, 4)
        case list():
            return [rounded(each) for each in document]
        case dict():
            return {name: rounded(each) for name, each in document.items()}
    return document


@pytest.fixture
def tried(name: str, tmp_path: Path) -> Tried:
    torch.set_num_threads(1)
    return Tried(name, tmp_path)


def test_every_task_has_an_example() -> None:
    assert sorted({name.partition("/")[0] for name in EXAMPLES}) == list(task_names())


@every_task
def test_describing_a_task_loads_no_tensor_library(name: str) -> None:
    program = (
        "import sys; from netloom.tasks.catalogue import task_named; "
        f"task_named({name.partition('/')[0]!r}).head(('a', 'b'), dropout=0.5); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@every_task
def test_twenty_steps_on_one_batch_lower_every_loss(tried: Tried) -> None:
    for loss in tried.losses():
        blends = [each for each in tried.example.blends(tried.batch) if each is not tried.batch]
        for batch in (tried.batch, *blends):
            network = tried.network()
            optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
            values = []
            for _ in range(20):
                value = tried.task.loss(
                    network(*learning_inputs(tried.task, batch)), batch, loss=loss
                )
                value.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                optimizer.zero_grad()
                values.append(value.item())
            assert values[-1] < 0.9 * values[0], (loss, values)


@every_task
def test_a_blend_of_nothing_is_the_plain_batch(tried: Tried) -> None:
    outputs = tried.outputs()
    unchanged = next(iter(tried.example.blends(tried.batch)))
    for loss in tried.losses():
        torch.testing.assert_close(
            tried.task.loss(outputs, unchanged, loss=loss),
            tried.task.loss(outputs, tried.batch, loss=loss),
        )


@every_task
def test_fitting_a_loss_is_done_once(tried: Tried) -> None:
    for loss in tried.losses():
        assert tried.task.fitted_loss(loss, tried.samples) == loss


@every_task
def test_settings_of_losses_survive_their_schema(tried: Tried) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(tried.task.loss_type)
    schema = adapter.json_schema()
    for loss in tried.losses():
        document = loss.model_dump(mode="json")
        jsonschema.validate(document, schema)
        assert adapter.validate_python(document) == loss


@every_task
def test_saving_and_loading_gives_equal_predictions(tried: Tried, tmp_path: Path) -> None:
    network = tried.network().eval()
    manifest = PackageManifest(
        task=tried.task.name, labels=tried.labels, architecture=tried.architecture
    )
    save_package(tmp_path / "model", manifest, network.state_dict())
    opened = open_package(tmp_path / "model")
    with torch.inference_mode():
        again = opened.network.eval()(*tried.task.inputs(tried.batch))
    scores = [tried.task.scores(outputs) for outputs in (tried.outputs(), again)]
    # The weights lie elsewhere in memory, which may move the last bit of a number.
    assert tried.task.difference(*scores) < 1e-6
    assert rounded(tried.predicted(scores[0])) == rounded(tried.predicted(scores[1]))
    assert opened.manifest.architecture.head.type in tried.task.heads


@every_task
def test_one_sample_alone_gives_what_it_gives_in_a_batch(tried: Tried) -> None:
    network = tried.network().eval()
    together = tried.task.scores(tried.outputs())
    with torch.inference_mode():
        for row, one in enumerate(tried.task.batches(tried.samples, batch_size=1).epoch(0)):
            alone = tried.task.scores(network(*tried.task.inputs(one)))
            assert tried.task.difference(alone, together[row : row + 1]) < 1e-5


@every_task
def test_predictions_are_plain_json_one_per_sample(tried: Tried) -> None:
    scores = tried.task.scores(tried.outputs())
    assert len(scores) == len(tried.samples)
    predictions = tried.predicted(scores)
    assert len(predictions) == len(tried.samples)
    assert json.loads(json.dumps(predictions, allow_nan=False)) == predictions
    assert len({tuple(prediction) for prediction in predictions}) == 1
    assert tried.task.decode(scores[:0], tried.labels, ()) == []


@every_task
def test_the_tally_equals_a_slow_computation(tried: Tried) -> None:
    outputs = tried.outputs()
    tally = tried.task.tally(tried.labels)
    parts = tried.task.batches(tried.samples, batch_size=5).epoch(0)
    for number, batch in enumerate(parts):
        tally.update(rows(outputs, slice(5 * number, 5 * number + 5)), batch)
    metrics = tally.metrics()
    assert metrics == pytest.approx(tried.example.slow_metrics(outputs, tried.batch))
    assert {tried.task.headline.metric, "loss"} <= set(metrics)
    assert all(math.isnan(value) for value in tried.task.tally(tried.labels).metrics().values())


@every_task
def test_sound_samples_have_no_problems(tried: Tried) -> None:
    assert tried.task.problems(tried.samples, tried.labels, part="train") == []


@every_task
def test_every_flaw_is_found_and_explained(tried: Tried) -> None:
    for code, spoil in tried.example.flaws.items():
        found = tried.task.problems(spoil(tried.samples), tried.labels, part="train")
        assert [problem.code for problem in found] == [code]
        assert found[0].fix


@every_task
def test_batches_depend_on_seed_and_epoch_alone(tried: Tried) -> None:
    def order(seed: int, epoch: int, start: int = 0) -> list[list[Tensor]]:
        batches = tried.task.batches(tried.samples, batch_size=4, shuffle=True, seed=seed)
        return [list(tried.task.inputs(batch)) for batch in batches.epoch(epoch, start)]

    def equal(one: list[list[Tensor]], two: list[list[Tensor]]) -> bool:
        return all(torch.equal(a, b) for x, y in zip(one, two, strict=True) for a, b in zip(x, y))

    assert equal(order(1, 2), order(1, 2))
    assert equal(order(1, 2, start=2), order(1, 2)[2:])
    assert not equal(order(1, 2), order(1, 3))
    assert not equal(order(1, 2), order(2, 2))


@every_task
def test_the_signature_is_that_of_the_network(tried: Tried) -> None:
    signature = tried.task.signature(tried.architecture)
    tensors = {
        "inputs": tried.task.inputs(tried.batch),
        "outputs": all_of(tried.outputs()),
    }
    for side, found in tensors.items():
        fields = getattr(signature, side)
        assert [(f.dtype, f.shape[1:]) for f in fields] == [
            (
                str(t.dtype).removeprefix("torch."),
                # A text stands for a size that varies.
                tuple(
                    named if isinstance(named, str) else size
                    for named, size in zip(f.shape[1:], t.shape[1:], strict=True)
                ),
            )
            for f, t in zip(fields, found, strict=True)
        ]


def test_class_weights_must_fit_the_label_space(tmp_path: Path) -> None:
    from netloom.core.errors import InvalidData

    tried = Tried("image_classification", tmp_path)
    with pytest.raises(InvalidData) as caught:
        tried.task.fitted_loss(CrossEntropy(class_weights=(1.0, 2.0)), tried.samples)
    assert [problem.code for problem in caught.value.diagnostics] == ["X310"]


def test_balanced_weights_count_every_class_alike(tmp_path: Path) -> None:
    tried = Tried("image_classification", tmp_path)
    samples = labelled(0, 0, 0, 0, 0, 0, 2)(tried.samples)
    loss = tried.task.fitted_loss(CrossEntropy(class_weights="balanced"), samples)
    assert loss.class_weights == pytest.approx((14 / 24, 0.0, 14 / 4))
