"""Batches of images with everything that is known about their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from netloom.data.apply.motion import Motion
from netloom.data.apply.object_motion import LEAST_VISIBLE
from netloom.data.apply.scenes import Scene
from netloom.data.batch_loader import BatchLoader, Reading
from netloom.data.datasets import Samples
from netloom.data.epochs import Request
from netloom.data.loaders import channels_first, stacked_images
from netloom.data.objects import Objects, no_objects
from netloom.data.rasterization import UNKNOWN
from netloom.data.seeding import sample_generator, sample_words

_Array = TypeVar("_Array", bound=NDArray[Any])


class SceneBatch(NamedTuple):
    """Some samples. What the task does not learn from is None.

    Attributes:
        images_NCHW: uint8, channels-last in memory; levels of 0..255, not normalised.
        labels_N: int64; -1 where there is no label.
        indices_N: int64 positions in the loader's samples.
        is_known_N: bool; whether somebody has annotated the sample.
        objects: Of each image, where they are now; empty where nobody has looked for them.
        masks_NHW: uint8 positions in the label space; 255 where unknown.
        companions_NCHW: uint8 pictures; or float32, 0 where unknown: depths in metres (one channel), normals
            (three).
        texts: What is written in each image; None where nobody has said so.
        motions: What became of the places of each picture; takes predictions back to it.
    """

    images_NCHW: torch.Tensor
    labels_N: torch.Tensor
    indices_N: torch.Tensor
    is_known_N: torch.Tensor
    objects: tuple[Objects, ...] | None
    masks_NHW: torch.Tensor | None
    companions_NCHW: torch.Tensor | None
    texts: tuple[str | None, ...] | None
    motions: tuple[Motion, ...]


class SceneLoader(BatchLoader[SceneBatch]):
    """Reads, transforms and stacks samples with their annotations.

    The images of an epoch are those of :class:`netloom.data.loaders.Loader`. Blending (``mixup``,
    ``cutmix``) is for classes only and does not act.

    Args:
        least_visible: Objects of which a smaller share of the area stays in view are left out.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        least_visible: float = LEAST_VISIBLE,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(samples, partial(SceneBatches, least_visible=least_visible), reading)


class SceneBatches:
    """Makes batches of scenes, in the caller's process or in a worker."""

    def __init__(
        self, samples: Samples, seed: int, *, cache_bytes: int = 0, least_visible: float
    ) -> None:
        self._samples = samples
        self._seed = seed
        self._least_visible = least_visible
        self._fixed, self._drawing = samples.scene_stages()
        self._kept = _KeptScenes(cache_bytes)

    def __reduce__(self) -> tuple[Any, ...]:
        # Compiled transforms cannot be sent to a spawned worker; it compiles them again.
        return _again, (self._samples, self._seed, self._least_visible)

    def batch(self, request: Request) -> SceneBatch:
        """The samples that are asked for."""
        indices = request.indices_N.tolist()
        scenes = [self._prepared(index) for index in indices]
        if self._drawing is not None:
            words = sample_words(self._seed, request.epoch, request.keys_N)
            scenes = [
                self._drawing(scene, sample_generator(row)) for scene, row in zip(scenes, words)
            ]
        return self._together(scenes, request.indices_N)

    def _prepared(self, index: int) -> Scene:
        scene = self._kept.get(index)
        if scene is None:
            scene = self._samples.read_scene(index)
            scene = self._fixed(scene, None) if self._fixed else scene
            scene = self._kept.keep(index, scene)
        return scene

    def _together(self, scenes: Sequence[Scene], indices_N: NDArray[np.int64]) -> SceneBatch:
        samples, known = self._samples, self._samples.annotations
        indices = indices_N.tolist()
        ids = [samples.ids[index] for index in indices]
        answer = known.answer if known else None
        labels_N = samples.labels_N[indices_N]
        is_known_N = known.is_known_N[indices_N] if known else labels_N >= 0
        return SceneBatch(
            images_NCHW=channels_first(stacked_images([scene.image for scene in scenes], ids)),
            labels_N=torch.from_numpy(labels_N),
            indices_N=torch.from_numpy(indices_N.copy()),
            is_known_N=torch.from_numpy(is_known_N),
            objects=self._objects(scenes) if answer == "objects" else None,
            masks_NHW=_masks(scenes) if answer == "mask" else None,
            companions_NCHW=_companions(scenes),
            texts=tuple(samples.text(index) for index in indices) if answer == "text" else None,
            motions=tuple(scene.motion for scene in scenes),
        )

    def _objects(self, scenes: Sequence[Scene]) -> tuple[Objects, ...]:
        found = (scene.objects(least_visible=self._least_visible) for scene in scenes)
        return tuple(no_objects() if objects is None else objects for objects in found)


def _again(samples: Samples, seed: int, least_visible: float) -> SceneBatches:
    return SceneBatches(samples, seed, least_visible=least_visible)


class _KeptScenes:
    """Scenes that are prepared once, as many as fit into some memory."""

    def __init__(self, size_bytes: int) -> None:
        self._left_bytes = size_bytes
        self._scenes: dict[int, Scene] = {}

    def get(self, index: int) -> Scene | None:
        return self._scenes.get(index)

    def keep(self, index: int, scene: Scene) -> Scene:
        """Keep it if there is room."""
        companion = scene.companion
        arrays = [scene.image, scene.mask, companion.pixels if companion else None]
        num_bytes = sum(array.nbytes for array in arrays if array is not None)
        if num_bytes > self._left_bytes:
            return scene
        self._left_bytes -= num_bytes
        owned = replace(
            scene,
            image=_owned(scene.image),
            mask=None if scene.mask is None else _owned(scene.mask),
            companion=None
            if companion is None
            else replace(companion, pixels=_owned(companion.pixels)),
        )
        self._scenes[index] = owned
        return owned


def _owned(array: _Array) -> _Array:
    """An array that does not keep a larger one in memory, of which it shows a part."""
    return array if array.base is None else array.copy()


def _masks(scenes: Sequence[Scene]) -> torch.Tensor:
    masks_NHW = np.full((len(scenes), *scenes[0].image.shape[:2]), UNKNOWN, np.uint8)
    for place, scene in enumerate(scenes):
        if scene.mask is not None:
            masks_NHW[place] = scene.mask
    return torch.from_numpy(masks_NHW)


def _companions(scenes: Sequence[Scene]) -> torch.Tensor | None:
    """Stacked; all zero where a sample has none."""
    found = [scene.companion.pixels for scene in scenes if scene.companion is not None]
    if not found:
        return None
    companions_NHWC = np.zeros((len(scenes), *found[0].shape), found[0].dtype)
    for place, scene in enumerate(scenes):
        if scene.companion is not None:
            companions_NHWC[place] = scene.companion.pixels
    return channels_first(companions_NHWC)
