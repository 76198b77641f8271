"""Small pictures, made once and kept in the workspace's cache folder, which may be deleted at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netloom.core.errors import StorageFailed
from netloom.core.files import write_bytes
from netloom.data.thumbnail import SHOWN, EncodedImage, thumbnail_of
from netloom.workspace.thumbnail_age import folder_of_thumbnails

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

SIDES = (80, 160, 320, 640)
"""Sides that are made, so that every size does not fill the disk of its own."""
_SMALL_BYTES = 16 << 10


def side_for(size: int) -> int:
    """The smallest side that is made and has ``size`` pixels, or the largest there is.

    >>> side_for(100), side_for(160), side_for(9999)
    (160, 160, 640)
    """
    return next((side for side in SIDES if side >= size), SIDES[-1])


def kept_thumbnail(
    workspace: Workspace,
    key: str,
    *,
    side: int,
    longest: int | None,
    read: Callable[[], bytes],
) -> EncodedImage:
    """A thumbnail from the cache, or made now.

    Args:
        key: Of the image's content: hexadecimal.
        longest: Longer side of the image, if it is known: small ones are given as they are.
        read: Gives the encoded image.

    Raises:
        InvalidData: The image cannot be read or made small.
    """
    if longest is not None and longest <= side:
        image = EncodedImage.of(read())
        if image.media_type in SHOWN and len(image.content) <= _SMALL_BYTES:
            return image
        return thumbnail_of(image.content, side=side)
    return kept_picture(workspace, f"{key}-{side}", make=lambda: thumbnail_of(read(), side=side))


def kept_picture(
    workspace: Workspace, key: str, *, make: Callable[[], EncodedImage]
) -> EncodedImage:
    """A picture from the cache, or made now.

    Args:
        key: Name of a file: everything that the picture depends on, beginning with a digest.

    Raises:
        InvalidData: It cannot be made.
    """
    file = folder_of_thumbnails(workspace.layout) / key[:2] / key
    try:
        known = EncodedImage.of(file.read_bytes())
        if known.media_type in SHOWN:
            return known
    except OSError:
        pass
    made = make()
    try:
        write_bytes(file, made.content, durable=False)
    except StorageFailed:  # it is made anew the next time
        pass
    return made
