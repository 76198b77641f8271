"""What all jobs of one run have in common, and what each of them adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netloom.core.identifiers import Fingerprint, NodeId, new_job_id
from netloom.execution.contents import KnownContents
from netloom.execution.job_steps import Outputs, steps_of_job
from netloom.execution.jobs import JobSpec
from netloom.execution.ledger import OpenRun
from netloom.graph.validation import CheckedGraph


@dataclass(frozen=True, slots=True)
class Folders:
    """Where jobs of one run find things, as absolute paths."""

    workspace: Path
    run: Path
    project: Path

    def node(self, node: NodeId) -> Path:
        """Folder of one node in the run; ``/`` of nested ids becomes a folder level."""
        return self.run / "nodes" / node


@dataclass(frozen=True, slots=True)
class JobTemplate:
    """Makes the jobs of one run.

    Attributes:
        order: All nodes of the run in topological order.
        catalogue_path: Import path of the catalogue function, for workers.
    """

    run: OpenRun
    checked: CheckedGraph
    contents: KnownContents
    order: Sequence[NodeId]
    folders: Folders
    catalogue_path: str

    def job(
        self,
        node: NodeId,
        outputs: Outputs,
        *,
        attempt: int,
        fingerprint: Fingerprint,
        answers: Sequence[Mapping[str, Any]],
    ) -> JobSpec:
        """The job of one attempt at a node whose inputs are all in ``outputs`` or inline."""
        needs = self.checked.needs[node]
        steps = steps_of_job(node, self.contents, outputs, order=self.order)
        preload = {
            name: None for step in steps for name in self.contents.operator(step.node).preload
        }
        return JobSpec(
            id=new_job_id(),
            run=self.run.id,
            node=node,
            attempt=attempt,
            steps=steps,
            catalogue=self.catalogue_path,
            operator_files=self.run.operator_files,
            code=self.contents.code(node),
            workspace=str(self.folders.workspace),
            folder=str(self.folders.node(node)),
            project=str(self.folders.project),
            needs=needs,
            seed=int(fingerprint[:15], 16),
            threads=max(1, int(needs.cpus)),
            timeout_s=self.checked.flat[node].timeout_s,
            preload=tuple(preload),
            keep_worker=needs.keep_worker,
            priority=self.run.priority,
            engine=self.run.engine,
            answer=dict(answers[-1]) if answers else None,
        )
