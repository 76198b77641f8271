"""The bundles of a deployment's revisions: there, being made, or impossible."""

from __future__ import annotations

from dataclasses import replace

from netloom.core.errors import NetloomError
from netloom.tracking.deployment_states import RevisionState
from netloom.tracking.deployment_store import RevisionRecord
from netloom.tracking.run_store import RunStore
from netloom.workspace.bundles.desk import BundleDesk, BundleWork


class RevisionBundles:
    """Of one deployment. Belongs to the supervisor's thread."""

    def __init__(self, desk: BundleDesk, runs: RunStore) -> None:
        self._desk = desk
        self._runs = runs
        self._works: dict[int, BundleWork] = {}

    def seen_to(self, revision: RevisionRecord) -> RevisionRecord:
        """The revision as it is now; its bundle is begun if there is none. Never waits."""
        if revision.state is RevisionState.READY and not self._is_there(revision):
            revision = replace(revision, state=RevisionState.PREPARING)
        if revision.state is not RevisionState.PREPARING:
            return revision
        try:
            work = self._work(revision)
        except NetloomError as error:
            return replace(revision, state=RevisionState.FAILED, problem=error.diagnostics)
        if not work.is_over:
            return revision
        del self._works[revision.number]
        return _with_outcome(revision, work)

    def _work(self, revision: RevisionRecord) -> BundleWork:
        if revision.number not in self._works:
            run = self._runs.run(revision.run)
            self._works[revision.number] = self._desk.prepare(run)
        return self._works[revision.number]

    def _is_there(self, revision: RevisionRecord) -> bool:
        return revision.digest is not None and self._desk.file(revision.digest).is_file()


def _with_outcome(revision: RevisionRecord, work: BundleWork) -> RevisionRecord:
    bundle = work.bundle
    if bundle is None:
        problem = work.problem.diagnostics if work.problem is not None else ()
        return replace(revision, state=RevisionState.FAILED, problem=problem)
    return replace(
        revision,
        state=RevisionState.READY,
        digest=bundle.digest,
        size_bytes=bundle.size_bytes,
        models=bundle.models,
        problem=(),
    )
