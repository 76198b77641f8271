"""What predictions look like: their Arrow types, and what decides them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.inference.graph_predictor import STAGES, GraphPredictor
from netloom.inference.inference_graph import (
    CropObjectsStep,
    CropTextsStep,
    FilterStep,
    ModelStep,
    Step,
)
from netloom.inference.predictor import Predictor

if TYPE_CHECKING:
    import pyarrow as pa

OBJECTS = "objects"


def models_in(predictor: Predictor | GraphPredictor) -> Mapping[str, Predictor]:
    """The models of a predictor by step; a single one is called ``model``."""
    return predictor.models if isinstance(predictor, GraphPredictor) else {"model": predictor}


def identity_of(predictor: Predictor | GraphPredictor) -> dict[str, Any]:
    """What decides predictions besides the pictures, as JSON: the steps, and the digests of the models."""
    graph = predictor.graph if isinstance(predictor, GraphPredictor) else None
    return {
        "graph": None if graph is None else graph.model_dump(mode="json"),
        "models": {
            step: model.manifest.model_dump(mode="json")
            for step, model in models_in(predictor).items()
        },
    }


def prediction_types(predictor: Predictor | GraphPredictor) -> Mapping[str, pa.DataType]:
    """Arrow types of those fields of answers that the first ones may not tell."""
    if isinstance(predictor, Predictor):
        return predictor.task.arrow_types()
    if predictor.graph.is_single:
        (model,) = predictor.models.values()
        return model.task.arrow_types()
    return _Nested(predictor).answer()


class _Nested:
    """Types of the answers of a graph: predictions inside the objects they are about."""

    def __init__(self, predictor: GraphPredictor) -> None:
        self._graph = predictor.graph
        self._models = predictor.models

    def answer(self) -> dict[str, pa.DataType]:
        import pyarrow as pa

        first = {step.id: self._prediction(step) for step in self._graph.first}
        if len(first) == 1:
            (fields,) = first.values()
            return fields
        return {step: pa.struct(list(fields.items())) for step, fields in first.items()}

    def _prediction(self, step: ModelStep) -> dict[str, pa.DataType]:
        fields = _own_types(self._models[step.id])
        about_objects = self._stages(step, about_objects=True)
        about_all = self._stages(step, about_objects=False)
        if about_objects:
            fields[OBJECTS] = _with_stages(fields[OBJECTS], about_objects)
        if about_all:
            fields[STAGES] = _struct(about_all)
        return fields

    def _stages(self, step: Step, *, about_objects: bool) -> dict[str, dict[str, pa.DataType]]:
        """Predictions of later models that are added to the objects, or to the whole prediction."""
        found = {}
        for user in self._graph.users_of(step.id):
            if isinstance(user, FilterStep):
                found.update(self._stages(user, about_objects=about_objects))
            elif isinstance(user, CropObjectsStep | CropTextsStep) == about_objects:
                later = (each for each in self._graph.users_of(user.id))
                found.update(
                    {
                        each.id: self._prediction(each)
                        for each in later
                        if isinstance(each, ModelStep)
                    }
                )
        return found


def _own_types(model: Predictor) -> dict[str, pa.DataType]:
    """Types of a prediction, read off that for a black picture where the task does not tell them."""
    import pyarrow as pa

    image = model.manifest.architecture.input
    black = np.zeros((image.height, image.width, image.channels), np.uint8)
    (prediction,) = model.predict_prepared([model.prepare(black)])
    told = model.task.arrow_types()
    return {name: told.get(name) or pa.array([value]).type for name, value in prediction.items()}


def _struct(stages: Mapping[str, Mapping[str, pa.DataType]]) -> pa.DataType:
    import pyarrow as pa

    return pa.struct([(step, pa.struct(list(fields.items()))) for step, fields in stages.items()])


def _with_stages(
    objects: pa.DataType, stages: Mapping[str, Mapping[str, pa.DataType]]
) -> pa.DataType:
    import pyarrow as pa

    fields = [objects.value_type.field(place) for place in range(objects.value_type.num_fields)]
    return pa.list_(pa.struct([*fields, pa.field(STAGES, _struct(stages))]))
