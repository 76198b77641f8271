"""Files of data that people sent, and the store protocol that remembers them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """A file that was announced, and perhaps has arrived. Times are seconds since the epoch.

    Attributes:
        name: What people call it.
        sha256: As announced until it is complete, then as it is; None if not announced.
    """

    id: str
    name: str
    file_name: str
    size_bytes: int
    sha256: str | None
    is_complete: bool
    created: float
    completed: float | None = None


class UploadStore(Protocol):
    """Safe for several threads and processes; every method is one transaction."""

    def add(self, upload: UploadRecord) -> None: ...

    def upload(self, upload: str) -> UploadRecord:
        """Raises NotFound."""

    def uploads(self, *, among: Collection[str] | None = None) -> Sequence[UploadRecord]:
        """All, or those of these ids, newest first."""

    def complete(self, upload: str, *, sha256: str, now: float) -> UploadRecord:
        """The file has arrived. Raises NotFound."""

    def remove(self, upload: str) -> None:
        """Idempotent."""
