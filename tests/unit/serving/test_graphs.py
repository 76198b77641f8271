"""A graph of several models is served like one: its answers, its description, its batches."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import jsonschema
import pytest

from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import InferenceGraph, ModelStep, RouteStep
from netloom.serving.answer_schemas import schema_of_graph
from netloom.serving.batching import BatchingModel
from netloom.serving.served import Found
from netloom.serving.served_pictures import ServedPictures
from netloom.serving.settings import ServingSettings

from .models import Brightness, picture, predictor_of

TASK = "image_classification"
GRAPH = InferenceGraph(
    steps=(
        ModelStep(id="kind", task=TASK, package="kind"),
        RouteStep(id="bright_ones", input="kind", labels=("bright",)),
        ModelStep(id="shade", input="bright_ones", task=TASK, package="shade"),
    )
)


@pytest.fixture
def networks() -> dict[str, Brightness]:
    return {"kind": Brightness(), "shade": Brightness()}


@pytest.fixture
def cascade(networks: dict[str, Brightness]) -> ServedPictures:
    predictors = {step: predictor_of(network) for step, network in networks.items()}
    whole = GraphPredictor(GRAPH, predictors)
    return ServedPictures(Found(Path(), "cascade", None), whole, GRAPH, whole)


def test_later_stages_see_only_what_is_handed_to_them_and_all_of_a_batch_at_once(
    cascade: ServedPictures, networks: dict[str, Brightness]
) -> None:
    async def scenario() -> None:
        model = BatchingModel(cascade.predictor, ServingSettings(threads=1), lambda size: None)
        networks["kind"].gate.clear()
        model.start()
        jobs = model.submit([picture(0)])
        while not networks["kind"].batches:  # noqa: ASYNC110 - a thread is waited for
            await asyncio.sleep(0.001)
        jobs += model.submit([picture(level) for level in (250, 5, 240, 230)])
        networks["kind"].gate.set()
        answers = [await job.answer for job in jobs]
        await asyncio.to_thread(model.close)
        assert [[*answer.get("stages", {})] for answer in answers] == [
            [], ["shade"], [], ["shade"], ["shade"]
        ]  # fmt: skip
        assert (networks["kind"].batches, networks["shade"].batches) == ([1, 4], [3])
        for answer in answers:
            jsonschema.validate(answer, cascade.schema)

    asyncio.run(scenario())


def test_it_says_which_stage_looks_at_what(cascade: ServedPictures) -> None:
    stages = cascade.facts["stages"]
    assert [(stage["id"], stage["input"]) for stage in stages] == [
        ("kind", None),
        ("shade", "kind"),
    ]
    assert json.loads(json.dumps(cascade.facts)) == cascade.facts


def test_answers_of_other_stages_are_not_in_the_description() -> None:
    answer = {"label": "a", "score": 1, "scores": {}, "stages": {"other": {}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, schema_of_graph(GRAPH))


def test_several_first_models_answer_side_by_side() -> None:
    both = InferenceGraph(
        steps=tuple(ModelStep(id=name, task=TASK, package=name) for name in ("a", "b"))
    )
    schema = schema_of_graph(both)
    assert schema["required"] == ["a", "b"]
    assert schema["properties"]["b"]["required"] == ["label", "score", "scores"]
