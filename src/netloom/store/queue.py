"""The durable job queue and the dispatcher's election, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict
from netloom.core.identifiers import JobId
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.store.database import Database
from netloom.store.documents import dump, load
from netloom.store.schema import device_leases, dispatch_leases, jobs

_DISPATCHER = "dispatcher"
_QUEUED = "queued"
_RUNNING = "running"


class SqlQueueStore:
    """The :class:`netloom.tracking.run_store.QueueStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def together(self) -> AbstractContextManager[None]:
        """What is written to the database inside the block is one transaction."""
        return self._database.together()

    def acquire_dispatch(self, holder: str, *, ttl_s: float, now: float) -> bool:
        """Become, or stay, the one dispatcher until ``now + ttl_s``; see the protocol."""
        expires = now + ttl_s
        with self._database.writing() as connection:
            lease = connection.execute(
                select(dispatch_leases).where(dispatch_leases.c.name == _DISPATCHER)
            ).one_or_none()
            if lease is None:
                connection.execute(
                    insert(dispatch_leases).values(name=_DISPATCHER, holder=holder, expires=expires)
                )
                return True
            if lease.holder != holder and lease.expires > now:
                return False
            connection.execute(
                update(dispatch_leases)
                .where(dispatch_leases.c.name == _DISPATCHER)
                .values(holder=holder, expires=expires)
            )
            return True

    def release_dispatch(self, holder: str) -> None:
        """Give the lease up, if this holder has it."""
        with self._database.writing() as connection:
            connection.execute(
                delete(dispatch_leases).where(
                    dispatch_leases.c.name == _DISPATCHER, dispatch_leases.c.holder == holder
                )
            )

    def dispatcher(self, *, now: float) -> str | None:
        """Who holds a live lease."""
        with self._database.reading() as connection:
            return connection.execute(
                select(dispatch_leases.c.holder).where(
                    dispatch_leases.c.name == _DISPATCHER, dispatch_leases.c.expires > now
                )
            ).scalar()

    def enqueue(self, jobs: Sequence[JobSpec], *, now: float) -> None:
        """Add jobs in state queued; a queued job for the same run, node and attempt is replaced.

        Raises:
            Conflict: Such a job is running, or a job of the same id is in the queue; nothing is
                added.
        """
        if not jobs:
            return
        with self._database.writing() as connection:
            try:
                _replace_queued(connection, jobs, now)
            except IntegrityError as error:
                raise Conflict.of(
                    "a job that is to be queued is already running",
                    place=Place(node=jobs[0].node),
                    got=", ".join(f"{job.node} (attempt {job.attempt})" for job in jobs),
                    fix="Wait until it ends, or cancel the run",
                ) from error

    def queued(self, *, limit: int = 1000) -> Sequence[JobSpec]:
        """Queued jobs, highest priority first, then oldest first."""
        with self._database.reading() as connection:
            found = connection.execute(
                select(jobs.c.spec, jobs.c.priority)
                .where(jobs.c.state == _QUEUED)
                .order_by(jobs.c.priority.desc(), jobs.c.number)
                .limit(limit)
            )
            # A priority can be changed after a job was specified.
            return [
                replace(JobSpec.from_json(load(row.spec)), priority=row.priority) for row in found
            ]

    def lease(self, job: JobId, lease: DeviceLease, *, holder: str, now: float) -> bool:
        """Mark a queued job as running with these devices. False: it is no longer queued."""
        with self._database.writing() as connection:
            if not _move(connection, job, from_state=_QUEUED, to_state=_RUNNING):
                return False
            values = {
                "job": job,
                "holder": holder,
                "since": now,
                "cpus": lease.cpus,
                "memory_mb": lease.memory_mb,
                "gpus": dump(lease.gpus),
                "gpu_memory_mb": lease.gpu_memory_mb,
            }
            connection.execute(_LEASE, values)
            return True

    def leased(self) -> Sequence[tuple[JobSpec, DeviceLease]]:
        """Jobs that are marked running, in the order they were queued."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(jobs.c.spec, device_leases)
                .join_from(jobs, device_leases, jobs.c.id == device_leases.c.job)
                .where(jobs.c.state == _RUNNING)
                .order_by(jobs.c.number)
            )
            return [(JobSpec.from_json(load(row.spec)), _lease(row)) for row in rows]

    def finish(self, job: JobId) -> None:
        """Remove a job and its lease. Idempotent."""
        with self._database.writing() as connection:
            connection.execute(_FINISH, {"of_job": job})

    def requeue(self, job: JobId) -> None:
        """Put a running job back to its old place in the queue; no effect on any other job."""
        with self._database.writing() as connection:
            if _move(connection, job, from_state=_RUNNING, to_state=_QUEUED):
                connection.execute(delete(device_leases).where(device_leases.c.job == job))


# Built once: for rows as few as these, building a statement costs as much as executing it.

_ENQUEUE = insert(jobs)
_REPLACE = delete(jobs).where(
    jobs.c.run == bindparam("of_run"),
    jobs.c.node == bindparam("of_node"),
    jobs.c.attempt == bindparam("of_attempt"),
    jobs.c.state == _QUEUED,
)
_MOVE = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.state == bindparam("from_state"))
    .values(state=bindparam("state"))
)
_LEASE = insert(device_leases)
_FINISH = delete(jobs).where(jobs.c.id == bindparam("of_job"))


def _replace_queued(connection: Connection, specs: Sequence[JobSpec], now: float) -> None:
    # Several jobs given for one attempt replace each other too: the last counts.
    latest = {(spec.run, spec.node, spec.attempt): spec for spec in specs}
    connection.execute(
        _REPLACE,
        [{"of_run": run, "of_node": node, "of_attempt": attempt} for run, node, attempt in latest],
    )
    connection.execute(
        _ENQUEUE,
        [
            {
                "id": spec.id,
                "run": spec.run,
                "node": spec.node,
                "attempt": spec.attempt,
                "state": _QUEUED,
                "priority": spec.priority,
                "queued": now,
                "spec": dump(spec.to_json()),
            }
            for spec in latest.values()
        ],
    )


def _move(connection: Connection, job: JobId, *, from_state: str, to_state: str) -> bool:
    values = {"of_job": job, "from_state": from_state, "state": to_state}
    return connection.execute(_MOVE, values).rowcount == 1


def _lease(row: Row[tuple[object, ...]]) -> DeviceLease:
    return DeviceLease(
        job=JobId(row.job),
        cpus=row.cpus,
        memory_mb=row.memory_mb,
        gpus=tuple(load(row.gpus)),
        gpu_memory_mb=row.gpu_memory_mb,
    )
