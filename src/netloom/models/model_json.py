"""Descriptions of models from JSON."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from netloom.models.architecture import head_from_json
from netloom.models.decoder_spec import Decoder
from netloom.models.spec import Body, Model, TrainedModel, Tune


def model_from_json(document: dict[str, Any]) -> Model[Any]:
    """A :class:`Model`, or a :class:`TrainedModel` if the document names a package.

    Raises:
        pydantic.ValidationError: The backbone is unknown or its settings are not valid.

    Example:
        >>> from netloom.models.spec import ConvNet
        >>> model = Model(task="image_classification", backbone=ConvNet(widths=(8, 16)))
        >>> model_from_json(model.to_json()).backbone.widths[1]
        16
    """
    labels = document.get("labels")
    fields: dict[str, Any] = {
        "task": document["task"],
        "backbone": backbone_from_json(document["backbone"]),
        "tune": _TUNE.validate_python(document["tune"]),
        "labels": None if labels is None else tuple(labels),
        "decoder": _DECODER.validate_python(document.get("decoder")),
        "head": head_from_json(document.get("head")),
    }
    if "package" in document:
        return TrainedModel(**fields, package=document["package"])
    return Model(**fields)


def backbone_from_json(document: dict[str, Any]) -> Body:
    """Validate the description of a backbone, or of another body of a network.

    Raises:
        pydantic.ValidationError: The type is unknown or its settings are not valid.

    Example:
        >>> backbone_from_json({"type": "convnet", "widths": [8]}).widths[0]
        8
    """
    backbone: Body = _BODY.validate_python(document)
    return backbone


_BODY: TypeAdapter[Body] = TypeAdapter(Body)
_DECODER: TypeAdapter[Decoder | None] = TypeAdapter(Decoder | None)
_TUNE: TypeAdapter[Tune] = TypeAdapter(Tune)
