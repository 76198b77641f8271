"""Predicting with a trained model: pictures in, JSON-able predictions out.

Shape legend: N samples, H height, W width, C channels, K numbers per sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve, local_path
from netloom.data.apply import compile_transforms
from netloom.data.datasets import Samples, open_samples
from netloom.data.images import decode_image
from netloom.data.transforms import transform_from_json
from netloom.data.view import Dataset
from netloom.models.network import Network
from netloom.models.package import PackageManifest, open_package
from netloom.tasks.catalogue import task_named
from netloom.tasks.label_space import relabelled
from netloom.tasks.protocol import Prediction, Task

Image = NDArray[np.uint8]


class Predictor:
    """A model package, opened and ready.

    Preprocessing is the package's own, so a picture is treated here exactly as in training. One
    picture alone gives the same prediction as in a batch (up to rounding). Thread-safe.

    Args:
        device: Where to compute, e.g. ``cpu`` or ``cuda:0``.
        batch_size: Pictures per forward pass.
    """

    def __init__(
        self,
        manifest: PackageManifest,
        network: Network,
        *,
        device: str = "cpu",
        batch_size: int = 256,
    ) -> None:
        self.manifest = manifest
        self.task: Task[Any] = task_named(manifest.task)
        self.labels = manifest.labels
        self.device = torch.device(device)
        self.batch_size = batch_size
        self._network = network.to(self.device).eval()
        self._transforms = tuple(transform_from_json(t) for t in manifest.preprocessing)
        self._prepare = compile_transforms(self._transforms, None)

    def __repr__(self) -> str:
        return f"<predictor of {self.manifest.task}: {', '.join(self.labels)}>"

    @classmethod
    def open(cls, folder: str | Path, *, device: str = "cpu", batch_size: int = 256) -> Self:
        """Open a model package folder.

        Raises:
            NotFound: The folder is not a model package.
            InvalidData: The package is damaged.
        """
        manifest, network = open_package(Path(folder))
        return cls(manifest, network, device=device, batch_size=batch_size)

    def predict(self, images: Any) -> list[Prediction]:
        """Predict one picture or several; the answer is a list in either case.

        Args:
            images: A picture: path of a file, the bytes of one, uint8 pixels (H, W) or (H, W, C) as
                grey or RGB, or a Pillow image. Or a sequence of them, or an array (N, H, W, C).

        Raises:
            InvalidData: A picture cannot be read or has a size the model does not take.

        Example:
            >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
            >>> from netloom.models.network import build_network
            >>> from netloom.models.spec import ConvNet
            >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
            >>> plan = Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=2))
            >>> manifest = PackageManifest(
            ...     task="image_classification", labels=("a", "b"), architecture=plan
            ... )
            >>> predictor = Predictor(manifest, build_network(plan, seed=0))
            >>> len(predictor.predict(np.zeros((5, 8, 8, 1), np.uint8)))
            5
        """
        prepared = (self._prepared(image) for image in _several(images))
        predictions: list[Prediction] = []
        while chunk := list(islice(prepared, self.batch_size)):
            images_NCHW = torch.from_numpy(np.stack(chunk)).permute(0, 3, 1, 2)
            predictions += self.task.decode(self._scores(images_NCHW), self.labels)
        return predictions

    def predict_samples(self, samples: Samples) -> list[Prediction]:
        """Predictions for all samples (from :meth:`samples`), in their order."""
        return self.task.decode(self.scores(samples), self.labels)

    def samples(
        self,
        view: Dataset[Any],
        resolve: Resolve = local_path,
        *,
        part: str | None = None,
        labelled: bool = False,
    ) -> Samples:
        """Samples of a data set, prepared for this model and numbered by its label space.

        A view without transforms goes through the model's own preprocessing. A view that brings
        transforms keeps them; they have to give what the model takes.

        Raises:
            InvalidData: The data is for another task, its labels are unknown to the model, labels are
                missing although ``labelled``, or the pictures have another size or channels.
        """
        if view.task != self.manifest.task:
            raise InvalidData.of(
                "the data set is for another learning task than the model",
                code="I307",
                expected=self.manifest.task,
                got=view.task,
                fix="Connect a data set of the model's task",
            )
        if not any(transform.type != "normalize" for transform in view.transforms):
            channels = self.manifest.architecture.input.channels
            view = replace(view, transforms=self._transforms, channels=channels)
        samples = open_samples(view, resolve, part=part, labelled=labelled, augment=False)
        if labelled:
            samples = relabelled(samples, self.labels)
        if len(samples):
            self._check_shape(self.task.image_input(samples), samples.ids[0])
        return samples

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """The task's numbers for all samples, shape (N, K)."""
        batches = self.task.batches(samples, batch_size=self.batch_size)
        rows = [self._scores(*self.task.inputs(batch)) for batch in batches.epoch(0)]
        width = self.manifest.architecture.head.outputs
        return np.concatenate(rows) if rows else np.empty((0, width), np.float32)

    def _scores(self, *inputs: torch.Tensor) -> NDArray[np.float32]:
        with torch.inference_mode():
            return self.task.scores(self._network(*(t.to(self.device) for t in inputs)))

    def _prepared(self, source: Any) -> Image:
        expected = self.manifest.architecture.input
        pixels, name = _read(source, channels=expected.channels)
        image = self._prepare(pixels, None)
        found = expected.model_copy(update={"height": image.shape[0], "width": image.shape[1]})
        self._check_shape(found, name)
        return image

    def _check_shape(self, found: Any, name: str) -> None:
        expected = self.manifest.architecture.input
        wanted = (expected.width, expected.height, expected.channels)
        got = (found.width, found.height, found.channels)
        if wanted != got:
            raise InvalidData.of(
                f"the model does not take pictures like {name}",
                code="I308",
                expected="{}×{} pixels (width×height), {} channels".format(*wanted),
                got="{}×{} pixels, {} channels".format(*got),
                fix="Resize the pictures, or train with image.resize so that the model does it",
            )


