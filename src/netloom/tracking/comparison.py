"""Comparing runs: what went in and came out differently, and whether a repetition gave the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.execution.explanation import Change, changes
from netloom.execution.states import RunState
from netloom.graph.fingerprint import Ingredients
from netloom.tracking.records import NodeRecord, RunRecord

Name = TypeVar("Name", bound=str)

_REQUEST_FIELDS = ("pipeline", "targets", "start", "force")
_TIMING = re.compile(r"(?:^|[_/.])(?:s|ms|us|seconds|per_s|per_second)\Z")


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """Last values of one metric; None where it was not logged."""

    name: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """``second - first``; None if one is missing."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first

    def __str__(self) -> str:
        change = "" if self.difference is None else f" ({self.difference:+.6g})"
        return f"{self.name} {_shown(self.first)} → {_shown(self.second)}{change}"

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "name": self.name,
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
        }


@dataclass(frozen=True, slots=True)
class NodeComparison:
    """What differs between the records of one node in two runs.

    Attributes:
        states: State in the first and in the second run.
        changes: Settings, inputs, source data and code that differ.
        outputs: Ports whose content differs.
        metrics: Metrics whose last value differs.
    """

    node: NodeId
    states: tuple[RunState, RunState]
    changes: tuple[Change, ...] = ()
    outputs: tuple[str, ...] = ()
    metrics: tuple[MetricDifference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Nothing differs; a result that was reused counts like one that was computed."""
        return not (self.changes or self.outputs or self.metrics or self._state_differs)

    @property
    def _state_differs(self) -> bool:
        first, second = self.states
        return first != second and not (first.has_outputs and second.has_outputs)

    def sentences(self) -> Iterator[str]:
        """One for each difference."""
        if self._state_differs:
            yield f"{self.states[0]} → {self.states[1]}"
        yield from map(str, self.changes)
        yield from map(str, self.metrics)
        if self.outputs:
            yield f"different output: {', '.join(self.outputs)}"

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "states": [str(state) for state in self.states],
            "changes": [change.to_json() for change in self.changes],
            "outputs": list(self.outputs),
            "metrics": [metric.to_json() for metric in self.metrics],
        }


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What differs between two runs.

    Attributes:
        request: What was asked for differently: field → value in the first and in the second run.
        only_first: Nodes that only the first run has.
        only_second: Nodes that only the second run has.
        nodes: Nodes of both runs that differ.
    """

    first: RunId
    second: RunId
    request: Mapping[str, tuple[Any, Any]]
    only_first: tuple[NodeId, ...]
    only_second: tuple[NodeId, ...]
    nodes: Mapping[NodeId, NodeComparison]

    @property
    def is_equal(self) -> bool:
        """Nothing differs."""
        return not (self.request or self.only_first or self.only_second or self.nodes)

    def __str__(self) -> str:
        lines = [f"{self.first} → {self.second}"]
        for name, (first, second) in self.request.items():
            lines.append(f"  {name}: {_listed(name, first)} → {_listed(name, second)}")
        for run, nodes in ((self.first, self.only_first), (self.second, self.only_second)):
            if nodes:
                lines.append(f"  only in {run}: {', '.join(nodes)}")
        for node in self.nodes.values():
            lines.append(f"  {node.node}")
            lines += [f"    {sentence}" for sentence in node.sentences()]
        return "\n".join(lines if len(lines) > 1 else [*lines, "  no differences"])

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "first": self.first,
            "second": self.second,
            "request": {
                name: [list(value) if isinstance(value, tuple) else value for value in values]
                for name, values in self.request.items()
            },
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "nodes": {node: comparison.to_json() for node, comparison in self.nodes.items()},
        }


def compare_runs(
    first: RunRecord,
    second: RunRecord,
    first_nodes: Mapping[NodeId, NodeRecord],
    second_nodes: Mapping[NodeId, NodeRecord],
) -> RunComparison:
    """Settings, data, code, states, outputs and metrics in which two runs differ."""
    compared = [
        _compare_nodes(record, second_nodes[node])
        for node, record in first_nodes.items()
        if node in second_nodes
    ]
    asked = {
        name: (getattr(first.request, name), getattr(second.request, name))
        for name in _REQUEST_FIELDS
    }
    return RunComparison(
        first=first.id,
        second=second.id,
        request={name: values for name, values in asked.items() if values[0] != values[1]},
        only_first=tuple(node for node in first_nodes if node not in second_nodes),
        only_second=tuple(node for node in second_nodes if node not in first_nodes),
        nodes={found.node: found for found in compared if not found.is_equal},
    )


