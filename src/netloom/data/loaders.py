"""Batches of images: uint8 tensors in an order that only the seed and the epoch decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from netloom.core.errors import InvalidData, NetloomError
from netloom.data.batch_loader import BatchLoader, Reading
from netloom.data.datasets import Samples
from netloom.data.epochs import Request
from netloom.data.images import Image
from netloom.data.mixing import MixedBatch, blend, mixing_among, partners
from netloom.data.seeding import sample_generator, sample_words


class Batch(NamedTuple):
    """Some samples.

    Attributes:
        images_NCHW: uint8, channels-last in memory; levels of 0..255, not normalised.
        labels_N: int64; -1 where there is no label.
        indices_N: int64 positions in the loader's samples.
    """

    images_NCHW: torch.Tensor
    labels_N: torch.Tensor
    indices_N: torch.Tensor


class Loader(BatchLoader[Batch | MixedBatch]):
    """Reads, transforms and stacks images.

    If ``mixup`` or ``cutmix`` is among the transforms of a training part, batches are
    :class:`~netloom.data.mixing.MixedBatch`; partners are of the same batch.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from netloom.data.datasets import open_samples
    >>> from netloom.data.formats.digits import write_digits
    >>> folder = Path(tempfile.mkdtemp())
    >>> samples = open_samples(write_digits(folder), lambda location: folder / location[5:])
    >>> loader = Loader(samples, batch_size=64, shuffle=True, seed=0)
    >>> len(loader), tuple(next(loader.epoch(0)).images_NCHW.shape)
    (29, (64, 1, 8, 8))
    """

    def __init__(self, samples: Samples, **reading: Unpack[Reading]) -> None:
        super().__init__(samples, _ImageBatches, reading)


class _ImageBatches:
    """Makes batches of images, in the caller's process or in a worker."""

    def __init__(self, samples: Samples, seed: int, *, cache_bytes: int = 0) -> None:
        self._samples = samples
        self._seed = seed
        self._fixed, self._drawing = samples.stages()
        self._mixing = mixing_among(samples.transforms) if samples.augment else ()
        self._is_ready_made = samples.is_array and self._fixed is None
        self._cache = _Cache(len(samples), 0 if self._is_ready_made else cache_bytes)

    def __reduce__(self) -> tuple[type[_ImageBatches], tuple[Samples, int]]:
        # Compiled transforms cannot be sent to a spawned worker; it compiles them again.
        return type(self), (self._samples, self._seed)

    def batch(self, request: Request) -> Batch | MixedBatch:
        images_NHWC = self._images(request)
        labels_N = self._samples.labels_N[request.indices_N]
        indices = torch.from_numpy(request.indices_N.copy())
        if not self._mixing:
            return Batch(channels_first(images_NHWC), torch.from_numpy(labels_N), indices)
        weights_N = blend(
            images_NHWC, self._mixing, seed=self._seed, epoch=request.epoch, keys_N=request.keys_N
        )
        return MixedBatch(
            channels_first(images_NHWC),
            torch.from_numpy(labels_N),
            indices,
            torch.from_numpy(partners(labels_N)),
            torch.from_numpy(weights_N),
        )

    def _images(self, request: Request) -> NDArray[np.uint8]:
        """All of a batch, in memory of its own."""
        indices_N = request.indices_N
        if self._drawing is None and self._is_ready_made:
            return self._samples.block(indices_N)
        prepared = self._cache.batch(indices_N, self._prepared)
        if self._drawing is None:
            if isinstance(prepared, np.ndarray):
                return prepared
            return self._stacked(prepared, indices_N)
        words = sample_words(self._seed, request.epoch, request.keys_N)
        images = (
            self._drawing(image, sample_generator(row)) for image, row in zip(prepared, words)
        )
        return self._stacked(images, indices_N)

    def _prepared(self, index: int) -> Image:
        image = self._samples.read(index)
        return self._fixed(image, None) if self._fixed else image

    def _stacked(self, images: Iterable[Image], indices_N: NDArray[np.int64]) -> NDArray[np.uint8]:
        return stacked_images(images, [self._samples.ids[index] for index in indices_N.tolist()])


class _Cache:
    """Prepared images of a data set small enough to be kept, all of one size."""

    def __init__(self, num_samples: int, size_bytes: int) -> None:
        self._num_samples = num_samples
        self._size_bytes = size_bytes
        self._images_NHWC: NDArray[np.uint8] | None = None
        self._filled_N = np.zeros(num_samples if size_bytes else 0, np.bool_)
        self._num_filled = 0

    def batch(
        self, indices_N: NDArray[np.int64], prepare: Callable[[int], Image]
    ) -> Iterator[Image] | NDArray[np.uint8]:
        """The images at these positions: stacked if they are kept, else one after the other."""
        if not self._size_bytes:
            return map(prepare, indices_N.tolist())
        if self._num_filled < self._num_samples:
            for index in indices_N[~self._filled_N[indices_N]].tolist():
                if not self._keep(index, prepare(index)):
                    return map(prepare, indices_N.tolist())
        assert self._images_NHWC is not None  # every batch has at least one sample
        return self._images_NHWC.take(indices_N, axis=0)  # quicker than indexing

    def _keep(self, index: int, image: Image) -> bool:
        if self._images_NHWC is None and image.nbytes * self._num_samples <= self._size_bytes:
            self._images_NHWC = np.empty((self._num_samples, *image.shape), np.uint8)
        if self._images_NHWC is None or self._images_NHWC.shape[1:] != image.shape:
            self._size_bytes, self._images_NHWC = 0, None  # too many, or of several sizes
            return False
        self._images_NHWC[index] = image
        if not self._filled_N[index]:
            self._num_filled += 1
        self._filled_N[index] = True
        return True


def stacked_images(images: Iterable[Image], ids: Sequence[str]) -> NDArray[np.uint8]:
    """The images of a batch in one array: uint8 of shape (N, H, W, C).

    Args:
        ids: Of their samples, for messages.

    Raises:
        InvalidData: They differ in size.

    >>> stacked_images([np.zeros((2, 3, 1), np.uint8)] * 4, "abcd").shape
    (4, 2, 3, 1)
    """
    coming = iter(images)
    first = next(coming)
    batch = np.empty((len(ids), *first.shape), np.uint8)
    batch[0] = first
    for place, image in enumerate(coming, start=1):
        if image.shape != first.shape:
            raise _different_sizes((first, ids[0]), (image, ids[place]))
        batch[place] = image
    return batch


def channels_first(images_NHWC: NDArray[Any]) -> torch.Tensor:
    """The same numbers as a tensor of shape (N, C, H, W), channels-last in memory.

    >>> tuple(channels_first(np.zeros((1, 2, 3, 4), np.uint8)).shape)
    (1, 4, 2, 3)
    """
    return torch.from_numpy(images_NHWC).permute(0, 3, 1, 2)


def _different_sizes(*found: tuple[Image, str]) -> NetloomError:
    sizes = [f"{image.shape[1]}×{image.shape[0]} ({name})" for image, name in found]
    return InvalidData.of(
        "images of one batch differ in size",
        code="I011",
        expected="one size (width×height)",
        got=" and ".join(sizes),
        fix="Put image.resize between the source and this node",
    )
