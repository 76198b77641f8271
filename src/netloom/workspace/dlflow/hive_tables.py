"""Where tables of Hive and files of Hadoop are read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netloom.workspace.dlflow.draft import Draft
from netloom.workspace.dlflow.merge_sql import Translated

WAREHOUSE = "warehouse"
"""Variable with the folder of Hive's tables."""


def tables_read(
    draft: Draft, made: Translated, *, source: Mapping[str, Any] | None = None
) -> list[str]:
    """Sources for the Hive tables of a SELECT.

    Args:
        source: Settings of the source if the SELECT has one table whose place is known.
    """
    return [
        source_node(draft, name.rpartition(".")[2], source or {"path": _hive_path(draft, name)})
        for name in made.tables
    ]


def source_node(draft: Draft, name: str, settings: Mapping[str, Any]) -> str:
    """A source with these settings; the one that is there, if there is one."""
    path = located(draft, str(settings["path"]))
    node = {"op": "tables.source", **settings, "path": path}
    wanted = {key: value for key, value in node.items() if value is not None}
    for existing, other in draft.nodes.items():
        if other == wanted:
            return existing
    return draft.add(name, node)


def located(draft: Draft, path: str) -> str:
    """A path of Hadoop's file system, below the variable that says where that is."""
    if path.startswith("/"):
        draft.variables.setdefault("hdfs", "hdfs://")
        return "${vars.hdfs}" + path
    return path


def _hive_path(draft: Draft, name: str) -> str:
    database, _, table = name.rpartition(".")
    draft.variables.setdefault(WAREHOUSE, located(draft, "/user/hive/warehouse"))
    folder = f"{database}.db/" if database and database != "default" else ""
    return "${vars." + WAREHOUSE + "}/" + folder + table
