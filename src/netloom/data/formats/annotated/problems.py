"""What can be wrong with annotations, and what becomes of each: one row for each kind of problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.data.formats.rejects import MAX_LISTED, OnBad
from netloom.data.path_text import text_from_path

Policy = Literal["skip", "clip", "mend", "keep"]
"""Left out; cut off at the edge of the picture; corrected; kept as it is and told."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One thing that can be wrong.

    Attributes:
        what: The things it befalls, as said of several.
    """

    code: str
    policy: Policy
    what: str


UNREADABLE = ProblemKind("I610", "skip", "entries that cannot be read")
MISSING_PICTURE = ProblemKind("I611", "skip", "entries whose picture is missing")
LISTED_TWICE = ProblemKind("I612", "skip", "entries whose picture was listed before")
DAMAGED_PICTURE = ProblemKind("I613", "skip", "pictures that cannot be decoded")
UNKNOWN_LABEL = ProblemKind("I614", "skip", "objects whose label is not in the label space")
NO_AREA = ProblemKind("I615", "skip", "objects without area")
FEW_CORNERS = ProblemKind("I616", "skip", "outlines with fewer than three corners")
WRONG_MASK = ProblemKind("I617", "skip", "masks that do not fit their picture")
NO_PARTNER = ProblemKind("I618", "skip", "pictures without their counterpart")
DAMAGED_VIDEO = ProblemKind("I619", "skip", "videos that cannot be decoded")
NO_ANNOTATION = ProblemKind("I620", "skip", "entries of another kind than the task needs")
WRONG_TARGET = ProblemKind("I625", "skip", "targets that do not fit their picture")
OUTSIDE = ProblemKind("I621", "clip", "objects that reach beyond their picture")
INVERTED = ProblemKind("I622", "mend", "boxes whose sides were exchanged")
OTHER_SIZE = ProblemKind("I623", "mend", "entries that give their picture another size than it has")
CROSSING = ProblemKind("I624", "keep", "outlines that cross themselves")

_DONE: dict[Policy, str] = {
    "skip": "left out",
    "clip": "clipped at its edge",
    "mend": "corrected",
    "keep": "kept as they are",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an annotation or picture.

    Attributes:
        name: What it is about: a picture, or a picture and an object.
        reason: A sentence about that, such as "it has no area".
        place: File and line that say so.
    """

    kind: ProblemKind
    name: str
    reason: str
    place: Place = field(default_factory=Place)

    @property
    def is_loss(self) -> bool:
        """Whether something is left out because of it."""
        return self.kind.policy == "skip"

    def __str__(self) -> str:
        where = str(Place(file=self.place.file, line=self.place.line))
        text = f"{text_from_path(self.name)}: {self.reason}"
        return f"{where}: {text}" if where else text

    def diagnostic(self) -> Diagnostic:
        """The problem as the user sees it."""
        return Diagnostic(
            code=self.kind.code,
            message=f"{text_from_path(self.name)} cannot be used: {self.reason}",
            place=Place(setting="path", file=self.place.file, line=self.place.line),
        )


def check_problems(problems: Sequence[Problem], *, num_left: int, on_bad: OnBad) -> None:
    """End here if something would be left out and that is an error, or if nothing is left.

    Args:
        num_left: Images that can be used.

    Raises:
        InvalidData: The first 20 are named in full, with file and line.
    """
    losses = [problem for problem in problems if problem.is_loss]
    if num_left and (on_bad == "skip" or not losses):
        return
    left_out = len(losses) - MAX_LISTED
    more = f" ({left_out} more than listed here)" if left_out > 0 else ""
    usable = f"; usable pictures: {num_left}"
    summary = Diagnostic(
        code="I609",
        message=f"{len(losses)} entries or pictures cannot be used{more}{usable}",
        place=Place(setting="path"),
        fix="Mend or remove them, or set on_bad: skip to go on without them"
        if num_left
        else "Check the path and the format",
    )
    raise InvalidData(*(problem.diagnostic() for problem in losses[:MAX_LISTED]), summary)


def remarks_on_problems(problems: Iterable[Problem]) -> list[str]:
    """One remark for each kind of problem: how many, and the first of them."""
    remarks = []
    for _, group in groupby(sorted(problems, key=_code), key=_code):
        alike = list(group)
        kind = alike[0].kind
        remarks.append(f"{kind.what}: {len(alike)}, {_DONE[kind.policy]}; for instance {alike[0]}")
    return remarks


def _code(problem: Problem) -> str:
    return problem.kind.code
