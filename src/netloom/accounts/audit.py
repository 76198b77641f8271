"""The audit log: who changed what, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from netloom.core.identifiers import UserName


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write.

    Attributes:
        time: Seconds since the epoch.
        user: None if nobody was signed in, e.g. for a sign-in that failed.
        action: What was done, as the API's operation id: ``createRun``.
        about: The object's id, if there is one.
        status: The answer's HTTP status.
        address: Where the request came from.
        details: What else is worth keeping; never a secret.
        number: Place in the log; 0 before it is written.
    """

    time: float
    user: UserName | None
    action: str
    about: str = ""
    status: int = 200
    address: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0


class AuditLog(Protocol):
    """Append-only. Safe for several threads and processes."""

    def append(self, entry: AuditEntry) -> None: ...

    def entries(
        self,
        *,
        before: int | None = None,
        user: UserName | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> Sequence[AuditEntry]:
        """Entries with ``number < before``, newest first."""
