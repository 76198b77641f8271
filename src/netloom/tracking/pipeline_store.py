"""Pipelines kept in a workspace: a draft that is saved as one types, and versions that never change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from netloom.core.errors import Conflict
from netloom.core.identifiers import PipelineId


class Outdated(Conflict):
    """Somebody else changed the object since the caller last looked at it."""

    default_code = "S112"


@dataclass(frozen=True, slots=True)
class PipelineRecord:
    """A stored pipeline. Times are seconds since the epoch.

    Attributes:
        name: As in the draft's text when it was last saved.
        draft: Text of the pipeline file being edited; it need not check.
        revision: Grows with every change of the draft; what optimistic locking compares.
        num_versions: Number of its newest version; 0 if there is none.
        changed_by: User who saved the draft last.
    """

    id: PipelineId
    name: str
    description: str
    draft: str
    revision: int
    num_versions: int
    created: float
    changed: float
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """A version of a pipeline: never changed.

    Attributes:
        number: 1 for the first.
        message: What its author says of it.
    """

    pipeline: PipelineId
    number: int
    text: str
    message: str
    author: str
    created: float


class PipelineStore(Protocol):
    """Safe for several threads and processes; every method is one transaction."""

    def create(self, pipeline: PipelineRecord) -> None: ...

    def pipeline(self, pipeline: PipelineId) -> PipelineRecord:
        """Raises NotFound."""

    def pipelines(self, *, among: Collection[str] | None = None) -> Sequence[PipelineRecord]:
        """All, or those of these ids, most recently changed first."""

    def save_draft(
        self,
        pipeline: PipelineId,
        text: str,
        *,
        revision: int,
        name: str,
        description: str,
        author: str,
        now: float,
    ) -> PipelineRecord:
        """Replace the draft if its revision is still ``revision``.

        Raises:
            NotFound: There is no such pipeline.
            Outdated: The draft has another revision; nothing was changed.
        """

    def add_version(
        self, pipeline: PipelineId, *, revision: int, message: str, author: str, now: float
    ) -> PipelineVersion:
        """Keep the present draft as the next version. Raises as :meth:`save_draft` does."""

    def version(self, pipeline: PipelineId, number: int) -> PipelineVersion:
        """Raises NotFound."""

    def versions(self, pipeline: PipelineId) -> Sequence[PipelineVersion]:
        """Newest first. Raises NotFound."""

    def delete(self, pipeline: PipelineId) -> None:
        """Forget a pipeline and its versions; its runs remain. Raises NotFound."""
