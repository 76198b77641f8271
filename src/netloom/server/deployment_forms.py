"""Deployments → their wire forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netloom.server.ownership import OwnedDeployment
from netloom.server.schemas import deployments as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.tracking.deployment_store import DeploymentRecord, RevisionRecord
from netloom.workspace.deployments.numbers import Numbers
from netloom.workspace.deployments.port import address_of
from netloom.workspace.deployments.verbs import KnownDeployment, known_deployment
from netloom.workspace.workbench import Workbench


def page(bench: Workbench, found: Sequence[KnownDeployment], total: int) -> schemas.DeploymentPage:
    """The wire form of a page of deployments."""
    counts = bench.deployments.num_corrections([known.record.id for known in found])
    rows = [schemas.DeploymentSummary(**_summary(bench, known, counts)) for known in found]
    return schemas.DeploymentPage(deployments=rows, total=total)


def deployment(
    bench: Workbench, owned: OwnedDeployment, record: DeploymentRecord | None = None
) -> schemas.Deployment:
    """The wire form of one deployment.

    Args:
        record: As it is now, if it was changed.
    """
    return schemas.Deployment(**_whole(bench, owned, record or owned.record))


def made_deployment(
    bench: Workbench, owned: OwnedDeployment, token: str | None
) -> schemas.MadeDeployment:
    """The wire form of one that was just made, with its token."""
    return schemas.MadeDeployment(**_whole(bench, owned, owned.record), token=token)


def history(
    found: Sequence[Numbers], latest: Numbers | None, *, every_s: float
) -> schemas.NumbersHistory:
    """The wire form of the last measurements."""
    return schemas.NumbersHistory(
        latest=_numbers(latest),
        every_s=every_s,
        times=[each.time for each in found],
        requests_per_s=[round(each.requests_per_s, 3) for each in found],
        errors_per_s=[round(each.errors_per_s, 3) for each in found],
        p50_ms=[each.p50_ms for each in found],
        p99_ms=[each.p99_ms for each in found],
        in_flight=[each.in_flight for each in found],
        memory_bytes=[each.memory_bytes for each in found],
    )


def _whole(bench: Workbench, owned: OwnedDeployment, record: DeploymentRecord) -> dict[str, Any]:
    known = known_deployment(bench, record, owned.access, owned.right)
    status = bench.supervisor.status(record.id)
    return {
        **_summary(bench, known, bench.deployments.num_corrections([record.id])),
        "revisions": [_revision(each, record) for each in known.revisions],
        "started": status.started,
        "restarts": status.restarts,
    }


def _summary(
    bench: Workbench, known: KnownDeployment, corrections: Mapping[str, int]
) -> dict[str, Any]:
    record = known.record
    current, upcoming = known.current, known.upcoming
    told = next((each for each in (current, *known.revisions) if each and each.models), None)
    return {
        "id": record.id,
        "name": record.name,
        "note": record.note,
        "state": record.state,
        "wanted": record.wanted,
        "url": address_of(bench.supervisor.host, record),
        "port": record.port,
        "protected": record.is_protected,
        "revision": current and _revision(current, record),
        "upcoming": upcoming and _revision(upcoming, record),
        "task": told and told.models[0].task,
        "problem": diagnostics(record.problem),
        "numbers": _numbers(bench.numbers.latest(record.id)),
        "corrections": corrections.get(record.id, 0),
        "created": record.created,
        "owner": known.access.owner,
        "visibility": known.access.visibility,
        "right": known.right,
    }


def _revision(revision: RevisionRecord, record: DeploymentRecord) -> schemas.DeploymentRevision:
    return schemas.DeploymentRevision(
        number=revision.number,
        run=revision.run,
        pipeline=revision.pipeline,
        state=revision.state,
        is_current=revision.number == record.revision,
        digest=revision.digest,
        size_bytes=revision.size_bytes,
        models=[
            schemas.DeployedModel.model_validate(each, from_attributes=True)
            for each in revision.models
        ],
        created=revision.created,
        created_by=revision.created_by,
        problem=diagnostics(revision.problem),
    )


def _numbers(found: Numbers | None) -> schemas.DeploymentNumbers | None:
    if found is None:
        return None
    return schemas.DeploymentNumbers(
        requests_per_s=round(found.requests_per_s, 3),
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        requests=found.requests,
        errors=found.errors,
        in_flight=found.in_flight,
        waiting=found.waiting,
        memory_bytes=found.memory_bytes,
    )
