"""Names of operations, as the OpenAPI document, generated clients and the audit log use them."""

from __future__ import annotations

import re

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """``create_run`` → ``createRun``."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), route.name)
