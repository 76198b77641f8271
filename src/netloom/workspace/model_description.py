"""What a trained model is, by what its package says of itself: the same words for pictures and for tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netloom.tasks.tabular.model_summary import TABULAR

_PACKAGE_OF_PICTURES, _PACKAGE_OF_TABLES = "models.load, path", "tables.trained_model, file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription:
    """What people ask of a model.

    Attributes:
        task: The learning task; ``tabular`` for models of tables.
        classes: In the order of the outputs; of tables those of the only target.
        architecture: Type of the backbone, or of the network for tables.
        picture: Shape of the pictures that the network takes, channels first; None for tables.
        targets: Columns of a table that are predicted, as ``{"column", "type", "classes"}``.
        num_columns: Columns of a table that become features; None for pictures.
        asked: What is known of the columns of a row to be predicted, as
            :mod:`netloom.tables.features.asked_columns` has it; None if there are too many.
        date: Day of the data of a model of tables; None if they had none.
        loaded_by: Operator that gives the model of a folder, and its setting for the folder.
    """

    task: str
    classes: Sequence[str]
    architecture: str
    picture: Sequence[int] | None = None
    targets: Sequence[Mapping[str, Any]] = ()
    num_columns: int | None = None
    asked: Sequence[Mapping[str, Any]] | None = None
    date: str | None = None
    loaded_by: str = _PACKAGE_OF_PICTURES

    @property
    def takes_rows(self) -> bool:
        """Whether it predicts rows of tables rather than pictures."""
        return self.picture is None

    @property
    def words(self) -> tuple[str, ...]:
        """What it can be found by."""
        return (*self.classes, *(target["column"] for target in self.targets))


def description_of(preview: Mapping[str, Any]) -> ModelDescription:
    """Read what the codec of a model package wrote down."""
    return _of_tables(preview) if "network" in preview else _of_pictures(preview)


def _of_pictures(preview: Mapping[str, Any]) -> ModelDescription:
    return ModelDescription(
        task=preview["task"],
        classes=preview["labels"],
        architecture=preview["backbone"]["type"],
        picture=preview["input"],
    )


def _of_tables(preview: Mapping[str, Any]) -> ModelDescription:
    targets = [
        {name: target.get(name) for name in ("column", "type", "classes")}
        for target in preview["targets"]
    ]
    return ModelDescription(
        task=TABULAR,
        classes=targets[0]["classes"] or () if len(targets) == 1 else (),
        architecture=preview["network"]["type"],
        targets=targets,
        num_columns=preview.get("num_columns"),
        asked=preview.get("asked"),
        date=preview["date"] or None,
        loaded_by=_PACKAGE_OF_TABLES,
    )
