"""Transforms at work on an image and everything that has a place in it.

What moves pixels moves everything. What changes pixels in their places (colours, texture, erasing, functions
of the user's) changes the image alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.data.apply.companions import Companion
from netloom.data.apply.compilation import compiled_for
from netloom.data.apply.geometry import Extent, Filling, Geometry
from netloom.data.apply.image_function import Change, ImageFunction
from netloom.data.apply.motion import Motion
from netloom.data.apply.object_motion import LEAST_VISIBLE, moved_objects
from netloom.data.apply.policies import DrawOperations, operated, operation_geometry
from netloom.data.apply.sizing import Draw
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.objects import Objects
from netloom.data.rasterization import UNKNOWN
from netloom.data.transforms.catalogue import Transform
from netloom.data.transforms.function import Function, file_and_name

_UNKNOWN = Filling("constant", UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An image and what is known about its places.

    The image, its mask and its companion are what transforms have made of them. Objects and points are kept
    as they were in the picture, together with what has happened since, and are moved once, by :meth:`objects`
    and :meth:`points`: so boxes do not grow with every step, and what is cut off is measured against the
    picture.

    Attributes:
        image: uint8 HWC.
        motion: What became of the places of the picture.
        annotated: Objects in the coordinates of the picture; None if nobody knows.
        points_N2: Points (x, y) in the same; None if there are none.
        mask: uint8 HW, positions in the label space, 255 where unknown.
        companion: A picture that belongs to the image pixel by pixel.
    """

    image: Image
    motion: Motion
    annotated: Objects | None = None
    points_N2: NDArray[np.float64] | None = None
    mask: NDArray[np.uint8] | None = None
    companion: Companion | None = None

    @classmethod
    def of(cls, image: Image, **annotations: Any) -> Scene:
        """A picture as it was read, and the other attributes by name."""
        return cls(image=image, motion=Motion(_extent(image)), **annotations)

    def objects(self, *, least_visible: float = LEAST_VISIBLE) -> Objects | None:
        """The objects where they are now; see :func:`netloom.data.apply.object_motion.moved_objects`."""
        if self.annotated is None:
            return None
        return moved_objects(self.annotated, self.motion, least_visible=least_visible)

    def points(self) -> NDArray[np.float64]:
        """The points where they are now, in view or not: float64 of shape (N, 2)."""
        return np.zeros((0, 2)) if self.points_N2 is None else self.motion.moved(self.points_N2)

    def moved(self, geometry: Geometry, filling: Filling) -> Scene:
        """Everything placed by a geometry."""
        image = geometry.pixels(self.image, filling)
        if image is self.image:
            return self
        mask, companion = self.mask, self.companion
        if mask is not None:
            mask = geometry.pixels(mask[:, :, None], _UNKNOWN, "nearest")[:, :, 0]
        if companion is not None:
            companion = companion.moved(geometry, filling)
        return Scene(  # three times as fast as replacing
            image=image,
            motion=self.motion.then(geometry),
            annotated=self.annotated,
            points_N2=self.points_N2,
            mask=mask,
            companion=companion,
        )


def compile_scene_transforms(
    transforms: Iterable[Transform], part: str | None, functions: Functions = Functions()
) -> Change[Scene]:
    """One function that applies every transform that acts on ``part`` to a scene.

    It draws the same random numbers as :func:`netloom.data.apply.compilation.compile_transforms` and gives
    the same image.

    Raises:
        InvalidData: One of the user's functions cannot be found or imported. Later: it changed the size of an
            image, so that nobody knows where anything is.

    >>> from netloom.data.transforms.sizing import Pad, Resize
    >>> shrink = compile_scene_transforms([Resize(size=4), Pad(margins=1)], None)
    >>> scene = Scene.of(np.zeros((8, 8, 3), np.uint8), points_N2=np.array([[2.0, 6.0]]))
    >>> shrink(scene, None).points().tolist()
    [[2.0, 4.0]]
    """
    return compiled_for(_SceneScope(), transforms, part, functions)


class _SceneScope:
    """Transforms act on scenes."""

    def moving(self, draw: Draw, filling: Filling) -> Change[Scene]:
        def move(scene: Scene, rng: Generator | None) -> Scene:
            return scene.moved(draw(_extent(scene.image), rng), filling)

        return move

    def changing(self, change: ImageFunction) -> Change[Scene]:
        return lambda scene, rng: replace(scene, image=change(scene.image, rng))

    def augmenting(self, draw: DrawOperations, filling: Filling) -> Change[Scene]:
        def augment(scene: Scene, rng: Generator | None) -> Scene:
            for operation, amount in draw(_extent(scene.image), rng):
                geometry = operation_geometry(operation, amount, _extent(scene.image))
                if geometry is not None:
                    scene = scene.moved(geometry, filling)
                else:
                    changed = operated(scene.image, operation, amount, filling)
                    scene = replace(scene, image=changed)
            return scene

        return augment

    def calling(self, call: ImageFunction, transform: Function) -> Change[Scene]:
        def change(scene: Scene, rng: Generator | None) -> Scene:
            image = call(scene.image, rng)
            if image.shape != scene.image.shape:
                raise _lost(transform, _extent(scene.image), _extent(image))
            return replace(scene, image=image)

        return change


def _extent(image: Image) -> Extent:
    return image.shape[0], image.shape[1]


def _lost(transform: Function, before: Extent, after: Extent) -> InvalidData:
    file, name = file_and_name(transform.function)
    return InvalidData.of(
        f"{name} of {file} changed the size of an image that has annotations",
        code="I430",
        place=Place(file=file),
        expected=f"{before[1]}×{before[0]} (width×height)",
        got=f"{after[1]}×{after[0]}",
        fix="Return the size that came in, since nothing says where objects and labels went; "
        "image.resize, image.pad and crops change sizes and move annotations along",
    )
