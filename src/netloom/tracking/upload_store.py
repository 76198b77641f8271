"""Files of data that people sent, and the store protocol that remembers them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from netloom.core.identifiers import RunId, UserName


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """A file that was announced, and perhaps has arrived. Times are seconds since the epoch.

    Attributes:
        name: What people call it.
        version: 1 for the first of its name and owner.
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
    version: int = 1
    description: str = ""


class UploadStore(Protocol):
    """Safe for several threads and processes; every method is one transaction."""

    def add(self, upload: UploadRecord) -> None: ...

    def upload(self, upload: str) -> UploadRecord:
        """Raises NotFound."""

    def uploads(self, *, among: Collection[str] | None = None) -> Sequence[UploadRecord]:
        """All, or those of these ids, newest first."""

    def next_version(self, name: str, *, owner: UserName) -> int:
        """The number that the next file of this name and owner gets."""

    def describe(self, upload: str, *, name: str, version: int, description: str) -> UploadRecord:
        """Call it something else. Raises NotFound."""

    def complete(self, upload: str, *, sha256: str, now: float) -> UploadRecord:
        """The file has arrived. Raises NotFound."""

    def used_by(self, upload: str) -> Sequence[RunId]:
        """Runs that read the file, newest first; scratch runs left out."""

    def remove(self, upload: str) -> None:
        """Idempotent."""
