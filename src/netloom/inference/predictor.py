"""Predicting with a trained model: pictures in, JSON-able predictions out.

Shape legend: N samples, H height, W width, C channels, K numbers per sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from netloom.compression.exported_package import GRAPH_FILE, is_exported, read_exported
from netloom.compression.onnx_network import OnnxNetwork
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve, local_path
from netloom.data.apply.compilation import compile_transforms
from netloom.data.apply.image_function import ImageFunction
from netloom.data.apply.motion import Motion
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.clip_sampling import clips_of
from netloom.data.datasets import Samples, open_samples
from netloom.data.functions import Functions, UserFunction
from netloom.data.images import Image
from netloom.data.transforms.catalogue import Transform, transform_from_json
from netloom.data.view import Dataset
from netloom.inference.own_size import in_place, tiled_network
from netloom.inference.pictures import read_picture, several_pictures
from netloom.inference.videos import (
    OpenedVideo,
    averaged_views,
    check_clips,
    most_clips,
    prepared_clips,
    several_videos,
)
from netloom.models.architecture import ClipInput, ImageInput, PictureHead
from netloom.models.package import PackageManifest, open_package
from netloom.tasks.catalogue import task_for
from netloom.tasks.label_space import relabelled
from netloom.tasks.protocol import Prediction, Scored, Scores, Task

if TYPE_CHECKING:
    from netloom.inference.graph_predictor import GraphPredictor

_MOST_PIXELS = 1 << 21
"""Of a batch, if there is something to say about every place: 8 pictures of 512×512, 128 of 128×128."""


class PreparedPicture(NamedTuple):
    """A picture as a network takes it.

    Attributes:
        pixels: uint8 HWC, after the model's preprocessing.
        motion: What that did to the places of the picture, for a task that speaks of places.
    """

    pixels: Image
    motion: Motion


Computes = Callable[..., Any]
"""A network, loaded: arrays or tensors of a batch to outputs the task understands. Thread-safe."""


class Predictor:
    """A trained or exported model, opened and ready.

    Preprocessing is the model's own, so a picture is treated here exactly as in training. One
    picture alone gives the same prediction as in a batch (up to rounding). Thread-safe.

    Args:
        network: What computes: a :class:`netloom.models.torch_network.TorchNetwork` or an
            :class:`netloom.compression.onnx_network.OnnxNetwork`.
        batch_size: Pictures per forward pass. A network that gives pictures back takes them one by one, in
            tiles and at their own size.
        functions: Where the user's own functions come from that the model's preprocessing names.
    """

    def __init__(
        self,
        manifest: PackageManifest,
        network: Computes,
        *,
        batch_size: int = 256,
        functions: Functions = Functions(),
    ) -> None:
        self.manifest = manifest
        self.task: Task[Any] = task_for(manifest.task, manifest.architecture.head)
        self.labels = manifest.labels
        self.batch_size = batch_size
        if self.task.is_spatial:
            self.batch_size = min(batch_size, _most_at_once(manifest.architecture.input))
        self._network = network
        self._keeps_size = isinstance(manifest.architecture.head, PictureHead)
        if self._keeps_size:
            self._network = tiled_network(network, manifest.architecture, at_once=batch_size)
            self.batch_size = 1
        self._transforms = tuple(transform_from_json(t) for t in manifest.preprocessing)
        self.takes_videos = isinstance(manifest.architecture.input, ClipInput)
        if self.takes_videos:
            self._network = averaged_views(network)
            self.batch_size = min(batch_size, most_clips(manifest.architecture.input))
        self._functions = functions

    def __repr__(self) -> str:
        return f"<predictor of {self.manifest.task}: {', '.join(self.labels)}>"

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        device: str = "cpu",
        batch_size: int = 256,
        functions: Functions = Functions(),
    ) -> Self:
        """Open the folder of a model package or of an exported model.

        Exported models are computed by ONNX Runtime; no deep-learning framework is loaded for them.

        Args:
            device: Where to compute, e.g. ``cpu`` or ``cuda:0``.
            functions: Where the user's own functions come from that the model's preprocessing names.
                Without, such a model can be opened, but not predict: opening imports no code.

        Raises:
            NotFound: The folder is neither.
            InvalidData: Something in it is damaged, or the device is unknown.
        """
        folder = Path(folder)
        if is_exported(folder):
            manifest = read_exported(folder)
            graph = OnnxNetwork(folder / GRAPH_FILE, device=device)
            return cls(manifest, graph, batch_size=batch_size, functions=functions)
        from netloom.models.torch_network import TorchNetwork

        opened = open_package(folder)
        network = TorchNetwork(opened.network, device=device)
        return cls(opened.manifest, network, batch_size=batch_size, functions=functions)

    def predict(self, images: Any) -> list[Prediction]:
        """Predict one picture or several; the answer is a list in either case.

        Args:
            images: A picture: path of a file, the bytes of one, uint8 pixels (H, W) or (H, W, C) as
                grey or RGB, or a Pillow image. Or a sequence of them, or an array (N, H, W, C). For a
                model of videos: a file, a folder of frames, bytes, or uint8 frames (T, H, W, C); or a
                sequence of them.

        Raises:
            InvalidData: A picture cannot be read or has a size the model does not take.

        Example:
            >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
            >>> from netloom.models.network import build_network
            >>> from netloom.models.spec import ConvNet
            >>> from netloom.models.torch_network import TorchNetwork
            >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
            >>> plan = Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=2))
            >>> manifest = PackageManifest(
            ...     task="image_classification", labels=("a", "b"), architecture=plan
            ... )
            >>> predictor = Predictor(manifest, TorchNetwork(build_network(plan, seed=0)))
            >>> len(predictor.predict(np.zeros((5, 8, 8, 1), np.uint8)))
            5
        """
        several = several_videos(images) if self.takes_videos else several_pictures(images)
        prepared = (self.prepare(image) for image in several)
        predictions: list[Prediction] = []
        while chunk := list(islice(prepared, self.batch_size)):
            predictions += self.predict_prepared(chunk)
        return predictions

    def prepare(self, image: Any) -> PreparedPicture:
        """Read one picture and apply the package's preprocessing; any thread may call it.

        Args:
            image: One picture in any form that :meth:`predict` takes.

        Raises:
            InvalidData: It cannot be read or has a size the model does not take.
        """
        return self._prepared(image)

    def predict_prepared(self, pictures: Sequence[PreparedPicture]) -> list[Prediction]:
        """Predictions for one batch of pictures from :meth:`prepare`, in their order."""
        if self._keeps_size and len(pictures) > 1:
            return [found for each in pictures for found in self.predict_prepared([each])]
        images_NCHW = np.moveaxis(np.stack([picture.pixels for picture in pictures]), -1, -3)
        motions = [picture.motion for picture in pictures]
        return self.task.decode(self._scores(images_NCHW), self.labels, motions)

    def preparing(
        self, transforms: Sequence[Transform], functions: Functions
    ) -> Callable[[Image], PreparedPicture]:
        """A function that puts pictures (of videos: each frame) through transforms as for prediction.

        Raises:
            InvalidData: One of the user's functions cannot be found or imported.
        """
        if self.task.is_spatial:
            return with_motion(transforms, functions)
        change = compile_transforms(transforms, None, functions)
        return lambda pixels: PreparedPicture(change(pixels, None), Motion(pixels.shape[:2]))

    def predict_samples(self, samples: Samples) -> list[Prediction]:
        """Predictions for all samples (from :meth:`samples`), in their order."""
        return list(self.predictions(samples))

    def predictions(self, samples: Samples) -> Iterator[Prediction]:
        """Likewise, one after the other: only those of a batch are in memory."""
        for scores, batch in self.scored(samples):
            yield from self.task.decode(scores, self.labels, self.task.motions(batch))

    def samples(
        self,
        view: Dataset[Any],
        resolve: Resolve = local_path,
        *,
        part: str | None = None,
        labelled: bool = False,
    ) -> Samples:
        """Samples of a data set, prepared for this model and numbered by its label space.

        A view without transforms goes through the model's own preprocessing, as far as its stored pixels
        did not yet. A view that brings transforms keeps them; they have to give what the model takes.

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
        functions = None
        if all(transform.is_for_batches for transform in view.transforms):
            view, functions = self._preprocessed(view), self._functions
        samples = open_samples(
            view, resolve, part=part, labelled=labelled, augment=False, functions=functions
        )
        if self._keeps_size:
            samples = replace(samples, transforms=in_place(samples.transforms))
        if labelled:
            samples = relabelled(samples, self.labels)
        if len(samples):
            self._check_shape(self.task.image_input(samples), samples.ids[0])
        return samples

    def _preprocessed(self, view: Dataset[Any]) -> Dataset[Any]:
        """The view with this model's preprocessing, less what stored pixels went through already."""
        done = len(view.applied)
        if view.applied != self._transforms[:done]:
            return view
        channels = view.channels if done else self.manifest.architecture.input.channels
        return replace(view, transforms=self._transforms[done:], channels=channels)

    def scored(self, samples: Samples) -> Iterator[Scored]:
        """The task's numbers for all samples (from :meth:`samples`), in their order, batch by batch."""
        for batch in self.task.batches(samples, batch_size=self.batch_size).epoch(0):
            yield Scored(self._scores(*self.task.inputs(batch)), batch)

    def _scores(self, *inputs: Any) -> Scores:
        return self.task.scores(self._network(*inputs))

    @cached_property
    def _prepare(self) -> Callable[[Image], PreparedPicture]:
        transforms = in_place(self._transforms) if self._keeps_size else self._transforms
        return self.preparing(transforms, self._functions)

    def prepare_video(self, video: OpenedVideo) -> PreparedPicture:
        """The clips of a video, as :meth:`prepare` gives them.

        Raises:
            InvalidData: It cannot be read or has frames of a size that the model does not take.
        """
        clips = prepared_clips(video, clips_of(self._transforms), self._change_frame)
        found = self._input_like(clips.shape[2:]).model_copy(update={"frames": clips.shape[1]})
        self._check_shape(found, video.name)
        return PreparedPicture(clips if len(clips) > 1 else clips[0], Motion(clips.shape[2:4]))

    @cached_property
    def _change_frame(self) -> ImageFunction:
        return compile_transforms(self._transforms, None, self._functions)

    def _input_like(self, shape: Sequence[int]) -> ImageInput:
        return self.manifest.architecture.input.model_copy(
            update={"height": shape[0], "width": shape[1]}
        )

    def _prepared(self, source: Any) -> PreparedPicture:
        expected = self.manifest.architecture.input
        if self.takes_videos:
            return self.prepare_video(OpenedVideo(source, channels=expected.channels))
        pixels, name = read_picture(source, channels=expected.channels)
        prepared = self._prepare(pixels)
        self._check_shape(self._input_like(prepared.pixels.shape), name)
        return prepared

    def _check_shape(self, found: Any, name: str) -> None:
        expected = self.manifest.architecture.input
        if self._keeps_size and found.channels == expected.channels:
            return
        if isinstance(expected, ClipInput):
            check_clips(expected, found, name)
        elif expected.sample_shape != found.sample_shape:
            wanted = (expected.width, expected.height, expected.channels)
            got = (found.width, found.height, found.channels)
            raise InvalidData.of(
                f"the model does not take pictures like {name}",
                code="I308",
                expected="{}×{} pixels (width×height), {} channels".format(*wanted),
                got="{}×{} pixels, {} channels".format(*got),
                fix="Resize the pictures, or train with image.resize so that the model does it",
            )


