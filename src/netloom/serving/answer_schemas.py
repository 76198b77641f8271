"""What predictions look like, as JSON Schema: of each learning task, and of graphs of several models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from netloom.inference.inference_graph import InferenceGraph, ModelStep, Step

Schema = dict[str, Any]

_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_NUMBER: Schema = {"type": "number"}
_SIZE: Schema = {"type": "integer", "minimum": 1}
_TEXT: Schema = {"type": "string"}


def _object(properties: Mapping[str, Schema], *, about: str = "") -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
    return {**schema, "description": about} if about else schema


def _list(items: Schema, *, length: int | None = None, about: str = "") -> Schema:
    schema: Schema = {"type": "array", "items": items}
    if length is not None:
        schema |= {"minItems": length, "maxItems": length}
    return {**schema, "description": about} if about else schema


def _by_name(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


_BOX = _list(_NUMBER, length=4, about="left, top, right, bottom in pixels of the picture sent")
_KNOWN: Schema = {"type": ["number", "null"]}
_PNG: Schema = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}
_PICTURE: Mapping[str, Schema] = {"width": _SIZE, "height": _SIZE, "image": _PNG}

_CLASS = _object(
    {"label": _TEXT, "score": _SCORE, "scores": _by_name(_SCORE)},
    about="The likeliest class, and the probability of every class.",
)
_OF_TASK: Mapping[str, Schema] = {
    "image_classification": _CLASS,
    "video_classification": _CLASS,
    "object_detection": _object(
        {"objects": _list(_object({"label": _TEXT, "score": _SCORE, "box": _BOX}))},
        about="The objects in the picture, the surest first.",
    ),
    "text_detection": _object(
        {
            "objects": _list(
                _object(
                    {
                        "label": _TEXT,
                        "score": _SCORE,
                        "polygon": _list(_list(_NUMBER, length=2), about="clockwise, in pixels"),
                        "box": _BOX,
                    }
                )
            )
        },
        about="The texts in the picture, the surest first.",
    ),
    "text_recognition": _object(
        {
            "text": _TEXT,
            "score": _SCORE,
            "characters": _list(_object({"character": _TEXT, "score": _SCORE})),
        },
        about="The text in a picture of one line.",
    ),
    "semantic_segmentation": _object(
        {
            "classes": _by_name(_SCORE),
            "segments": _list(
                _object(
                    {
                        "label": _TEXT,
                        "area": {"type": "integer"},
                        "box": _BOX,
                        "rle": _object(
                            {"size": _list({"type": "integer"}, length=2), "counts": _TEXT},
                            about="Runs of the mask as COCO compresses them.",
                        ),
                    }
                )
            ),
        },
        about="The share of each class, and the area of each class that occurs.",
    ),
    "image_enhancement": _object(_PICTURE, about="The enhanced picture as a PNG."),
    "depth_estimation": _object(
        {
            "min_m": _KNOWN,
            "max_m": _KNOWN,
            "median_m": _KNOWN,
            "unit_m": _NUMBER,
            "depth_png": _PNG,
        },
        about="Depths: levels of a PNG of 16 bits times unit_m are metres, 0 is unknown.",
    ),
    "normal_estimation": _object(
        {
            "facing": {"anyOf": [_list(_NUMBER, length=3), {"type": "null"}]},
            "normals_png": _PNG,
        },
        about="Directions: red, green and blue of a PNG from −1 (0) to 1 (255), black is unknown.",
    ),
}
_ANYTHING: Schema = {"type": "object"}


def schema_of_task(task: str) -> Schema:
    """What a model of a task answers; any object for tasks whose answers only they describe.

    Example:
        >>> schema_of_task("image_classification")["required"]
        ['label', 'score', 'scores']
    """
    return deepcopy(_OF_TASK.get(task, _ANYTHING))


def schema_of_graph(graph: InferenceGraph) -> Schema:
    """What a whole graph answers: what its first model says, with the later ones' answers inside."""
    if len(graph.first) == 1:
        return _schema_of_model(graph, graph.first[0])
    return _object({step.id: _schema_of_model(graph, step) for step in graph.first})


def _schema_of_model(graph: InferenceGraph, model: ModelStep) -> Schema:
    schema = schema_of_task(model.task)
    objects = schema.get("properties", {}).get("objects", {}).get("items")
    for step, is_of_object in _looking_at(graph, graph.users_of(model.id)):
        stages = {
            user.id: _schema_of_model(graph, user)
            for user in graph.users_of(step.id)
            if isinstance(user, ModelStep)
        }
        target = objects if is_of_object else schema
        if target is not None and stages:
            known = target.setdefault("properties", {}).setdefault("stages", _stages())
            known["properties"] |= stages
    return schema


def _looking_at(graph: InferenceGraph, users: Sequence[Step]) -> list[tuple[Step, bool]]:
    """The steps that make pictures for later models, and whether each is of one object."""
    found: list[tuple[Step, bool]] = []
    for step in users:
        if step.type == "filter":
            found += _looking_at(graph, graph.users_of(step.id))
        else:
            found.append((step, step.type in ("crop_objects", "crop_texts")))
    return found


def _stages() -> Schema:
    return {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
        "description": "What later models say; only those that looked at it.",
    }