def load(path: Path | str, *, device: str = "cpu") -> Predictor:
    """A trained model, ready to predict.

    Args:
        path: Folder of a model package: an output of ``train``, or a copy of it.
        device: ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        InvalidData: The folder is no model package, or is damaged.
    """
    return Predictor.open(Path(path), device=device)


def _several(images: Any) -> Iterable[Any]:
    if isinstance(images, np.ndarray):
        return images if images.ndim == 4 else [images]
    if isinstance(images, Sequence | Iterator) and not isinstance(images, str | bytes):
        return images
    return [images]


def _read(source: Any, *, channels: int) -> tuple[Image, str]:
    if isinstance(source, str | Path):
        return _decoded(_content(Path(source)), str(source), channels=channels), str(source)
    if isinstance(source, bytes):
        return _decoded(source, "these bytes", channels=channels), "these bytes"
    if hasattr(source, "convert"):
        source = np.asarray(source.convert("L" if channels == 1 else "RGB"))
    return _pixels(source, channels=channels), "this picture"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidData.of(
            f"cannot read image {path}: {error.strerror}", code="I010", fix="Check the file name"
        ) from error


def _decoded(content: bytes, name: str, *, channels: int) -> Image:
    try:
        return decode_image(content, channels=channels)
    except ValueError as error:
        raise InvalidData.of(
            f"cannot read image {name}: {error}", code="I010", fix="Give a whole image file"
        ) from error


def _pixels(source: Any, *, channels: int) -> Image:
    pixels = np.asarray(source)
    shape_fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (1, 3))
    if pixels.dtype != np.uint8 or not shape_fits or not pixels.size:
        raise InvalidData.of(
            "this array is not a picture",
            code="I309",
            expected="uint8 of shape (height, width), (height, width, 1) or (height, width, 3)",
            got=f"{pixels.dtype} of shape {pixels.shape}",
            fix="Convert it: levels 0…255, channels last",
        )
    image: Image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    if image.shape[2] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=2)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
