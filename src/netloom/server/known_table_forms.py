"""What is known of tables before they exist → its wire form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netloom.graph.foresight import Foresight
from netloom.server.schemas import authoring as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.tables.known_table import KnownTable


def known_tables(found: Foresight) -> schemas.KnownTables:
    """The wire form of what is known; values that are no tables are left out."""
    nodes = {}
    for node in {**found.inputs, **found.outputs}:
        inputs = _inputs(found.inputs.get(node, {}))
        outputs = {
            str(port): _table(value)
            for port, value in found.outputs.get(node, {}).items()
            if isinstance(value, KnownTable)
        }
        if inputs or outputs:
            nodes[str(node)] = schemas.NodeTables(inputs=inputs, outputs=outputs)
    return schemas.KnownTables(nodes=nodes, diagnostics=diagnostics(found.problems))


def _inputs(ports: Mapping[Any, Iterable[Any]]) -> dict[str, list[schemas.KnownTable | None]]:
    return {
        str(port): [_table(value) if isinstance(value, KnownTable) else None for value in values]
        for port, values in ports.items()
        if any(isinstance(value, KnownTable) for value in values)
    }


def _table(known: KnownTable) -> schemas.KnownTable:
    return schemas.KnownTable(
        columns=[
            schemas.KnownColumn(name=column.name, type=column.type or None)
            for column in known.columns
        ],
        keys=list(known.keys or ()),
    )
