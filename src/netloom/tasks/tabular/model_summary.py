"""What people are told of a trained table model, without its weights and vocabularies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netloom.models.codecs import reference_in
from netloom.models.tabular.codec import TrainedTableModelCodec
from netloom.models.tabular.spec import Target
from netloom.tables.features.asked_columns import MOST_COLUMNS, asked_columns
from netloom.tables.features.codec import read_feature_map

TABULAR = "tabular"
"""Of what models of tables learn, where models of pictures name their learning task."""


def target_summary(target: Target) -> dict[str, Any]:
    """A column that is predicted; its classes are in the order of the scores."""
    classes = None if target.classes is None else list(target.classes)
    return {"column": target.column, "type": target.type, "classes": classes}


def columns_summary(folder: Path) -> dict[str, Any]:
    """The columns that the model of a package asks for: how many become features, and what is known of each.

    ``asked`` is None where nobody would fill in so many.
    """
    columns = asked_columns(read_feature_map(folder))
    features = sum(column.required for column in columns)
    asked = [column.to_json() for column in columns] if len(columns) <= MOST_COLUMNS else None
    return {"num_columns": features, "asked": asked}


def only_classes(targets: Sequence[Target]) -> list[str]:
    """The classes of the only target; none where there are several, or it is a number."""
    return list(targets[0].classes or ()) if len(targets) == 1 else []


class SummarisedTableModelCodec(TrainedTableModelCodec):
    """Keeps a trained table model; its preview also tells which columns it asks for."""

    def preview(self, folder: Path) -> dict[str, Any]:
        """As without it, with what :func:`columns_summary` gives."""
        found = super().preview(folder)
        return found if reference_in(folder) is not None else {**found, **columns_summary(folder)}
