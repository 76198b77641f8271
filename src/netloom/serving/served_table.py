"""Models of tables that are served: rows in JSON go in, rows with predictions come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from netloom.inference.tables.rows import ReadRows, RowPredictor
from netloom.serving.answer_schemas import Schema
from netloom.serving.batching import Predicts
from netloom.serving.refusals import NotUnderstood, TooLong, WrongMedia
from netloom.serving.row_schemas import answer_schema, example_row, row_schema
from netloom.serving.served import Exchange, Found
from netloom.serving.settings import ServingSettings
from netloom.tasks.tabular.model_summary import TABULAR, only_classes, target_summary

_FORM = '{"rows": [{column: value, …}, …]}'


class RowsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /v1/predict``."""

    rows: list[dict[str, Any]]


_ROWS = msgspec.json.Decoder(RowsRequest)


class PredictsRows:
    """Rows of one request at a time are checked; those of several are predicted together.

    See :class:`netloom.serving.batching.Predicts`.
    """

    def __init__(self, predictor: RowPredictor, *, most_requests: int) -> None:
        self.batch_size = most_requests
        self._predictor = predictor

    def prepare(self, content: Sequence[dict[str, Any]]) -> ReadRows:
        """Check the rows of a request. Raises InvalidData."""
        return self._predictor.read(content)

    def predict_prepared(self, pieces: Sequence[ReadRows]) -> list[list[dict[str, Any]]]:
        """The answers to several requests."""
        return self._predictor.predict(pieces)


@dataclass(frozen=True)
class ServedTable:
    """One model of tables, opened. See :class:`netloom.serving.served.Served`."""

    found: Found
    predictor: RowPredictor

    takes_aip = False

    @property
    def name(self) -> str:
        """In addresses."""
        return self.found.name

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What ``/v1/models`` tells."""
        targets = self.predictor.targets
        return {
            "name": self.name,
            "task": TABULAR,
            "labels": only_classes(targets),
            "input": None,
            "inputs": [column.to_json() for column in self.predictor.columns],
            "targets": [target_summary(target) for target in targets],
            **self.found.origin,
            "stages": [],
        }

    @cached_property
    def schema(self) -> Schema:
        """What the answer to a row looks like."""
        return answer_schema(self.predictor)

    def predicts(self, settings: ServingSettings) -> Predicts:
        """The predictor of rows."""
        return PredictsRows(self.predictor, most_requests=settings.max_batch)

    def limit_bytes(self, settings: ServingSettings) -> int:
        """Of a request with rows."""
        return settings.max_rows_bytes

    def read(
        self, body: bytes, content_type: str, settings: ServingSettings
    ) -> list[list[dict[str, Any]]]:
        """The rows of a request, as one piece: they are checked and predicted together."""
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise WrongMedia.of(
                "this model takes rows of a table",
                expected=f"application/json: {_FORM}",
                got=media_type or "none",
                fix="Send the header Content-Type",
            )
        try:
            rows = _ROWS.decode(body).rows
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotUnderstood.of(
                f"the request is not what this address takes: {error}", expected=_FORM
            ) from error
        if not rows:
            raise NotUnderstood.of("the request holds no row", expected=_FORM)
        if len(rows) > settings.max_rows:
            raise TooLong.of(
                "the request holds too many rows",
                expected=f"at most {settings.max_rows}",
                got=str(len(rows)),
                fix="Send several requests",
            )
        return [rows]

    def read_aip(self, body: bytes, settings: ServingSettings) -> Any:
        """There is no picture to take."""
        raise NotUnderstood.of(
            "this address takes a picture, and the model takes rows of a table",
            fix="Send the rows to /v1/predict",
        )

    def answer(self, predictions: Sequence[Any]) -> dict[str, Any]:
        """One row per row."""
        return {"rows": predictions[0]}

    def exchange(self, settings: ServingSettings, prediction: Schema) -> Exchange:
        """Rows in JSON."""
        rows = {
            "type": "array",
            "items": row_schema(self.predictor.columns),
            "minItems": 1,
            "maxItems": settings.max_rows,
        }
        schema = {
            "type": "object",
            "required": ["rows"],
            "properties": {"rows": rows},
            "additionalProperties": False,
        }
        example = {"rows": [example_row(self.predictor.columns)]}
        return Exchange(
            summary=f"Predict rows of a table with {self.name}.",
            bodies={"application/json": {"schema": schema, "example": example}},
            meaning="One row per row, in their order.",
            answer={"rows": {"type": "array", "items": prediction}},
        )

    def try_out(self) -> None:
        """Predict the usual row, and one in which everything is missing."""
        columns = self.predictor.columns
        missing = dict.fromkeys(column.name for column in columns)
        self.predictor.predict([self.predictor.read([example_row(columns), missing])])


def open_table(
    found: Found, package: Path, settings: ServingSettings, *, device: str
) -> ServedTable:
    """Open the package of a table model.

    Raises:
        InvalidData: Something in it is damaged or was changed.
    """
    predictor = RowPredictor.open(
        package,
        device="cpu" if device == "auto" else device,
        threads=settings.intra_op_threads,
    )
    return ServedTable(found, predictor)