@dataclass(frozen=True, slots=True)
class ValueComparison:
    """One value of a run and of its repetition.

    Attributes:
        kind: ``output`` (values are artifact ids), ``metric`` or ``state``. ``timing`` is a metric
            that measures the machine: shown, but not expected to repeat.
        name: Port or metric; empty for a state.
        before: None if only the repetition has it.
        after: None if the repetition lacks it.
    """

    node: NodeId
    kind: Literal["output", "metric", "timing", "state"]
    name: str
    before: str | float | None
    after: str | float | None

    @property
    def is_equal(self) -> bool:
        """Byte for byte, bit for bit; two NaN are equal."""
        return _same(self.before, self.after)

    @property
    def difference(self) -> float | None:
        """Absolute difference of two numbers."""
        if isinstance(self.before, int | float) and isinstance(self.after, int | float):
            return 0.0 if self.is_equal else abs(self.after - self.before)
        return None

    def __str__(self) -> str:
        name = f"{self.node}.{self.name}" if self.name else str(self.node)
        if self.is_equal:
            return f"= {name} {_shown(self.before)}"
        sign = "~" if self.kind == "timing" else "≠"
        return f"{sign} {name} {_shown(self.before)} → {_shown(self.after)}"

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "node": self.node,
            "kind": self.kind,
            "name": self.name,
            "before": self.before,
            "after": self.after,
            "equal": self.is_equal,
            "difference": self.difference,
        }


@dataclass(frozen=True, slots=True)
class OutputComparison:
    """A run and its repetition, value by value."""

    values: tuple[ValueComparison, ...]

    @property
    def differences(self) -> tuple[ValueComparison, ...]:
        """Values that should be equal and are not."""
        return tuple(v for v in self.values if not v.is_equal and v.kind != "timing")

    @property
    def is_equal(self) -> bool:
        """Every output, metric and state is equal; timings do not count."""
        return not self.differences

    def __str__(self) -> str:
        return "\n".join(map(str, self.values))

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "values": [value.to_json() for value in self.values],
            "num_different": len(self.differences),
        }


def compare_outputs(
    before: Mapping[NodeId, NodeRecord], after: Mapping[NodeId, NodeRecord]
) -> OutputComparison:
    """Compare artifact ids, last metric values and states of a run with those of its repetition.

    A cached result counts as succeeded: both stand for the same output.
    """
    return OutputComparison(
        tuple(
            value
            for node in dict.fromkeys((*before, *after))
            for value in _node_values(node, before.get(node), after.get(node))
        )
    )


def _node_values(
    node: NodeId, before: NodeRecord | None, after: NodeRecord | None
) -> Iterator[ValueComparison]:
    yield ValueComparison(node, "state", "", _outcome(before), _outcome(after))
    for port in _names(before.outputs if before else {}, after.outputs if after else {}):
        artifacts = (_artifact(before, port), _artifact(after, port))
        yield ValueComparison(node, "output", port, *artifacts)
    old = before.last_metrics if before else {}
    new = after.last_metrics if after else {}
    for name in _names(old, new):
        kind: Literal["timing", "metric"] = "timing" if _TIMING.search(name) else "metric"
        yield ValueComparison(node, kind, name, old.get(name), new.get(name))


def _compare_nodes(first: NodeRecord, second: NodeRecord) -> NodeComparison:
    metrics = (
        MetricDifference(name, first.last_metrics.get(name), second.last_metrics.get(name))
        for name in _names(first.last_metrics, second.last_metrics)
    )
    return NodeComparison(
        node=first.node,
        states=(first.state, second.state),
        changes=_changed_ingredients(first, second),
        outputs=tuple(
            port
            for port in _names(first.outputs, second.outputs)
            if _artifact(first, port) != _artifact(second, port)
        ),
        metrics=tuple(metric for metric in metrics if not _same(metric.first, metric.second)),
    )


def _changed_ingredients(first: NodeRecord, second: NodeRecord) -> tuple[Change, ...]:
    if first.ingredients is None or second.ingredients is None:
        return ()  # one of them never got so far; its state says so
    before, after = map(Ingredients.from_json, (first.ingredients, second.ingredients))
    return tuple(changes(before, after))


def _outcome(record: NodeRecord | None) -> str | None:
    if record is None:
        return None
    return str(RunState.SUCCEEDED if record.state.has_outputs else record.state)


def _artifact(record: NodeRecord | None, port: PortName) -> str | None:
    output = record.outputs.get(port) if record else None
    return output.artifact if output else None


def _names(first: Iterable[Name], second: Iterable[Name]) -> list[Name]:
    return list(dict.fromkeys((*first, *second)))


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return first == second or (math.isnan(first) and math.isnan(second))
    return bool(first == second)


def _shown(value: str | float | None) -> str:
    if value is None:
        return "nothing"
    return value[:12] if isinstance(value, str) else f"{value:.8g}"


def _listed(field: str, value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return ", ".join(map(str, value)) or ("none" if field == "force" else "all")
