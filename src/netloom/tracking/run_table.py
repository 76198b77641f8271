"""The table of runs: filtered, sorted and paged, with what people compare runs by."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from netloom.accounts.permissions import Access, Actor
from netloom.core.identifiers import UserName
from netloom.execution.states import RunState
from netloom.tracking.records import RunRecord

METRIC_PREFIX = "metric:"
"""Begins the name of a sort column that is a metric: ``metric:score.accuracy``."""

SORT_COLUMNS = ("created", "started", "finished", "duration", "pipeline", "state", "owner")


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs, in which order.

    Attributes:
        text: Must occur in id, pipeline or description, whatever the case.
        sort: One of :data:`SORT_COLUMNS`, or a metric.
        scratch: None for both kinds.
        limit: How many rows a page has at most.
    """

    pipeline: str | None = None
    states: Sequence[RunState] = ()
    owner: UserName | None = None
    text: str = ""
    scratch: bool | None = False
    sort: str = "created"
    descending: bool = True
    limit: int = 100
    offset: int = 0


class LastMetrics(dict[str, float]):
    """Last values by ``node.name``; not changed once they are in a row."""

    @cached_property
    def json(self) -> str:
        """As JSON, null for what is not a number. A table asks again and again, so it is written once."""
        values = {name: value if math.isfinite(value) else None for name, value in self.items()}
        return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the table.

    Attributes:
        access: Owner, visibility, and of the shares only the asking user's own.
        nodes: How many nodes are in each state.
        metrics: Last values by ``node.name``.
        settings: What the user set, by ``node.setting``, where the rows of this pipeline on this page differ.
    """

    record: RunRecord
    access: Access
    nodes: Mapping[RunState, int] = field(default_factory=dict)
    metrics: LastMetrics = field(default_factory=LastMetrics)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some rows of the table.

    Attributes:
        total: How many runs match, on all pages.
    """

    rows: Sequence[RunRow]
    total: int


class RunTable(Protocol):
    """Reads of many runs at once. Safe for several threads."""

    def page(self, query: RunQuery, actor: Actor) -> RunPage:
        """The rows an actor may see.

        Raises:
            InvalidInput: There is no such column to sort by.
        """


def settings_in(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a graph's JSON form, flat: ``{"fit.epochs": 3, "model.backbone.depth": 18}``."""
    flat: dict[str, Any] = {}
    for node in graph["nodes"]:
        _flatten(node["settings"], f"{node['id']}.", flat)
    return flat


def differing(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each mapping without the entries that all of them share; nothing if there is only one."""
    if len(rows) < 2:
        return [{} for _ in rows]
    first = rows[0]
    shared = {
        name
        for name, value in first.items()
        if all(name in row and row[name] == value for row in rows)
    }
    return [{name: value for name, value in row.items() if name not in shared} for row in rows]


def _flatten(holder: Mapping[str, Any], prefix: str, flat: dict[str, Any]) -> None:
    for name, value in holder.items():
        if isinstance(value, Mapping) and value:
            _flatten(value, f"{prefix}{name}.", flat)
        else:
            flat[prefix + name] = value
