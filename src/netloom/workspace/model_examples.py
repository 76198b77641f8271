"""Trying a model: examples of the data it was trained with, and predictions.

Sharing a model does not share its data: examples are for who may read the run it comes from, or owns it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netloom.accounts.permissions import Actor, Right
from netloom.core.diagnostics import sentence
from netloom.core.errors import ArtifactDamaged, InvalidData, NotFound
from netloom.workspace.model_lineage import TrainedOn
from netloom.workspace.model_registry import KnownModel, history_of, may_see_run

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

_PREFERRED = ("test", "valid", "train")
"""Parts from which examples are taken: a model has seen nothing of the first."""
_GONE = (NotFound, ArtifactDamaged, InvalidData)


@dataclass(frozen=True, slots=True)
class Examples:
    """Samples of one part.

    Attributes:
        examples: ``{"number", "id", "label"}`` of each.
        part: None for data without parts.
        num_samples: Of the part.
        reason: Why there are none.
    """

    examples: Sequence[Mapping[str, Any]]
    part: str | None = None
    num_samples: int = 0
    reason: str | None = None


def examples(bench: Workbench, model: KnownModel, actor: Actor, *, count: int) -> Examples:
    """Some samples of the data a model was trained with; none if they are gone, or not for this actor."""
    try:
        data = _data(bench, model, actor)
    except NotFound as error:
        return Examples((), reason=sentence(error.diagnostics[0].message))
    try:
        found = bench.predictions.ask({"ask": "examples", "count": count, **_where(data)}).document
    except _GONE as error:
        return Examples((), reason=sentence(f"the data are gone: {error.diagnostics[0].message}"))
    return Examples(found["examples"], _part(data), found["num_samples"])


def picture(bench: Workbench, model: KnownModel, actor: Actor, number: int) -> tuple[bytes, str]:
    """An example as PNG or JPEG, with its media type.

    Raises:
        NotFound: There is no such example, or the data are gone or not for this actor.
    """
    data = _data(bench, model, actor)
    answer = bench.predictions.ask({"ask": "picture", "number": number, **_where(data)})
    return answer.content, answer.document["media_type"]


def predict_picture(
    bench: Workbench, model: KnownModel, content: bytes, *, top: int
) -> dict[str, Any]:
    """Predict an encoded picture.

    Raises:
        InvalidData: It is none, or one of a size the model does not take.
        PredictionUnavailable: Nothing can be predicted now.
    """
    _check_takes_pictures(model)
    question = {"ask": "predict picture", "model": model.artifact, "top": top}
    answer = bench.predictions.ask(question, content)
    return answer.document


def predict_rows(
    bench: Workbench, model: KnownModel, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Predict rows of a table.

    Raises:
        InvalidData: The model takes pictures; or cells that cannot be read, with a diagnostic for each.
        PredictionUnavailable: Nothing can be predicted now.
    """
    if not model.about.takes_rows:
        raise InvalidData.of(
            "this model predicts pictures, not rows of a table", code="T444", fix="Send a picture"
        )
    question = {"ask": "predict rows", "model": model.artifact, "rows": list(rows)}
    return bench.predictions.ask(question).document


def predict_examples(
    bench: Workbench, model: KnownModel, actor: Actor, numbers: Sequence[int], *, top: int
) -> dict[str, Any]:
    """Predict examples, in the order of ``numbers``.

    Raises:
        NotFound: There is no such example, or the data are gone or not for this actor.
    """
    _check_takes_pictures(model)
    where = _where(_data(bench, model, actor))
    question = {"ask": "predict examples", "model": model.artifact, "top": top}
    answer = bench.predictions.ask({**question, **where, "numbers": list(numbers)})
    return answer.document


def _check_takes_pictures(model: KnownModel) -> None:
    if model.about.takes_rows:
        raise InvalidData.of(
            "this model predicts rows of a table, not pictures",
            code="T443",
            expected='JSON: {"rows": [{column: value, …}, …]}',
        )


def _data(bench: Workbench, model: KnownModel, actor: Actor) -> TrainedOn:
    if not may_see_run(bench, model, actor) and model.right is not Right.OWN:
        raise NotFound.of("the data belong to a run that is not shared with you")
    data = history_of(bench, model).trained_on
    if model.about.takes_rows:
        raise NotFound.of("a model of tables has no pictures to try")
    if data is None:
        raise NotFound.of("nothing is known of the data this model was trained with")
    return data


def _where(data: TrainedOn) -> dict[str, Any]:
    return {"dataset": data.artifact, "part": _part(data)}


def _part(data: TrainedOn) -> str | None:
    return next((part for part in _PREFERRED if data.parts.get(part)), None)
