"""Batches of lines with their texts as numbers.

Shape legend: N samples, C channels, H height, W width, L characters of all texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from netloom.data.datasets import Samples
from netloom.data.scene_loaders import SceneLoader
from netloom.tasks.text_recognition.alphabet import encoded, needed_steps, places_in


class TextBatch(NamedTuple):
    """Some lines.

    Attributes:
        images_NCHW: uint8, levels of 0..255.
        indices_N: int64 positions in the samples.
        texts: What is written; None where nobody has said so.
        targets_L: int64 places in the label space, text after text; unknown characters are left out.
        lengths: Characters of each text in ``targets_L``.
        needed: Steps that a network needs for each text.
    """

    images_NCHW: Tensor
    indices_N: Tensor
    texts: tuple[str | None, ...]
    targets_L: Tensor
    lengths: tuple[int, ...]
    needed: tuple[int, ...]


class TextBatches:
    """What a loader gives, with texts as numbers of the samples' label space."""

    def __init__(self, loader: SceneLoader, samples: Samples) -> None:
        self._loader = loader
        self._places = places_in(samples.label_names)

    def __len__(self) -> int:
        return len(self._loader)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[TextBatch]:
        """See :class:`netloom.tasks.protocol.Batches`."""
        for batch in self._loader.epoch(epoch, start):
            texts = batch.texts or (None,) * len(batch.indices_N)
            numbers = [encoded(text or "", self._places) for text in texts]
            yield TextBatch(
                images_NCHW=batch.images_NCHW,
                indices_N=batch.indices_N,
                texts=texts,
                targets_L=torch.tensor(
                    [place for text in numbers for place in text], dtype=torch.int64
                ),
                lengths=tuple(len(text) for text in numbers),
                needed=tuple(needed_steps(text) for text in numbers),
            )

    def close(self) -> None:
        """End the workers, if there are any."""
        self._loader.close()
