"""A service of a table model as people write it by hand: FastAPI, pydantic, dictionaries, PyTorch.

    python benchmarks/http_peers/rows_by_hand.py PACKAGE PORT

It knows the two kinds of columns that the benchmark's table has: numbers (z-score) and texts (vocabulary).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

from netloom.models.tabular.package import open_table_package

NOTHING, FIRST = 1, 2


def row_model(buckets: list[dict[str, Any]]) -> type[BaseModel]:
    """What a row has to have."""
    kinds: dict[str, Any] = {"number": float | None, "category": str | None}
    fields = {
        feature["column"]: (kinds[feature["type"]], ...)
        for bucket in buckets
        for feature in bucket["features"]
    }
    return create_model("Row", **fields)


def make_app(package: Path) -> FastAPI:
    """The application."""
    document = json.loads((package / "feature_map.json").read_text())
    buckets = document["buckets"]
    (label,) = document["labels"]
    _, network = open_table_package(package)
    row = row_model(buckets)
    vocabularies = {}
    for bucket in buckets:
        offset = 0
        for feature in bucket["features"]:
            if feature["type"] == "category":
                values = {text: offset + FIRST + n for n, text in enumerate(feature["vocabulary"])}
                vocabularies[feature["column"]] = (offset, values)
                offset += FIRST + len(values)

    def encoded(rows: list[Any]) -> dict[str, torch.Tensor]:
        tensors: dict[str, torch.Tensor] = {}
        for bucket in buckets:
            numbers, ids = [], []
            for feature in bucket["features"]:
                values = [getattr(each, feature["column"]) for each in rows]
                if feature["type"] == "number":
                    seen = feature["statistics"]
                    filled = np.array([seen["mean"] if v is None else v for v in values])
                    numbers.append((filled - seen["mean"]) / seen["deviation"])
                else:
                    offset, known = vocabularies[feature["column"]]
                    ids.append(
                        [offset + NOTHING if v is None else known.get(v, offset) for v in values]
                    )
            if numbers:
                tensors[f"{bucket['name']}_numbers"] = torch.from_numpy(
                    np.stack(numbers, 1).astype(np.float32)
                )
            if ids:
                tensors[f"{bucket['name']}_ids"] = torch.tensor(ids, dtype=torch.int32).T
        return tensors

    app = FastAPI()

    def predict(question: Any) -> dict[str, Any]:
        with torch.inference_mode():
            (logits,) = network(encoded(question.rows))
        scores = torch.sigmoid(logits[:, 0]).tolist()
        name = label["name"]
        return {"rows": [{name: score >= 0.5, f"{name}_score": score} for score in scores]}

    question = create_model("Question", rows=(list[row], ...))  # type: ignore[valid-type]
    predict.__annotations__ = {"question": question}
    app.post("/v1/predict")(predict)
    return app


if __name__ == "__main__":
    uvicorn.run(make_app(Path(sys.argv[1])), port=int(sys.argv[2]), log_level="error")