def _most_at_once(image: ImageInput) -> int:
    """Pictures whose maps fit into memory, for a task that gives numbers for every place."""
    return max(1, _MOST_PIXELS // (image.height * image.width))


def with_motion(
    transforms: Sequence[Transform], functions: Functions = Functions()
) -> Callable[[Image], PreparedPicture]:
    """A function that applies transforms as for prediction and keeps track of places.

    Example:
        >>> from netloom.data.transforms.sizing import Resize
        >>> prepared = with_motion([Resize(size=4)])(np.zeros((8, 8, 1), np.uint8))
        >>> prepared.pixels.shape, prepared.motion.moved_back(np.array([[4.0, 1.0]])).tolist()
        ((4, 4, 1), [[8.0, 2.0]])
    """
    change = compile_scene_transforms(transforms, None, functions)

    def prepare(pixels: Image) -> PreparedPicture:
        scene = change(Scene.of(pixels), None)
        return PreparedPicture(scene.image, scene.motion)

    return prepare


def load(
    path: Path | str,
    *,
    device: str = "cpu",
    functions: Mapping[str, UserFunction] | None = None,
) -> Predictor | GraphPredictor:
    """A trained or exported model, ready to predict.

    Args:
        path: Folder of a model package (an output of ``train``) or of an exported model (an output of
            ``export``), or a copy of one; or of an unpacked bundle with several models. Exported models
            need no PyTorch.
        device: ``cpu``, ``cuda`` or ``cuda:1``.
        functions: For a model whose pictures go through ``image.function``: those functions by name, e.g.
            ``{"images.py:darken": darken}``. Loading a model never imports code by itself.

    Raises:
        InvalidData: The folder is no model package, or is damaged.
    """
    from netloom.inference.graph_predictor import open_predictor

    return open_predictor(path, device=device, functions=Functions(given=functions or {}))
