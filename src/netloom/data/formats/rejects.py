"""Samples that a source lists but cannot give, and what becomes of them: an error or a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.data.path_text import text_from_path

OnBad = Literal["error", "skip"]
"""What an image that cannot be used does: end the job with a list, or be left out and counted."""

MAX_LISTED = 20
_PATH = Place(setting="path")


@dataclass(frozen=True, slots=True)
class Reject:
    """An image that cannot be used.

    Attributes:
        name: Path of the file, or file and row.
        reason: A sentence about the image, such as "it is empty".
        place: Where it is listed.
    """

    name: str
    reason: str
    place: Place = _PATH
    code: str = "I005"

    def __str__(self) -> str:
        return f"{text_from_path(self.name)}: {self.reason}"

    def diagnostic(self) -> Diagnostic:
        """The problem as the user sees it."""
        name = text_from_path(self.name)
        return Diagnostic(
            code=self.code,
            message=f"image {name} cannot be used: {self.reason}",
            place=self.place,
        )


def refusal(rejects: Sequence[Reject], *, total: int) -> InvalidData:
    """The error that names images which cannot be used, with the reason of each (20 in full).

    Args:
        total: How many images there are, good and bad.
    """
    left_out = len(rejects) - MAX_LISTED
    more = f" ({left_out} more than listed here)" if left_out > 0 else ""
    summary = Diagnostic(
        code="I005",
        message=f"{len(rejects)} of {total} images cannot be used{more}",
        place=_PATH,
        fix="Mend or remove them, or set on_bad: skip to go on without them",
    )
    return InvalidData(*(reject.diagnostic() for reject in rejects[:MAX_LISTED]), summary)


def check_rejects(rejects: Sequence[Reject], *, total: int, on_bad: OnBad) -> None:
    """End here if images are bad and that is an error, or if nothing is left.

    Raises:
        InvalidData: See above.
    """
    if rejects and (on_bad == "error" or len(rejects) == total):
        raise refusal(rejects, total=total)


def remarks_on_rejects(rejects: Sequence[Reject]) -> list[str]:
    """What a person should know about images that were left out."""
    if not rejects:
        return []
    return [f"skipped {len(rejects)} bad images, for instance {rejects[0]}"]
