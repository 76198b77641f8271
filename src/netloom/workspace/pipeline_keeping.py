"""Keeping pipelines: drafts, versions, and what differs between them."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from netloom.accounts.credentials import new_id
from netloom.accounts.permissions import Access, Visibility
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.identifiers import NodeId, PipelineId, UserName
from netloom.graph.graph import Graph, Node
from netloom.graph.pipeline_file.document_text import input_value
from netloom.tracking.pipeline_store import PipelineRecord
from netloom.tracking.run_table import settings_in
from netloom.workspace.authoring import Sketch, sketch

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

_KEYS = ("needs", "retries", "timeout_s", "note", "reuse", "bypass")


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One value of a node that differs."""

    kind: Literal["setting", "input", "key"]
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """How a node differs; ``operator`` before and after, None where the node is not."""

    node: NodeId
    change: Literal["added", "removed", "changed"]
    operator: tuple[str | None, str | None]
    values: tuple[ValueDifference, ...] = ()


def keep(bench: Workbench, text: str, *, owner: UserName, visibility: Visibility) -> PipelineRecord:
    """Keep a text as a new pipeline."""
    now = time.time()
    name, description = _described(sketch(bench.workspace, text), "untitled")
    record = PipelineRecord(PipelineId(new_id()), name, description, text, 1, 0, now, now, owner)
    with bench.queue.together():
        bench.access.put(ObjectId(ObjectKind.PIPELINE, record.id), Access(owner, visibility))
        bench.pipelines.create(record)
    return record


def save_draft(
    bench: Workbench,
    pipeline: PipelineRecord,
    text: str,
    *,
    revision: int,
    author: UserName,
    known: Sketch | None = None,
) -> PipelineRecord:
    """Replace a pipeline's draft. Raises Outdated if it has another revision by now.

    Args:
        known: The text's sketch, if somebody has it already.
    """
    name, description = _described(known or sketch(bench.workspace, text), pipeline.name)
    return bench.pipelines.save_draft(
        pipeline.id,
        text,
        revision=revision,
        name=name,
        description=description,
        author=author,
        now=time.time(),
    )


def forget(bench: Workbench, pipeline: PipelineId) -> None:
    """Delete a pipeline; its runs remain."""
    with bench.queue.together():
        bench.pipelines.delete(pipeline)
        bench.access.forget(ObjectId(ObjectKind.PIPELINE, pipeline))


def graph_differences(before: Graph, after: Graph) -> list[NodeDifference]:
    """Node by node what differs; order, layout and comments do not count."""
    found = [
        NodeDifference(node.id, "removed", (node.operator, None))
        for node in before.nodes.values()
        if node.id not in after.nodes
    ]
    for node in after.nodes.values():
        known = before.nodes.get(node.id)
        if known is None:
            found.append(NodeDifference(node.id, "added", (None, node.operator)))
            continue
        values = tuple(_value_differences(known, node))
        if values or known.operator != node.operator:
            operators = (known.operator, node.operator)
            found.append(NodeDifference(node.id, "changed", operators, values))
    return found


def text_differences(before: str, after: str, names: tuple[str, str]) -> str:
    """A unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), *names
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _value_differences(before: Node, after: Node) -> Iterator[ValueDifference]:
    yield from _differences("setting", _settings(before), _settings(after))
    yield from _differences("input", _inputs(before), _inputs(after))
    yield from _differences("key", _keys(before), _keys(after))


def _differences(
    kind: Literal["setting", "input", "key"], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[ValueDifference]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield ValueDifference(kind, name, old, new)


def _settings(node: Node) -> dict[str, Any]:
    flat = settings_in({"nodes": [{"id": node.id, "settings": node.settings}]})
    return {name.removeprefix(f"{node.id}."): value for name, value in flat.items()}


def _inputs(node: Node) -> dict[str, Any]:
    return {port: input_value(source) for port, source in node.inputs.items()}


def _keys(node: Node) -> dict[str, Any]:
    return {key: getattr(node, key) for key in _KEYS}


def _described(sketched: Sketch, name: str) -> tuple[str, str]:
    """Name and description as the text has them; the name given if it cannot be read."""
    pipeline = sketched.pipeline
    if pipeline is None:
        return name, ""
    description = pipeline.document.description if pipeline.document else ""
    return pipeline.name[:200], description[:10_000]
