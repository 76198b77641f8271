"""Submitting: everything is checked and written down before anything is queued."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.engines import EngineName
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, RunId, new_run_id
from netloom.execution.placement import unplaceable
from netloom.execution.plan import Plan, check_sources, make_plan, selected_nodes
from netloom.execution.process_name import process_name
from netloom.graph.fingerprint import source_files
from netloom.graph.plugins import import_root
from netloom.graph.serialization import json_from_graph
from netloom.tracking.capsule import environment, write_capsule
from netloom.tracking.ledger import earlier_from_records
from netloom.tracking.records import RunRequest
from netloom.workspace.foreseeing import also_told, foresee
from netloom.workspace.pipelines import LoadedPipeline

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of a graph a plan or run is about; see :func:`netloom.execution.plan.make_plan`."""

    to: tuple[NodeId, ...] = ()
    start: tuple[NodeId, ...] = ()
    force: tuple[NodeId, ...] = ()

    @classmethod
    def of(
        cls, to: Collection[str] = (), start: Collection[str] = (), force: Collection[str] = ()
    ) -> Selection:
        """From plain text."""
        return cls(tuple(map(NodeId, to)), tuple(map(NodeId, start)), tuple(map(NodeId, force)))


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a user may say about a run besides which part of the graph it covers."""

    description: str = ""
    scratch: bool = False
    priority: int = 0
    retried_from: RunId | None = None
    stored_pipeline: str | None = None
    attended: bool = True
    engine: EngineName | None = None


def plan_pipeline(workspace: Workspace, pipeline: LoadedPipeline, selection: Selection) -> Plan:
    """Plan a pipeline with the reasons its earlier runs give.

    Raises:
        InvalidInput: It does not check, a named node does not exist, a source cannot be found, or it is known
            that a job would fail.
    """
    checked = pipeline.checked.require_valid()
    to, start, force = selection.to, selection.start, selection.force
    wanted = selected_nodes(checked, to=to, start=start, force=force)
    with also_told(pipeline, foresee(workspace, pipeline, selected=wanted).problems):
        return make_plan(
            checked,
            workspace.catalogue,
            workspace.cache,
            project=workspace.project,
            to=to,
            start=start,
            force=force,
            earlier=earlier_from_records(workspace.store.last_nodes(pipeline.name)),
        )


def submit(
    workspace: Workspace, pipeline: LoadedPipeline, selection: Selection, options: RunOptions
) -> RunId:
    """Write the capsule and the records of a new run; a dispatcher takes it from there.

    Raises:
        InvalidInput: The graph does not check, a named node does not exist, the data of a source is
            missing, it is known that a job would fail, or it needs more than this machine has.
    """
    checked = pipeline.checked.require_valid()
    wanted = selected_nodes(checked, to=selection.to, start=selection.start, force=selection.force)
    project, operator_files = workspace.project, workspace.operator_files
    with also_told(pipeline, foresee(workspace, pipeline, selected=wanted).problems):
        check_sources(checked, workspace.catalogue, selected=wanted, project=project)
    impossible = [
        problem
        for node in wanted
        if (problem := unplaceable(node, checked.needs[node], workspace.inventory)) is not None
    ]
    if impossible:
        raise InvalidPipeline(*impossible)
    now = time.time()
    run = new_run_id(now)
    request = RunRequest(
        pipeline=pipeline.name,
        graph=json_from_graph(pipeline.graph),
        project=str(project),
        file=pipeline.file,
        targets=selection.to,
        start=selection.start,
        force=selection.force,
        priority=options.priority,
        description=options.description,
        scratch=options.scratch,
        retried_from=options.retried_from,
        stored_pipeline=options.stored_pipeline,
        operator_files=tuple(str(file) for file in operator_files),
        engine=options.engine,
        owner=process_name() if options.attended else "",
    )
    write_capsule(
        workspace.layout.runs / run,
        written=pipeline.written,
        resolved=pipeline.resolved,
        provenance=pipeline.provenance(project),
        request=request,
        environment=environment(project),
        sources=source_snapshot(operator_files),
    )
    operators = {node: str(checked.flat[node].operator) for node in checked.flat.nodes}
    workspace.store.create_run(
        run,
        request,
        {node: operator for node, operator in operators.items() if node in wanted},
        created=now,
    )
    return run


def source_snapshot(operator_files: Sequence[Path]) -> dict[str, bytes]:
    """The user's operator files and what they import from their project, by relative path."""
    snapshot: dict[str, bytes] = {}
    for file in operator_files:
        root = import_root(file)
        for source in source_files(file):
            name = source.relative_to(root) if source.is_relative_to(root) else Path(source.name)
            snapshot[name.as_posix()] = source.read_bytes()
    return snapshot
