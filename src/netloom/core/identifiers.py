"""Identifiers as distinct types, so that a node id cannot be passed where a run id is meant."""

from __future__ import annotations

import re
import secrets
import time
from typing import NewType

NodeId = NewType("NodeId", str)
PortName = NewType("PortName", str)
OperatorId = NewType("OperatorId", str)
RunId = NewType("RunId", str)
JobId = NewType("JobId", str)
ArtifactId = NewType("ArtifactId", str)
"""Hexadecimal SHA-256 of an artifact's content."""
Fingerprint = NewType("Fingerprint", str)
"""Hexadecimal SHA-256 of everything a result depends on."""
PipelineId = NewType("PipelineId", str)
"""A pipeline kept in a workspace; its name is in its text and may change."""
UserName = NewType("UserName", str)
"""How a user signs in and is shared with; never changes."""

NODE_ID_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*\Z")
OPERATOR_ID_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")


def new_run_id(now: float | None = None) -> RunId:
    """A run id that sorts by time and does not collide: ``20260131-142530-1f9c04``."""
    moment = time.localtime(time.time() if now is None else now)
    return RunId(f"{time.strftime('%Y%m%d-%H%M%S', moment)}-{secrets.token_hex(3)}")


def new_job_id() -> JobId:
    """A random job id."""
    return JobId(secrets.token_hex(8))
