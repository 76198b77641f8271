"""Columns of a table of predictions: keys and what else is kept, then what the model says of each target.

Of a target ``clicked`` these are ``clicked``, the value itself (of ``labels`` a list of values, of ``number``
the number); ``clicked_score``, how probable it is (of ``binary`` the positive value, of ``labels`` a list);
and, if wanted, ``clicked_scores``, the probability of each class in the order of the model's classes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.inference.tables.wanted import PredictionOutput, Wanted
from netloom.models.tabular.spec import Target
from netloom.tables.columns import Column, arrow_type, element_type, require_columns
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.known_map import KnownMap

if TYPE_CHECKING:
    import pyarrow as pa

CLASSES_KEY = "netloom.classes"
"""Key of the metadata of a column of scores: the classes they belong to, as a JSON list."""


@dataclass(frozen=True)
class PredictionColumns:
    """The columns of one table of predictions.

    Attributes:
        kept: Keys and other columns of the table, as they come out.
        label_types: Logical type of each target's values.
    """

    kept: tuple[Column, ...]
    targets: tuple[Target, ...]
    label_types: tuple[str, ...]
    wanted: Wanted

    @cached_property
    def schema(self) -> pa.Schema:
        """Schema of the files."""
        import pyarrow as pa

        fields = [pa.field(column.name, arrow_type(column.type)) for column in self.kept]
        for target, values in zip(self.targets, self._values):
            fields += self._fields(target, values.type)
        return pa.schema(fields)

    def rows(self, kept: pa.RecordBatch, scores: dict[str, NDArray[Any]]) -> pa.RecordBatch:
        """Predictions of some rows.

        Args:
            kept: These rows with (at least) the columns to be kept.
            scores: As :meth:`netloom.inference.tables.predictor.TablePredictor.predict` gives them.
        """
        import pyarrow as pa

        schema = self.schema
        arrays = [kept[column.name].cast(schema.field(column.name).type) for column in self.kept]
        for target, values in zip(self.targets, self._values):
            arrays += self._arrays(target, values, scores[target.column])
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    @cached_property
    def _values(self) -> tuple[pa.Array, ...]:
        """The classes of each target, as values of its type."""
        return tuple(_values(*each) for each in zip(self.targets, self.label_types))

    def _named(self, target: Target) -> list[tuple[PredictionOutput, str]]:
        stem = f"{self.wanted.prefix}{target.column}"
        if target.type == "number":
            return [("label", stem)]
        names: list[tuple[PredictionOutput, str]] = [("label", stem), ("score", f"{stem}_score")]
        if target.type != "binary":
            names.append(("scores", f"{stem}_scores"))
        return [(output, name) for output, name in names if output in self.wanted.outputs]

    @property
    def added(self) -> tuple[str, ...]:
        """Names of the columns that the model adds."""
        return tuple(name for target in self.targets for _, name in self._named(target))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Names and logical types, as long as classes look like values of their column."""
        found = list(self.kept)
        for target, type in zip(self.targets, self.label_types):
            several = target.type == "labels"
            value = "number" if target.type == "number" else type
            types = {
                "label": f"list<{value}>" if several else value,
                "score": "list<number>" if several else "number",
                "scores": "list<number>",
            }
            found += [Column(name, types[output]) for output, name in self._named(target)]
        return tuple(found)

    def _fields(self, target: Target, type: pa.DataType) -> list[pa.Field]:
        import pyarrow as pa

        several = target.type == "labels"
        value = pa.float32() if target.type == "number" else type
        classes = list(target.classes or ())
        types = {
            "label": pa.list_(value) if several else value,
            "score": pa.list_(pa.float32()) if several else pa.float32(),
            "scores": pa.list_(pa.float32(), len(classes)),
        }
        about = {CLASSES_KEY: json.dumps(classes, ensure_ascii=False)}
        return [
            pa.field(name, types[output], metadata=about if output == "scores" else None)
            for output, name in self._named(target)
        ]

    def _arrays(self, target: Target, values: pa.Array, scores: NDArray[Any]) -> list[pa.Array]:
        import pyarrow as pa

        if target.type == "number":
            found = {"label": pa.array(scores, pa.float32())}
        elif target.type == "binary":
            found = {
                "label": values.take(pa.array((scores >= self.wanted.threshold).astype(np.int32))),
                "score": pa.array(scores, pa.float32()),
            }
        else:
            several = target.type == "labels"
            found = self._several(values, scores) if several else _best(values, scores)
            flat = pa.array(np.ascontiguousarray(scores).reshape(-1), pa.float32())
            found["scores"] = pa.FixedSizeListArray.from_arrays(flat, scores.shape[1])
        return [found[output] for output, _ in self._named(target)]

    def _several(self, values: pa.Array, scores_NK: NDArray[Any]) -> dict[str, pa.Array]:
        import pyarrow as pa

        holds_NK = scores_NK >= self.wanted.threshold
        offsets = np.concatenate([[0], holds_NK.sum(axis=1).cumsum()]).astype(np.int32)
        chosen = values.take(pa.array(np.nonzero(holds_NK)[1]))
        probable = pa.array(scores_NK[holds_NK], pa.float32())
        return {
            "label": pa.ListArray.from_arrays(offsets, chosen),
            "score": pa.ListArray.from_arrays(offsets, probable),
        }


def _best(values: pa.Array, scores_NK: NDArray[Any]) -> dict[str, pa.Array]:
    import pyarrow as pa

    best_N = scores_NK.argmax(axis=1)
    return {
        "label": values.take(pa.array(best_N)),
        "score": pa.array(scores_NK[np.arange(len(best_N)), best_N], pa.float32()),
    }


def _values(target: Target, type: str) -> pa.Array:
    """The classes as values of the label column's type; as texts, if they do not look like such."""
    import pyarrow as pa

    texts = pa.array(target.classes or (), pa.string())
    try:
        return texts.cast(arrow_type(type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return texts


def prediction_columns(
    targets: Sequence[Target],
    feature_map: FeatureMap | KnownMap,
    columns: Sequence[Column],
    wanted: Wanted,
) -> PredictionColumns:
    """The columns of predictions on a table.

    Args:
        columns: Those of the table.

    Raises:
        InvalidData: The table lacks a column to keep, nothing tells the rows apart, or two columns would have
            one name.
    """
    names = list(dict.fromkeys((*(key.name for key in feature_map.keys), *wanted.keep)))
    require_columns(names, columns, name="the table", setting="keep")
    if not names:
        raise InvalidData.of(
            "nothing would tell predictions apart: the model's feature map has no keys",
            code="T362",
            fix="Name columns in `keep`, or fit the feature map with `keys`",
        )
    types = {column.name: column for column in columns}
    labels = {label.name: label.type for label in feature_map.labels}
    found = PredictionColumns(
        kept=tuple(types[name] for name in names),
        targets=tuple(targets),
        label_types=tuple(_value_type(labels.get(target.column, "text")) for target in targets),
        wanted=wanted,
    )
    problems = list(_twins(found))
    if problems:
        raise InvalidData(*problems)
    return found


def _value_type(type: str) -> str:
    """Of a column of labels: of a list the type of its elements."""
    return element_type(type) or type


def _twins(found: PredictionColumns) -> list[Diagnostic]:
    names = [name.lower() for name in (*(column.name for column in found.kept), *found.added)]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [
        Diagnostic(
            code="T363",
            message=f"the predictions would have two columns {name!r}",
            expected="names that differ by more than upper and lower case",
            fix="Set `prefix`, such as `predicted_`, or leave the column out of `keep`",
        )
        for name in twice
    ]
