"""A small look into what a node made."""

from __future__ import annotations

from typing import Literal

from netloom.server.schemas.datasets import ClassCount
from netloom.server.schemas.wire import Answer, JsonValue


class PreviewImage(Answer):
    """A sample to show."""

    number: int
    label: str | None
    part: str | None
    text: str | None = None
    """What is written in it, or the beginning of that; null where nobody says."""
    url: str
    """Where its thumbnail is, with what is known about it drawn in; ``plain=true`` leaves that out."""


class ObjectSizes(Answer):
    """How many boxes are how large: by the side of a square of the same area."""

    small: int
    """Below 32 pixels."""
    medium: int
    large: int
    """From 96 pixels on."""


class ObjectCount(Answer):
    """How many objects a class has."""

    name: str
    num_objects: int
    num_images: int
    """Those that show one."""


class ObjectCounts(Answer):
    """The objects of a data set in numbers."""

    num_objects: int
    num_annotated: int
    """Images in which somebody has looked for objects."""
    per_image: float
    """Mean over those."""
    classes: list[ObjectCount]
    sizes: ObjectSizes


class TextCounts(Answer):
    """The transcriptions of a data set in numbers."""

    num_texts: int
    num_characters: int


class SampleObject(Answer):
    """An object in a picture; coordinates are pixels from its top left corner."""

    label: str | None
    text: str | None
    """What is written there."""
    colour: str
    """In which it is drawn, as ``#rrggbb``."""
    box: list[float]
    """Left, top, right, bottom."""
    outlines: list[list[float]]
    """Closed lines, x and y of each corner in turn; empty where only the box is known."""
    is_crowd: bool
    """Whether it stands for an unknown number of objects."""


class SampleArea(Answer):
    """How much of a picture a class covers."""

    label: str | None
    """Null for pixels of which nobody knows."""
    colour: str
    share: float


class FoundObject(Answer):
    """An object that a model found in a picture; coordinates are pixels from its top left corner."""

    label: str | None
    score: float
    box: list[float]
    """Left, top, right, bottom."""
    outlines: list[list[float]]
    """At most one closed line, x and y of each corner in turn; empty where only the box is known."""


class SampleOrigin(Answer):
    """The picture that a sample was cut out of."""

    parent: str
    """Id of that picture."""
    box: list[float] | None
    """Left, top, right, bottom in it, in pixels."""
    coarse: str | None
    """Class of the object by the stage before."""
    score: float | None
    """How sure that stage was."""
    source: Literal["predicted", "ground_truth", "matched"] | None
    """Where box and coarse class come from; ``matched``: a found box with the class of the true object."""


class StoredSample(Answer):
    """One sample of a data set that a node made: before transforms act on it."""

    number: int
    id: str
    label: str | None
    part: str | None
    width: int
    height: int
    kind: Literal["class", "objects", "mask", "picture", "depth", "normals", "text"]
    """What is to be learned from it."""
    is_annotated: bool
    text: str | None
    objects: list[SampleObject]
    """The largest first, at most five hundred."""
    num_objects: int
    areas: list[SampleArea]
    """By its mask, those that cover most first."""
    origin: SampleOrigin | None
    """Of a sample that a stage cut out of another picture."""
    found: list[FoundObject]
    """What a model found in it, the surest first, at most five hundred."""
    num_found: int
    found_label: str | None
    """The class that a model gave it."""
    found_score: float | None


class TableHead(Answer):
    """The first rows of a table."""

    columns: list[str]
    rows: list[list[JsonValue]]
    num_rows: int


class OutputPreview(Answer):
    """What is worth showing of an output on the canvas; what does not apply to its kind is empty."""

    kind: Literal["dataset", "table", "file", "value", "other"]
    artifact: str
    media_type: str
    size_bytes: int
    summary: dict[str, JsonValue]
    """As in the run: what its kind says of itself."""
    num_samples: int | None = None
    num_pairs: int | None = None
    """Samples that have a target, a depth map or normals; null where that is not what is to be learned."""
    objects: ObjectCounts | None = None
    texts: TextCounts | None = None
    parts: dict[str, int] = {}
    classes: list[ClassCount] = []
    images: list[PreviewImage] = []
    """At most eight, of different classes."""
    table: TableHead | None = None
    file: str | None = None
    """Of a file: where it can be downloaded."""
