"""Pieces of pictures as files: cut out by several threads, written without loss, described by an index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from netloom.core.reporter import Reporter
from netloom.data.datasets import Samples
from netloom.data.derived.pieces import Piece
from netloom.data.images import Image
from netloom.data.index import index_table

if TYPE_CHECKING:
    import pyarrow as pa

_FOLDER_SIZE = 1000
_QUICK = [cv2.IMWRITE_PNG_COMPRESSION, 1]

Cut = Callable[[Image, Piece], tuple[Image, tuple[int, int, int, int]]]
"""Gives the pixels of a piece, and the left, top, right and bottom of where they were."""


class WrittenPicture(NamedTuple):
    """A picture that was written.

    Attributes:
        path: Below the media folder.
        digest: SHA-256 of the file.
        size: Width and height.
    """

    path: str
    digest: str
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece that was cut out.

    Attributes:
        parent: Position of its picture.
        window: Left, top, right and bottom of what was cut out.
        tag: Tells it apart from other pieces of its picture.
    """

    parent: int
    tag: str
    piece: Piece
    picture: WrittenPicture
    window: tuple[int, int, int, int]


class PictureWriter:
    """Writes pictures that belong to one parent; equal ones once.

    Args:
        folder: The media folder.
        position: Of the parent.
    """

    def __init__(self, folder: Path, position: int) -> None:
        self._folder = folder
        self._position = position
        self._written: dict[str, WrittenPicture] = {}

    def write(self, pixels_HWC: Image) -> WrittenPicture:
        """Write pixels as a PNG file; equal pixels give equal bytes."""
        ordered = pixels_HWC[:, :, ::-1] if pixels_HWC.shape[2] == 3 else pixels_HWC
        _, encoded = cv2.imencode(".png", np.ascontiguousarray(ordered), _QUICK)
        content = encoded.tobytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._written:
            name = f"{self._position:06d}-{len(self._written):03d}.png"
            path = f"{self._position // _FOLDER_SIZE:03d}/{name}"
            file = self._folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            height, width = pixels_HWC.shape[:2]
            self._written[digest] = WrittenPicture(path, digest, (width, height))
        return self._written[digest]


def cut_pictures(
    samples: Samples,
    pieces_N: Sequence[Sequence[tuple[str, Piece]]],
    folder: Path,
    cut: Cut,
    *,
    reporter: Reporter,
    threads: int = 1,
) -> list[Sample]:
    """Cut pieces out of pictures, in the order of the pictures and of their pieces.

    Equal pieces of a picture share a file. A picture without pieces is not even read.

    Args:
        pieces_N: Of each picture, with the tag of each.

    Raises:
        InvalidData: A picture cannot be read.
    """

    def of_picture(position: int) -> list[Sample]:
        if not pieces_N[position]:
            return []
        pixels = samples.read(position)
        writer = PictureWriter(folder, position)
        found = []
        for tag, piece in pieces_N[position]:
            own, window = cut(pixels, piece)
            found.append(Sample(position, tag, piece, writer.write(own), window))
        return found

    cut_out: list[Sample] = []
    with ThreadPoolExecutor(threads) as pool:
        for number, found in enumerate(pool.map(of_picture, range(len(samples)))):
            cut_out += found
            if number % 50 == 49 or number + 1 == len(samples):
                reporter.progress(number + 1, len(samples), unit="picture")
    return cut_out


def table_of(
    cut_out: Sequence[Sample],
    *,
    ids: Sequence[str],
    parts: Sequence[str | None],
    labels: Sequence[int | None],
) -> pa.Table:
    """The index of pieces: each says which picture it comes from, and is of the part of that picture.

    Args:
        ids: Of the pictures.
        parts: Of the pictures.
        labels: Of the pieces.
    """
    import pyarrow as pa

    table = index_table(
        ids=[f"{ids[each.parent]}#{each.tag}" for each in cut_out],
        digests=[each.picture.digest for each in cut_out],
        sizes=[each.picture.size for each in cut_out],
        labels=labels,
        parts=[parts[each.parent] for each in cut_out],
        paths=[each.picture.path for each in cut_out],
    )
    polygons = [_flat(each.piece.place.get("polygon")) for each in cut_out]
    attributes = [json.dumps(each.piece.attributes(), ensure_ascii=False) for each in cut_out]
    added: dict[str, pa.Array] = {
        "parent": pa.array([ids[each.parent] for each in cut_out], pa.string()),
        "box": pa.array([_extent(each.window) for each in cut_out], pa.list_(pa.float64())),
        "polygon": pa.array(polygons, pa.list_(pa.float64())),
        "attributes": pa.array(attributes, pa.string()),
    }
    for name, column in added.items():
        table = table.append_column(name, column)
    return table


def _extent(window: Sequence[int]) -> list[float]:
    left, top, right, bottom = map(float, window)
    return [left, top, right - left, bottom - top]


def _flat(polygon: Any) -> list[float] | None:
    return None if polygon is None else [float(number) for corner in polygon for number in corner]
