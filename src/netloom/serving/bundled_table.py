"""What a bundle of a model of tables has of its own: a sample row, and words about its columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netloom.core.errors import InvalidData
from netloom.core.files import write_json, write_text
from netloom.inference.bundle import BundledModel
from netloom.inference.inference_graph import read_graph
from netloom.inference.tables.rows import RowPredictor
from netloom.serving.answer_schemas import Schema
from netloom.serving.row_schemas import answer_schema, example_row
from netloom.serving.runtime_wheel import TABLES
from netloom.tasks.tabular.model_summary import (
    TABULAR,
    columns_summary,
    only_classes,
    target_summary,
)


@dataclass(frozen=True)
class BundledTable:
    """See :class:`netloom.serving.bundle_writing.Content`."""

    predictor: RowPredictor
    models: Mapping[str, BundledModel]

    read_me = "README.tables.md"
    runtime = TABLES

    @property
    def schema(self) -> Schema:
        """Of the answer to one row."""
        return answer_schema(self.predictor)

    @property
    def words(self) -> dict[str, str]:
        """What the text for people says besides what it says of every bundle."""
        rows = [
            f"| `{column.name}` | {column.column_type} | {'yes' if column.required else 'key'} | "
            f"`{json.dumps(column.example, ensure_ascii=False)}` |"
            for column in self.predictor.columns
        ]
        return {"columns": "\n".join(rows)}

    def write_sample(self, folder: Path, *, created: float) -> None:
        """A request with one usual row, and the answer to it; no row is one that was learned from."""
        row = example_row(self.predictor.columns)
        (rows,) = self.predictor.predict([self.predictor.read([row])])
        write_text(folder / "request.json", json.dumps({"rows": [row]}, ensure_ascii=False) + "\n")
        write_json(folder / "response.json", {"rows": rows})


def bundled_table(folder: Path, package: Path, sample: bytes | None) -> BundledTable:
    """What there is to say of a folder with the model of a table.

    Raises:
        InvalidData: The model is damaged, or there is a sample picture.
    """
    if sample is not None:
        raise InvalidData.of(
            "a model of tables has no use for a sample picture",
            code="I494",
            fix="Leave it out: the sample is a usual row",
        )
    predictor = RowPredictor.open(package)
    (step,) = read_graph(folder).models
    targets = predictor.targets
    inputs = columns_summary(package)["asked"]
    model = BundledModel(
        task=TABULAR,
        labels=tuple(only_classes(targets)),
        runtime="torch",
        inputs=None if inputs is None else tuple(inputs),
        targets=tuple(map(target_summary, targets)),
    )
    return BundledTable(predictor, {step.id: model})
