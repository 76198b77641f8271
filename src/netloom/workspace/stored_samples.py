"""Pictures of data sets that nodes made, wherever they are stored, read one at a time.

Arrow and numpy are imported when somebody looks at such a picture for the first time, and not before.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core import tasks
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData, NotFound
from netloom.data.codec import DatasetCodec
from netloom.data.path_text import path_from_text
from netloom.data.thumbnail import EncodedImage, check_length
from netloom.data.view import Dataset
from netloom.execution.events import Output
from netloom.tracking.records import RunRecord
from netloom.workspace.thumbnails import SIDES, kept_picture, kept_thumbnail, side_for

if TYPE_CHECKING:
    from netloom.data.derived.remarks import Remarks
    from netloom.data.stored_annotations import StoredAnnotations
    from netloom.workspace.workspace import Workspace

_BLOCK = 4096
_WITH_ANNOTATIONS = frozenset(
    task.name
    for task in (
        tasks.ObjectDetection,
        tasks.SemanticSegmentation,
        tasks.TextDetection,
        tasks.TextRecognition,
        tasks.ImageEnhancement,
        tasks.DepthEstimation,
        tasks.NormalEstimation,
    )
)
"""Names of the tasks that learn more than a class from a picture."""


class StoredSample(NamedTuple):
    """A row of an index; see :class:`netloom.data.view.Dataset`."""

    id: str
    path: str | None
    row: int | None
    digest: str
    label: int | None
    part: str | None
    width: int
    height: int


@dataclass(frozen=True)
class StoredSamples:
    """The samples of a stored data set, before any transform.

    Attributes:
        project: Where relative paths of its run start.
    """

    workspace: Workspace
    view: Dataset[Any]
    project: Path

    @classmethod
    def of(cls, workspace: Workspace, run: RunRecord, output: Output) -> StoredSamples:
        """Of an output that is a data set.

        Raises:
            InvalidData: It cannot be read.
        """
        folder = workspace.artifacts.folder(output.artifact)
        view = DatasetCodec().load(folder, artifact=output.artifact)
        return cls(workspace, view, Path(run.request.project))

    def image(self, number: int, *, size: int | None, plain: bool = False) -> EncodedImage:
        """The picture of a sample: as it is stored, or small; with what is known about it drawn in.

        Args:
            size: Pixels that the longer side should have at least, if the picture has so many; None does
                not make it small.
            plain: Draw nothing.

        Raises:
            NotFound: There is no such sample, or its file is gone.
            InvalidData: It cannot be read or made small.
        """
        sample = self.sample(number)
        if self.view.task == tasks.VideoClassification.name and self.view.media_kind == "folder":
            return self._video(sample, size)
        known = None if plain else self.annotations(number)
        if known is not None and known.can_be_drawn:
            return self._annotated(sample, known, number, size)
        if size is None:
            return EncodedImage.of(self._content(sample))
        is_own_file = self.view.media_kind != "array"
        # Pixels of an array may have been prepared, and then their digest is that of the original.
        key = sample.digest if is_own_file else digest_of_json([self.view.media, sample.row])
        return kept_thumbnail(
            self.workspace,
            key,
            side=side_for(size),
            longest=max(sample.width, sample.height) if is_own_file else None,
            read=lambda: self._content(sample),
        )

    def annotations(self, number: int) -> StoredAnnotations | None:
        """What is known about a sample; None if that is its class alone.

        Raises:
            NotFound: There is no such sample.
            InvalidData: It cannot be read.
        """
        if self.view.task not in _WITH_ANNOTATIONS:
            return None
        from netloom.data.annotated_samples import background_of
        from netloom.data.stored_annotations import stored_annotations
        from netloom.tasks.class_colours import class_colours

        index, media = self._resolved(self.view.index), self._resolved(self.view.media)
        labels = self.view.labels
        colours = class_colours(len(labels), first_is_grey=background_of(labels) == 0)
        return stored_annotations(self.view, str(index), media, number, colours_K3=colours)

    def remarks(self, number: int) -> Remarks:
        """What stages have added to a sample: where it was cut out, and what a model found in it.

        Raises:
            NotFound: There is no such sample.
            InvalidData: The list of samples cannot be read.
        """
        from netloom.data.derived.remarks import remarks_of
        from netloom.data.index_rows import index_row

        return remarks_of(index_row(str(self._resolved(self.view.index)), number))

    def _annotated(
        self, sample: StoredSample, known: StoredAnnotations, number: int, size: int | None
    ) -> EncodedImage:
        from netloom.data.annotated_thumbnail import WHOLE_SIDE, annotated_thumbnail

        side = WHOLE_SIDE if size is None else side_for(size)
        # The index is part of an artifact, so that all of this stays true.
        key = digest_of_json([self.view.index, self.view.task, list(self.view.labels), number])
        return kept_picture(
            self.workspace,
            f"{key}-{side}",
            make=lambda: annotated_thumbnail(
                self._content(sample), known.known(), side=side, is_split=size is not None
            ),
        )

    def _video(self, sample: StoredSample, size: int | None) -> EncodedImage:
        from netloom.data.video_thumbnail import video_thumbnail

        side = SIDES[-1] if size is None else side_for(size)
        media, path = self._resolved(self.view.media), path_from_text(sample.path or "")
        video = media / path
        if not video.resolve().is_relative_to(media.resolve()) or not video.exists():
            raise NotFound.of(
                f"the video {path} is not there any more",
                fix="Run the source of the data set again",
            )
        return kept_picture(
            self.workspace,
            f"{sample.digest}-video-{side}",
            make=lambda: video_thumbnail(video, side=side),
        )

    def sample(self, number: int) -> StoredSample:
        """Where a sample lies, and what it is. Raises NotFound."""
        block = _block(str(self._resolved(self.view.index)), number // _BLOCK)
        place = number % _BLOCK
        if place >= len(block):
            raise NotFound.of(f"there is no sample {number}")
        return block[place]

    def _content(self, sample: StoredSample) -> bytes:
        """The encoded image."""
        media = self._resolved(self.view.media)
        if self.view.media_kind == "array":
            return _png_of_row(media, sample.row or 0)
        if self.view.media_kind == "arrow":
            file = media if sample.path is None else media / path_from_text(sample.path)
            return _arrow_cell(file, sample.row or 0, self.view.media_column)
        return _file_content(media, path_from_text(sample.path or ""))

    def _resolved(self, location: str) -> Path:
        return self.workspace.artifacts.located(location, project=self.project)


@lru_cache(maxsize=16)
def _block(index: str, number: int) -> tuple[StoredSample, ...]:
    """Some rows of an index; artifacts never change, so what was read once stays true.

    Raises:
        InvalidData: It cannot be read.
    """
    from netloom.data.index_rows import index_block

    block = index_block(index, number, rows=_BLOCK, columns=StoredSample._fields)
    return () if block is None else tuple(StoredSample(**row) for row in block.to_pylist())


def _file_content(media: Path, path: str) -> bytes:
    file = media / path
    try:
        is_inside = file.resolve().is_relative_to(media.resolve())
        if not is_inside or not file.is_file():
            raise FileNotFoundError
        check_length(file.stat().st_size)
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFound.of(
            f"the image {path} is not there any more", fix="Run the source of the data set again"
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error


def _arrow_cell(file: Path, row: int, column: str) -> bytes:
    from netloom.data.arrow_files import ImageCells, open_arrow

    try:
        cell = ImageCells(open_arrow(file)[column])[row]
        check_length(len(cell))
        return bytes(cell)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise _unreadable(f"{file.name}, row {row}", str(error)) from error


def _png_of_row(file: Path, row: int) -> bytes:
    """One picture of an array, without loading the others."""
    import numpy as np
    import PIL.Image

    try:
        images = np.load(file, mmap_mode="r", allow_pickle=False)
        pixels = np.ascontiguousarray(images[row])
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
            raise ValueError(f"its pixels are {pixels.dtype} of shape {pixels.shape}")
    except (OSError, ValueError, IndexError) as error:
        raise _unreadable(f"{file.name}, row {row}", str(error)) from error
    target = io.BytesIO()
    grey = pixels.shape[2] == 1
    PIL.Image.fromarray(pixels[:, :, 0] if grey else pixels).save(target, "PNG", compress_level=1)
    return target.getvalue()


def _unreadable(image: str, reason: str) -> InvalidData:
    return InvalidData.of(
        f"cannot read image {image}: {reason}",
        code="I010",
        fix="Run the source of the data set again",
    )
