"""What transforms act on: pixels alone, or all that has a place in an image."""

from __future__ import annotations

from typing import Protocol

from numpy.random import Generator

from netloom.data.apply.geometry import Filling
from netloom.data.apply.image_function import Change, ImageFunction, T
from netloom.data.apply.policies import DrawOperations, augmenting
from netloom.data.apply.sizing import Draw
from netloom.data.images import Image
from netloom.data.transforms.function import Function


class Scope(Protocol[T]):
    """Makes functions on states of some kind out of what a transform does.

    Whatever the scope, the same random numbers are drawn in the same order, so the pixels that come out are
    the same.
    """

    def moving(self, draw: Draw, filling: Filling) -> Change[T]:
        """Pixels go elsewhere."""

    def changing(self, change: ImageFunction) -> Change[T]:
        """Pixels stay in their places and change."""

    def augmenting(self, draw: DrawOperations, filling: Filling) -> Change[T]:
        """Operations of a policy: some move pixels, some change them."""

    def calling(self, call: ImageFunction, transform: Function) -> Change[T]:
        """A function of the user's gets the pixels."""


class PixelScope:
    """Transforms act on the pixels of an image."""

    def moving(self, draw: Draw, filling: Filling) -> ImageFunction:
        """Draw a geometry and apply it."""

        def move(image: Image, rng: Generator | None) -> Image:
            return draw(image.shape[:2], rng).pixels(image, filling)

        return move

    def changing(self, change: ImageFunction) -> ImageFunction:
        """Nothing else is to be done."""
        return change

    def augmenting(self, draw: DrawOperations, filling: Filling) -> ImageFunction:
        """Draw operations and apply them."""
        return augmenting(draw, filling)

    def calling(self, call: ImageFunction, transform: Function) -> ImageFunction:
        """Nothing else is to be done."""
        return call
