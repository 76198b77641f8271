"""The tables, for SQLite and PostgreSQL alike.

JSON is kept as text, not in a database type: order of keys (nodes stand in the order they were written)
and NaN (a metric may be it) survive, and a document is only parsed by who needs it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

REVISION = "0006"
"""Newest migration. A database at this revision is used without loading Alembic."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Counter = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only in a column declared INTEGER."""

runs = Table(
    "runs",
    metadata,
    Column("number", _Counter, primary_key=True),  # order of creation; clocks may step back
    Column("id", Text, nullable=False, unique=True),
    Column("pipeline", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("scratch", Boolean, nullable=False),
    Column("study", Text),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("cancel_requested", Boolean, nullable=False),
    Column("request", Text, nullable=False),  # without the graph, which a listing does not need
    Column("graph", Text, nullable=False),
    Index(None, "pipeline", "number"),
    Index(None, "state", "number"),
    sqlite_autoincrement=True,
)

run_nodes = Table(
    "run_nodes",
    metadata,
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("pipeline", Text, nullable=False),  # with run_number: repeated from runs for the index
    Column("run_number", _Counter, nullable=False),
    Column("operator", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("fingerprint", Text),
    Column("started", Double),
    Column("finished", Double),
    Column("seconds", Double),
    Column("why", Text, nullable=False),
    Column("ingredients", Text),
    Column("outputs", Text, nullable=False),
    Column("diagnostics", Text, nullable=False),
    Column("request", Text),
    Column("progress", Text),
    Column("last_metrics", Text, nullable=False),
)

Index(
    "ix_run_nodes_last",
    run_nodes.c.pipeline,
    run_nodes.c.node,
    run_nodes.c.run_number,
)

metric_chunks = Table(
    "metric_chunks",
    metadata,
    Column("id", _Counter, primary_key=True),
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("node", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Integer, nullable=False),  # see store/metric_chunks.py
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("steps", LargeBinary, nullable=False),  # little-endian int64
    Column("values", LargeBinary, nullable=False),  # little-endian float64
    Column("times", LargeBinary, nullable=False),  # little-endian float64
    Index(None, "run", "node", "name", "level"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", _Counter, primary_key=True),
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("time", Double, nullable=False),
    Column("event", Text, nullable=False),
    Index(None, "run", "seq"),
    sqlite_autoincrement=True,  # a number is never reused, even after its run was deleted
)

answers = Table(
    "answers",
    metadata,
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("answer", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("number", _Counter, primary_key=True),  # order of queueing among equal priorities
    Column("id", Text, nullable=False, unique=True),
    Column("run", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),  # queued or running; a finished job is gone
    Column("priority", Integer, nullable=False),
    Column("queued", Double, nullable=False),
    Column("spec", Text, nullable=False),
    Index(None, "state", "priority", "number"),
    Index(None, "run", "node", "attempt", unique=True),
    sqlite_autoincrement=True,
)

device_leases = Table(
    "device_leases",
    metadata,
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("cpus", Double, nullable=False),
    Column("memory_mb", Integer),
    Column("gpus", Text, nullable=False),  # JSON list of indices
    Column("gpu_memory_mb", Integer),
)

dispatch_leases = Table(
    "dispatch_leases",
    metadata,
    Column("name", Text, primary_key=True),  # what is led: there is one dispatcher per workspace
    Column("holder", Text, nullable=False),
    Column("expires", Double, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("password_hash", Text),
    Column("created", Double, nullable=False),
    Column("last_seen", Double),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),  # of the secret in the cookie
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("agent", Text, nullable=False),
    Index(None, "user"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double),
    Column("last_used", Double),
    Index(None, "user"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("note", Text, nullable=False),
    Column("used_by", Text),
)

object_access = Table(
    "object_access",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("owner", Text, ForeignKey("users.name", ondelete="CASCADE")),
    Column("visibility", Text, nullable=False),
    Index(None, "owner", "kind"),
)

shares = Table(
    "shares",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("right", Text, nullable=False),
    Index(None, "user", "kind"),
)

pipelines = Table(
    "pipelines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("draft", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("num_versions", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("changed_by", Text, nullable=False),
)

pipeline_versions = Table(
    "pipeline_versions",
    metadata,
    Column("pipeline", Text, ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created", Double, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text),
    Column("is_complete", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("completed", Double),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("description", Text, nullable=False, server_default=""),
)

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("run", Text, nullable=False),  # not a reference: a registered model outlives its run
    Column("node", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("preview", Text, nullable=False),
    Column("history", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("registered", Double, nullable=False),
    Index(None, "owner", "name", "version", unique=True),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("port", Integer),
    Column("is_protected", Boolean, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),  # what is served
    Column("target", Integer, nullable=False),  # what is to be served
    Column("created", Double, nullable=False),
    Column("problem", Text, nullable=False),
)

deployment_revisions = Table(
    "deployment_revisions",
    metadata,
    Column("deployment", Text, ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("run", Text, nullable=False),  # not a reference: a bundle outlives its run
    Column("pipeline", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("created_by", Text),
    Column("digest", Text),
    Column("size_bytes", BigInteger),
    Column("models", Text, nullable=False),
    Column("problem", Text, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("deployment", Text, ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("user", Text),
    Column("picture", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("task", Text, nullable=False),
    Column("answer", Text, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", _Counter, primary_key=True),
    Column("time", Double, nullable=False),
    Column("user", Text),  # not a reference: the log outlives its users
    Column("action", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index(None, "user", "number"),
    sqlite_autoincrement=True,
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("last", Double, nullable=False),
)
