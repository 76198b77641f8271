"""The error tree. Every error a user can cause is a :class:`NetloomError`.

The tree:
    NetloomError                    has diagnostics; the CLI prints them, HTTP turns them into 4xx
    ├── InvalidInput                the user's file, graph, settings or data cannot be accepted
    │   ├── InvalidPipeline         a pipeline file or graph does not check
    │   └── InvalidData             a data set, archive or image cannot be read
    ├── NotFound                    a run, node, artifact or file that was named does not exist
    ├── Conflict                    the request is valid but the present state forbids it
    ├── JobFailed                   a job ended badly: raised, timed out, was killed
    ├── ArtifactDamaged             a stored artifact does not match its manifest
    └── StorageFailed               disk full, folder not writable, database unreachable

    JobCancelled                    not an Exception: unwinds a job that was asked to stop
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from netloom.core.diagnostics import Diagnostic, Place


class NetloomError(Exception):
    """A problem that has an explanation for the user, carried as diagnostics."""

    default_code = "W000"

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = diagnostics
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))

    @classmethod
    def of(
        cls,
        message: str,
        *,
        code: str | None = None,
        place: Place | None = None,
        expected: str | None = None,
        got: str | None = None,
        fix: str | None = None,
    ) -> Self:
        """An error of this class with a single diagnostic."""
        return cls(
            Diagnostic(
                code=code or cls.default_code,
                message=message,
                place=place or Place(),
                expected=expected,
                got=got,
                fix=fix,
            )
        )

    def __reduce__(self) -> tuple[type[NetloomError], tuple[Diagnostic, ...]]:
        return type(self), self.diagnostics


class InvalidInput(NetloomError):
    """The user's input cannot be accepted; nothing was changed."""


class InvalidPipeline(InvalidInput):
    """A pipeline file or graph does not check. Carries *all* problems found."""

    default_code = "G000"


class InvalidData(InvalidInput):
    """A data set, archive or image cannot be read."""

    default_code = "I000"


class NotFound(NetloomError):
    """Something the user named does not exist."""

    default_code = "W404"


class Conflict(NetloomError):
    """The request is valid, but the present state forbids it."""

    default_code = "W409"


class JobFailed(NetloomError):
    """A job ended badly."""

    default_code = "X200"


class ArtifactDamaged(NetloomError):
    """A stored artifact does not match its manifest."""

    default_code = "W500"


class StorageFailed(NetloomError):
    """The disk is full, a folder cannot be written or the database cannot be reached."""

    default_code = "W507"


class JobCancelled(BaseException):
    """Unwinds a job that was asked to stop; not an Exception, so ``except Exception`` cannot eat it."""


def raise_for(diagnostics: Iterable[Diagnostic]) -> None:
    """Raise :class:`InvalidPipeline` with all errors among ``diagnostics``, if there are any."""
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    if errors:
        raise InvalidPipeline(*errors)


def refusal(error: NetloomError) -> dict[str, object]:
    """An error as a JSON document that another process can raise again, see :func:`raise_refusal`."""
    refused = [diagnostic.to_json() for diagnostic in error.diagnostics]
    return {"refused": refused, "kind": type(error).__name__}


def raise_refusal(document: Mapping[str, Any], *kinds: type[NetloomError]) -> None:
    """Raise the error that a document of :func:`refusal` holds; do nothing if it is another document.

    Args:
        kinds: Classes that may come; others become plain ones.

    Raises:
        NetloomError: Of one of these classes.
    """
    if "refused" in document:
        known = {kind.__name__: kind for kind in kinds}
        problems = [Diagnostic.from_json(each) for each in document["refused"]]
        raise known.get(document["kind"], NetloomError)(*problems)
