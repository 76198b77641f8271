"""What a format reads and writes, and what it can carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.problems import UNREADABLE, Problem, ProblemKind
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder

Fact = Literal[
    "parts",
    "test part",
    "classes",
    "transcriptions",
    "videos",
    "masks",
    "targets",
    "boxes",
    "outlines",
    "several outlines",
    "holes",
    "labels",
    "texts",
    "attributes",
    "crowds",
    "unlooked",
    "order",
]
"""A kind of fact about images. Of a whole image: its part (or whether that is test), its class, what is
written in it, that it is a video, its mask, its target. Of objects: box, outline, several outlines, holes,
label, text, attributes, whether it is a crowd.
``unlooked``: images that nobody has looked at for objects are told from images without any. ``order``: labels
have an order of their own."""
FACTS: tuple[Fact, ...] = get_args(Fact)


@dataclass(frozen=True, kw_only=True)
class AnnotatedImages:
    """A data set as its files say it, before any picture was decoded.

    Attributes:
        format: Name of the format.
        folder: Where all paths start.
        images: Every image once, in the order of the files.
        labels: The label space in order, of objects, images or masks.
        remarks: What was guessed or passed over.
        problems: What could not be used.
    """

    format: str
    folder: SourceFolder
    images: tuple[AnnotatedImage, ...]
    labels: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """That a folder looks like a format.

    Attributes:
        sureness: 0 to 1.
        reason: What was seen, as a clause: "there is a data.yaml".
    """

    sureness: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFormat:
    """A form in which people keep annotated images.

    Attributes:
        name: As settings and the command line say it.
        carries: What it can say.
        recognise: Whether a folder looks like it; cheap.
        read: The whole folder. What cannot be used becomes problems, with file and line.
        write: Into an empty folder, what it carries; the rest was taken out before.
        tolerance: In pixels, how far coordinates may move in writing and reading.
        in_pixels: Objects with these come back as the pixels that they cover.
    """

    name: str
    carries: frozenset[Fact]
    recognise: Callable[[SourceFolder], Recognition | None]
    read: Callable[[SourceFolder], AnnotatedImages]
    write: Callable[[AnnotatedImages, TargetFolder], None]
    tolerance: float = 0.0
    in_pixels: frozenset[Fact] = frozenset()


@dataclass
class ReadingNotes:
    """Collects what a reader has to tell, while it reads."""

    problems: list[Problem] = field(default_factory=list)
    _remarks: list[str] = field(default_factory=list)
    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def problem(
        self,
        kind: ProblemKind,
        name: str,
        reason: str,
        *,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Note that something cannot be used as it is."""
        self.problem_at(Place(file=file, line=line), kind, name, reason)

    def problem_at(self, place: Place, kind: ProblemKind, name: str, reason: str) -> None:
        """The same, of what stands at a place that is known already."""
        self.problems.append(Problem(kind, name, reason, place))

    def lines(self, folder: SourceFolder, path: str) -> list[str]:
        """The lines of a small text file without blank ones; none if it is no text, which is noted."""
        return [line for _, line in self.numbered_lines(folder, path)]

    def numbered_lines(self, folder: SourceFolder, path: str) -> list[tuple[int, str]]:
        """The same, with the number of each."""
        try:
            lines = [line.strip() for line in folder.text(path).split("\n")]
        except ValueError as error:
            self.problem(UNREADABLE, path, str(error), file=path)
            return []
        return [(number, line) for number, line in enumerate(lines, start=1) if line]

    def remark(self, text: str) -> None:
        """Note what was guessed about the whole data set."""
        self._remarks.append(text)

    def seen(self, what: str, example: str, *, number: int = 1) -> None:
        """Note something that may occur often: it is counted, and the first is named."""
        before, first = self._seen.get(what, (0, example))
        if before + number:
            self._seen[what] = before + number, first

    def guessed(self, files: Sequence[str]) -> None:
        """Note which files were found although the annotations call them otherwise."""
        if files:
            what = "files found by the end of their path or in another spelling"
            self.seen(what, files[0], number=len(files))

    def ignored(self, what: str, number: int) -> None:
        """Note how much of something was passed over, if it was."""
        if number:
            self._remarks += remarks_on_passed_over(what, number)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was noted, for people."""
        return (*self._remarks, *remarks_on_seen(self._seen))


def remarks_on_passed_over(what: str, number: int) -> list[str]:
    """What a person should know about things that no task uses."""
    return [f"ignored {what}: {number}"]


def remarks_on_seen(seen: Mapping[str, tuple[int, str]]) -> list[str]:
    """What a person should know about things that occurred, with how often they did and the first of them."""
    return [f"{what}: {number}, for instance {first}" for what, (number, first) in seen.items()]


def read_result(
    name: str,
    folder: SourceFolder,
    images: Sequence[AnnotatedImage],
    notes: ReadingNotes,
    *,
    labels: Sequence[str] = (),
) -> AnnotatedImages:
    """What a reader returns."""
    return AnnotatedImages(
        format=name,
        folder=folder,
        images=tuple(images),
        labels=tuple(labels),
        remarks=notes.remarks,
        problems=tuple(notes.problems),
    )
