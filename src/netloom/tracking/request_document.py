"""The JSON form of run requests, in the database and in capsules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from netloom.tracking.records import RunRequest


def request_to_json(request: RunRequest) -> dict[str, Any]:
    """All fields; tuples become lists."""
    document = {field.name: getattr(request, field.name) for field in fields(request)}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in document.items()
    }


def request_from_json(document: Mapping[str, Any]) -> RunRequest:
    """Inverse of :func:`request_to_json`.

    Fields that this version of Netloom does not have are left out, those that are missing get their
    defaults: a capsule is read by newer and older programs than the one that wrote it.
    """
    known = {field.name for field in fields(RunRequest)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name in known
    }
    return RunRequest(**values)
