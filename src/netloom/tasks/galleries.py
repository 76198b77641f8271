"""Telling pictures of an evaluation, grouped by what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from netloom.tasks.sections import GallerySection, Picture

ShownT = TypeVar("ShownT")


def large_galleries(
    groups: Iterable[tuple[str, Sequence[ShownT], str]], picture: Callable[[ShownT], Picture]
) -> tuple[GallerySection, ...]:
    """A gallery of large pictures for each group; groups of none are left out.

    Args:
        groups: Title, what to show, and text of each.
        picture: Draws one.
    """
    return tuple(
        GallerySection(title=title, pictures=tuple(map(picture, shown)), text=text, is_large=True)
        for title, shown, text in groups
        if shown
    )
