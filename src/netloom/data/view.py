"""Data sets as they flow along the edges of a graph: descriptions, not pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, get_args

from netloom.core.errors import InvalidData
from netloom.core.tasks import TaskT
from netloom.data.transforms.catalogue import Transform, transform_from_json

Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = get_args(Part)

FRAMES = "frames"
"""Column of an index of videos: how many frames each has."""

FORMAT = 1
"""Raised when the JSON form changes so that older programs cannot read it."""


@dataclass(frozen=True)
class Dataset(Generic[TaskT]):
    """A view of stored samples: where they are, and what happens to each when it is read.

    The samples are listed in ``index``, a Parquet file with one row for each:

    ========  ========  =============================================================================
    id        string    stable name, unique in the data set
    digest    string    hexadecimal SHA-256 of the encoded image (of the pixels, for arrays)
    path      string    file below ``media``; null if ``media`` is one file
    row       int64     row of the file; null for image files
    label     int32     position in ``labels``; null if unlabelled
    part      string    ``train``, ``valid`` or ``test``; null if not assigned
    width     int32     pixels, before any transform
    height    int32     pixels, before any transform
    ========  ========  =============================================================================

    What tasks other than classification learn from stands in further columns, null where nobody knows:

    ========  ========  =============================================================================
    objects   list      boxes, outlines, labels and texts (:mod:`netloom.data.objects`)
    mask      string    file below ``media`` whose levels are positions in ``labels``; 255 is unknown
    target    string    file below ``media``: the picture, depth map or normals that should come out
    unit      float64   metres for each level of a depth map that is a picture
    text      string    what is written in the image
    frames    int32     of a video; then ``path`` is a video file or a folder of frames
    ========  ========  =============================================================================

    Samples derived from others (crops of detections, say) add the columns ``parent`` (id), ``box``
    (x, y, width, height in pixels), ``polygon`` and ``attributes``; what a model found in samples stands in
    those of :mod:`netloom.data.derived.found`. Readers keep columns unknown to them.

    Attributes:
        task: Name of the learning task the labels belong to.
        index: Location of the Parquet file (see :mod:`netloom.core.locations`).
        media: Location of the pixels.
        media_kind: What lies there. ``folder``: image files below a folder. ``array``: one ``.npy`` array,
            uint8 NHWC; masks or targets of its images lie beside it. ``arrow``: one Arrow IPC file, or a
            folder of them, with encoded images in the rows of a column.
        labels: The label space; the order gives the class indices.
        transforms: Applied in order. Those that augment act on the training part only.
        channels: How images are read: 1 as grey levels, 3 as red, green, blue.
        remarks: What the source wants people to know, e.g. how many files it left out.
        applied: Transforms that the stored pixels went through already (a cache of prepared images);
            a picture from elsewhere has to go through them first.
        media_column: Column of Arrow files that holds the images.
    """

    task: str
    index: str
    media: str
    media_kind: Literal["folder", "array", "arrow"]
    labels: tuple[str, ...]
    transforms: tuple[Transform, ...] = ()
    channels: Literal[1, 3] = 3
    remarks: tuple[str, ...] = ()
    applied: tuple[Transform, ...] = ()
    media_column: str = "image"

    def with_transform(self, transform: Transform) -> Dataset[TaskT]:
        """This data set with one more transform at the end."""
        return replace(self, transforms=(*self.transforms, transform))

    def with_channels(self, channels: Literal[1, 3]) -> Dataset[TaskT]:
        """This data set, read in grey or in colour.

        Raises:
            InvalidData: Its pixels were prepared as they are read now.
        """
        if self.applied and channels != self.channels:
            raise InvalidData.of(
                "prepared images keep the channels they were prepared with",
                code="I362",
                expected=f"{self.channels}",
                got=f"{channels}",
                fix="Put image.grayscale or image.to_rgb before image.cache",
            )
        return replace(self, channels=channels)

    def to_json(self) -> dict[str, Any]:
        """The document kept as ``view.json``."""
        return {
            "netloom_dataset": FORMAT,
            "task": self.task,
            "index": self.index,
            "media": self.media,
            "media_kind": self.media_kind,
            "media_column": self.media_column,
            "labels": list(self.labels),
            "transforms": [transform.model_dump(mode="json") for transform in self.transforms],
            "channels": self.channels,
            "remarks": list(self.remarks),
            "applied": [transform.model_dump(mode="json") for transform in self.applied],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Dataset[TaskT]:
        """Inverse of :meth:`to_json`.

        Raises:
            InvalidData: The document is of another format or does not describe a data set.
        """
        version = document.get("netloom_dataset")
        if version != FORMAT:
            raise InvalidData.of(
                "this data set was written in a format that cannot be read here",
                code="I020",
                expected=f"format {FORMAT}",
                got=f"format {version}",
                fix="Update Netloom, or run the source of the data set again",
            )
        try:
            return cls(
                task=document["task"],
                index=document["index"],
                media=document["media"],
                media_kind=document["media_kind"],
                media_column=document.get("media_column", "image"),
                labels=tuple(document["labels"]),
                transforms=tuple(transform_from_json(entry) for entry in document["transforms"]),
                channels=document["channels"],
                remarks=tuple(document["remarks"]),
                applied=tuple(transform_from_json(entry) for entry in document.get("applied", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidData.of(
                f"this is not the description of a data set: {error}",
                code="I020",
                fix="Run the source of the data set again",
            ) from error
