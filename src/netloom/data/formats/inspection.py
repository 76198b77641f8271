"""Reading every image of a source once: its digest and size, or why it cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from netloom.core.digests import digest_of_bytes
from netloom.core.reporter import Reporter
from netloom.data.images import decode_image, has_more_pictures

_BATCH = 256

InspectAll = Callable[[Iterable[bytes | memoryview]], Iterable["Inspection"]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one look at an encoded image tells.

    Attributes:
        digest: Hexadecimal SHA-256 of the encoded image.
        width: Pixels, once it is turned as its orientation says.
        height: Likewise.
        has_more_pictures: It is an animation, or has pages; the first picture counts.
        problem: Why it cannot be used; None if it can.
    """

    digest: str = ""
    width: int = 0
    height: int = 0
    has_more_pictures: bool = False
    problem: str | None = None


def inspect_image(content: bytes | memoryview) -> Inspection:
    """Decode an image to the last pixel, because headers of damaged files look well.

    >>> inspect_image(b"GIF").problem
    'it is damaged, cut short or no image'
    """
    try:
        height, width, _ = decode_image(content, channels=3).shape
    except ValueError as error:
        return Inspection(problem=str(error))
    return Inspection(digest_of_bytes(content), width, height, has_more_pictures(content))


def inspect_file(path: str) -> Inspection:
    """Likewise for a file; not being able to read it is a problem like any other."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - Path objects cost as much as small images
            content = stream.read()
    except OSError as error:
        return Inspection(problem=f"it cannot be read: {error.strerror}")
    return inspect_image(content)


def inspect_files(
    folder: str | os.PathLike[str], paths: Sequence[str], *, reporter: Reporter, threads: int
) -> Iterator[Inspection]:
    """Inspect files below a folder, in order.

    Args:
        threads: Files read and decoded at the same time.
    """
    below = os.fspath(folder)
    with _mapping(threads) as run:
        # In batches, so that a stop waits for a few files only.
        for first in range(0, len(paths), _BATCH):
            batch = [f"{below}/{path}" for path in paths[first : first + _BATCH]]
            yield from run(inspect_file, batch)
            reporter.progress(first + len(batch), len(paths), unit="image")


@contextmanager
def inspecting(threads: int) -> Iterator[InspectAll]:
    """A function that inspects many images at the same time, for as long as this is open."""
    with _mapping(threads) as run:
        yield lambda contents: run(inspect_image, contents)


@contextmanager
def _mapping(threads: int) -> Iterator[Callable[..., Iterable[Inspection]]]:
    if threads == 1:
        yield map
        return
    with ThreadPoolExecutor(threads) as pool:
        yield pool.map
