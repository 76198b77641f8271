"""How samples with places become batches, and what a network takes of them; the same for all such tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from netloom.models.architecture import ImageInput
from netloom.tasks.picture_input import picture_input, without_single

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.data.apply.motion import Motion
    from netloom.data.batch_loader import Reading
    from netloom.data.datasets import Samples
    from netloom.data.scene_loaders import SceneBatch, SceneLoader


class SceneTask:
    """Batches are :class:`netloom.data.scene_loaders.SceneBatch`; networks take their pictures."""

    def batches(self, samples: Samples, **reading: Unpack[Reading]) -> SceneLoader:
        """Pictures as bytes ``(N, C, H, W)`` with what is known about each, moved and cut alike."""
        return scene_batches(samples, **reading)

    def image_input(self, samples: Samples) -> ImageInput:
        """Size of the first picture after the transforms, and the data's normalisation."""
        return scene_input(samples)

    def inputs(self, batch: SceneBatch) -> tuple[Tensor, ...]:
        """The pictures."""
        return (batch.images_NCHW,)

    def motions(self, batch: SceneBatch) -> Sequence[Motion]:
        """How each picture was moved."""
        return batch.motions


def scene_batches(samples: Samples, **reading: Unpack[Reading]) -> SceneLoader:
    """Batches of scenes, see :meth:`netloom.tasks.protocol.Task.batches`."""
    from netloom.data.scene_loaders import SceneLoader

    return SceneLoader(samples, **without_single(samples, reading))


def scene_input(samples: Samples) -> ImageInput:
    """Size of the first picture after the transforms, and the data's normalisation."""
    first = next(scene_batches(samples, batch_size=1).epoch(0))
    return picture_input(first.images_NCHW, samples)
