"""The palette: what it says of operators."""

from __future__ import annotations

from typing import Any


def test_operators_say_which_outputs_nodes_show_as_tables(site: Any) -> None:
    found = {
        operator["id"]: [output["preview"] for output in operator["outputs"]]
        for operator in site.get("ada", "/operators").json()["operators"]
    }
    wanted = ("tables.merge", "tables.fit_features", "tables.train", "data.split")
    assert {operator: found[operator] for operator in wanted} == {
        "tables.merge": ["table", None],
        "tables.fit_features": ["table"],
        "tables.train": [None, None, None],
        "data.split": [None],
    }
