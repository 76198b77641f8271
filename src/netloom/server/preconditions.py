"""Optimistic locking: who changes a draft says which revision they have seen (RFC 9110, If-Match)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from netloom.core.errors import InvalidInput
from netloom.server.problems import PreconditionMissing

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def seen_revision(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="The `ETag` of what was read, with its quotes."),
    ] = None,
) -> int:
    """The revision a change is based on.

    Raises:
        PreconditionMissing: There is no such header.
        InvalidInput: It is not an ``ETag`` of ours.
    """
    if if_match is None:
        raise PreconditionMissing.of(
            "the header If-Match is missing",
            expected="the ETag of the draft that was changed",
            fix="Read the pipeline, and send its ETag along",
        )
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput.of(
            "the header If-Match is not an ETag of a draft",
            code="S110",
            expected='a number in quotes, such as "7"',
            got=if_match[:100],
        )
    return int(found[1])


SeenRevision = Annotated[int, Depends(seen_revision)]
