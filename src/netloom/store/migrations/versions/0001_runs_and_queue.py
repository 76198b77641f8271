"""Runs, what happens in them, and the job queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_runs()
    _create_run_nodes()
    _create_metric_chunks()
    _create_events_and_answers()
    _create_queue()


def downgrade() -> None:
    for table in (
        "dispatch_leases",
        "device_leases",
        "jobs",
        "answers",
        "events",
        "metric_chunks",
        "run_nodes",
        "runs",
    ):
        op.drop_table(table)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", _COUNTER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scratch", sa.Boolean(), nullable=False),
        sa.Column("study", sa.Text()),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double()),
        sa.Column("finished", sa.Double()),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_pipeline_number"), "runs", ["pipeline", "number"])
    op.create_index(op.f("ix_runs_state_number"), "runs", ["state", "number"])


def _create_run_nodes() -> None:
    op.create_table(
        "run_nodes",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("run_number", _COUNTER, nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("started", sa.Double()),
        sa.Column("finished", sa.Double()),
        sa.Column("seconds", sa.Double()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ingredients", sa.Text()),
        sa.Column("outputs", sa.Text(), nullable=False),
        sa.Column("diagnostics", sa.Text(), nullable=False),
        sa.Column("request", sa.Text()),
        sa.Column("progress", sa.Text()),
        sa.Column("last_metrics", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "node", name=op.f("pk_run_nodes")),
        _run_of("run_nodes"),
    )
    op.create_index(
        "ix_run_nodes_last",
        "run_nodes",
        ["pipeline", "node", "run_number"],
    )


def _create_metric_chunks() -> None:
    op.create_table(
        "metric_chunks",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("steps", sa.LargeBinary(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_chunks")),
        _run_of("metric_chunks"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_metric_chunks_run_node_name_level"),
        "metric_chunks",
        ["run", "node", "name", "level"],
    )


def _create_events_and_answers() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _COUNTER, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        _run_of("events"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_run_seq"), "events", ["run", "seq"])
    op.create_table(
        "answers",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "node", "version", name=op.f("pk_answers")),
        _run_of("answers"),
    )


def _create_queue() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", _COUNTER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queued", sa.Double(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_jobs")),
        sa.UniqueConstraint("id", name=op.f("uq_jobs_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_jobs_run_node_attempt"), "jobs", ["run", "node", "attempt"], unique=True
    )
    op.create_index(op.f("ix_jobs_state_priority_number"), "jobs", ["state", "priority", "number"])
    op.create_table(
        "device_leases",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("cpus", sa.Double(), nullable=False),
        sa.Column("memory_mb", sa.Integer()),
        sa.Column("gpus", sa.Text(), nullable=False),
        sa.Column("gpu_memory_mb", sa.Integer()),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_device_leases")),
        sa.ForeignKeyConstraint(
            ["job"], ["jobs.id"], name=op.f("fk_device_leases_job_jobs"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "dispatch_leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dispatch_leases")),
    )


def _run_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run"], ["runs.id"], name=op.f(f"fk_{table}_run_runs"), ondelete="CASCADE"
    )
