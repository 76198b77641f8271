"""What every learning task must do, so that training, evaluation and prediction work for it unseen."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from pydantic import TypeAdapter
from task_examples import EXAMPLES, Tried, all_of, labelled, rows
from torch import Tensor

from netloom.models.package import PackageManifest, open_package, save_package
from netloom.tasks.catalogue import task_names
from netloom.tasks.losses import CrossEntropy
from netloom.tasks.protocol import learning_inputs

every_task = pytest.mark.parametrize("name", sorted(EXAMPLES))


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
