"""Models as values on the edges of a graph: what to build, and what training has built.

Nothing here needs a tensor library, so that a graph with models can be checked and planned without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal

from pydantic import Field, model_validator

from netloom.core.settings import Fraction, NonEmptyText, PositiveFloat, PositiveInt, Settings
from netloom.core.tasks import TaskT
from netloom.models.checkpoint_revision import revision_of_something
from netloom.models.clip_spec import SpaceTimeNet, Temporal, TemporalConvolution, VideoMAE
from netloom.models.d_fine_presets import Size
from netloom.models.decoder_spec import Decoder
from netloom.models.depth_spec import DepthNetwork
from netloom.models.reading_spec import TrOCR
from netloom.models.restoration_spec import Swin2SR
from netloom.models.transformers_presets import Family, sizes

if TYPE_CHECKING:
    from netloom.models.architecture import Head

Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=8)]

Stem = Literal["auto", "imagenet", "cifar"]
"""First layers of a network: "imagenet" shrinks pictures early, "cifar" keeps small ones large.

"auto" takes "cifar" for pictures whose shorter side is at most 64 pixels, unless there are
pretrained weights: those belong to the stem that the papers use for ImageNet.
"""


class LastBlocks(Settings):
    """Train the head and the blocks nearest to it; everything before keeps its values.

    Attributes:
        last: How many blocks, counted from the head.
    """

    last: PositiveInt


Tune = Literal["all", "head"] | LastBlocks
"""Which parameters training may change."""


class ConvNet(Settings):
    """A small convolutional network: 3×3 convolution, batch norm, ReLU per stage, halved in between.

    About 80 000 parameters by default; learns thumbnails (8–64 pixels) in seconds on one core.

    Attributes:
        widths: Channels of each stage. The picture is halved between stages, so four stages see
            an eighth of the side length in the end.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["convnet"] = "convnet"
    widths: Widths = (16, 32, 64, 96)
    dropout: Fraction = 0.1


class Perceptron(Settings):
    """Fully connected layers over the flattened picture: the baseline a real network has to beat.

    Attributes:
        widths: Units of each hidden layer.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["perceptron"] = "perceptron"
    widths: Widths = (128,)
    dropout: Fraction = 0.0


class NAFNet(Settings):
    """A network without activations that restores pictures.

    Chen, Chu, Zhang and Sun, 2022 (arXiv:2204.04676): the contracting half. With the decoder of type "naf" it
    is the whole network.

    Attributes:
        width: Channels at full size; each level halves the picture and doubles the channels.
        blocks: Blocks of each level, from the finest to the coarsest.
        dropout: Share of the channels that training switches off at random before the head.
    """

    type: Literal["nafnet"] = "nafnet"
    width: PositiveInt = 16
    blocks: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=6)] = (1, 1, 2)
    dropout: Fraction = 0.0


class AlexNet(Settings):
    """Five convolutions and two large fully connected layers; mostly of historical interest.

    Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014
    (arXiv:1404.5997), the form that torchvision uses.

    Attributes:
        stem: First convolution: "imagenet" 11×11 with stride 4, "cifar" 5×5 with stride 1.
        hidden: Units of each fully connected layer.
        dropout: Share of the units that training switches off after each fully connected layer.
        pretrained: File or folder of weights named as torchvision names them; empty starts afresh.
    """

    type: Literal["alexnet"] = "alexnet"
    stem: Stem = "auto"
    hidden: PositiveInt = 4096
    dropout: Fraction = 0.5
    pretrained: NonEmptyText | None = None


class VGG(Settings):
    """Stacks of 3×3 convolutions and two large fully connected layers.

    Simonyan and Zisserman, 2015 (arXiv:1409.1556), configurations A, B, D and E.

    Attributes:
        depth: Layers with weights, the head included.
        batch_norm: Normalise after each convolution. Without it, training from scratch is slow and
            often fails.
        hidden: Units of each fully connected layer.
        dropout: Share of the units that training switches off after each fully connected layer.
        pretrained: File or folder of weights named as torchvision names them; empty starts afresh.
    """

    type: Literal["vgg"] = "vgg"
    depth: Literal[11, 13, 16, 19] = 16
    batch_norm: bool = True
    hidden: PositiveInt = 4096
    dropout: Fraction = 0.5
    pretrained: NonEmptyText | None = None


class ResNet(Settings):
    """Convolutions with shortcuts around every block: the first choice for most pictures.

    He, Zhang, Ren and Sun, 2015 (arXiv:1512.03385). Depths 18 to 152 are the networks for ImageNet
    (with the stride of a bottleneck in its 3×3 convolution, as torchvision has it). Depths 20 to 110
    of the other series are the slim networks for CIFAR of the paper's section 4.2.

    Attributes:
        depth: Layers with weights: 18, 34, 50, 101 or 152; or 20, 32, 44, 56 or 110 for CIFAR.
        stem: First layers: "imagenet" 7×7 with stride 2 and pooling, "cifar" 3×3 with stride 1. The
            networks for CIFAR only have the latter.
        width: Channels relative to the paper's.
        output_stride: Pixels of the picture between two places of the last map. 16 and 8 look further apart
            in the last stages instead of halving (dilated convolutions), for tasks that speak of places; with
            the small stem a quarter of it. The weights are those of 32.
        dropout: Share of the features that training switches off at random before the head.
        pretrained: File or folder of weights named as torchvision names them; empty starts afresh.
    """

    type: Literal["resnet"] = "resnet"
    depth: Literal[18, 34, 50, 101, 152, 20, 32, 44, 56, 110] = 18
    stem: Stem = "auto"
    width: PositiveFloat = 1.0
    output_stride: Literal[8, 16, 32] = 32
    dropout: Fraction = 0.0
    pretrained: NonEmptyText | None = None

    @model_validator(mode="after")
    def _slim_networks_have_one_stem(self) -> ResNet:
        if self.is_slim and self.stem == "imagenet":
            raise ValueError(
                f"depth {self.depth} is a network for CIFAR, without an imagenet stem; "
                "leave stem out, or choose depth 18, 34, 50, 101 or 152"
            )
        if self.is_slim and self.output_stride != 32:
            raise ValueError(
                f"depth {self.depth} is a network for CIFAR, whose maps are fine as they are; "
                "leave output_stride out, or choose depth 18, 34, 50, 101 or 152"
            )
        return self

    @property
    def is_slim(self) -> bool:
        """True for the networks for CIFAR: three stages, 16 to 64 channels."""
        return self.depth in (20, 32, 44, 56, 110)


class DenseNet(Settings):
    """Every layer of a block sees the outputs of all layers before it; few parameters, much memory.

    Huang, Liu, van der Maaten and Weinberger, 2017 (arXiv:1608.06993).

    Attributes:
        depth: Layers with weights, the head included.
        growth: Channels that each layer adds; empty takes the paper's: 48 for depth 161, else 32.
        stem: First layers: "imagenet" 7×7 with stride 2 and pooling, "cifar" 3×3 with stride 1.
        dropout: Share of the features that training switches off at random before the head.
        pretrained: File or folder of weights named as torchvision names them; empty starts afresh.
    """

    type: Literal["densenet"] = "densenet"
    depth: Literal[121, 161, 169, 201] = 121
    growth: PositiveInt | None = None
    stem: Stem = "auto"
    dropout: Fraction = 0.0
    pretrained: NonEmptyText | None = None


class MobileNetV2(Settings):
    """Inverted residuals with depthwise convolutions: small and quick on processors and phones.

    Sandler, Howard, Zhu, Zhmoginov and Chen, 2018 (arXiv:1801.04381).

    Attributes:
        width_multiple: Channels relative to the paper's, rounded to multiples of eight.
        stem: Strides of the first layers: "imagenet" shrinks the picture by 4, "cifar" keeps its size.
        dropout: Share of the features that training switches off at random before the head.
        pretrained: File or folder of weights named as torchvision names them; empty starts afresh.
    """

    type: Literal["mobilenet_v2"] = "mobilenet_v2"
    width_multiple: PositiveFloat = 1.0
    stem: Stem = "auto"
    dropout: Fraction = 0.2
    pretrained: NonEmptyText | None = None


class Transformers(Settings):
    """A network of the transformers library: pretrained from its hub or a local folder, or fresh.

    Attributes:
        family: Kind of network to build afresh; empty takes the kind of the pretrained one.
        size: How large a fresh network is: `micro` learns small pictures on a CPU; the published sizes
            have the names of their papers, such as `50` (resnet), `b0` (efficientnet), `small` (vit).
            A pretrained one brings its own size.
        pretrained: Name on the hub, such as `microsoft/resnet-18`, or a local folder with
            `config.json` and weights; empty starts afresh.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        dropout: Share of the features that training switches off at random before the head.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["transformers"] = "transformers"
    family: Family | None = None
    size: NonEmptyText = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    dropout: Fraction = 0.0
    architecture: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _names_a_network(self) -> Transformers:
        if self.family is None and self.pretrained is None and self.architecture is None:
            raise ValueError("name a family to start afresh, or a pretrained network")
        revision_of_something(self)
        if self.family is not None and self.size not in sizes(self.family):
            known = ", ".join(sizes(self.family))
            raise ValueError(f"{self.family} has no size {self.size!r}; there are {known}")
        return self


_Backbones = (
    ConvNet | Perceptron | NAFNet | AlexNet | VGG | ResNet | DenseNet | MobileNetV2 | Transformers
)

Backbone = Annotated[_Backbones, Field(discriminator="type")]
"""The part of a network that turns an input into features."""


class DFine(Settings):
    """D-FINE, a large detector: a fixed number of queries, each of which finds one object or none.

    Peng et al., 2024 (arXiv:2410.13842), as the transformers library has it. It brings its own backbone
    (HGNetV2), encoder and decoder. Sides of the pictures have to be multiples of 32 pixels, for `micro` of
    16.

    Attributes:
        size: How large a fresh network is: `micro` learns pictures of 64 to 160 pixels on a CPU; the others
            are the published ones. A pretrained one brings its own size.
        pretrained: Name on the hub, such as `ustc-community/dfine-small-coco`, or a local folder with
            `config.json` and weights; empty starts afresh.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        queries: The most objects that can be found in a picture; empty takes the size's: 30 for `micro`,
            300 for the others.
        dropout: Share of the numbers that training switches off at random inside the attention layers.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["d_fine"] = "d_fine"
    size: Size = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    queries: PositiveInt | None = None
    dropout: Fraction = 0.0
    architecture: dict[str, Any] | None = None

    _check_revision = model_validator(mode="after")(revision_of_something)


class FrameSequence(Settings):
    """A network for pictures that looks at each frame of a clip, and a part that puts them in order.

    Attributes:
        images: The network for pictures; its pretrained weights, or those of a trained model of pictures
            (`start_from`), serve for every frame.
        temporal: What makes one vector of the frames: `mean` does not see their order, `convolution` sees
            what changes from frame to frame, `attention` looks across the whole clip.
        dropout: Share of the features that training switches off at random before the head.
    """

    type: Literal["frames"] = "frames"
    images: Backbone = ConvNet()
    temporal: Temporal = TemporalConvolution()
    dropout: Fraction = 0.1

    @property
    def pretrained(self) -> str | None:
        """Of the network for pictures."""
        return getattr(self.images, "pretrained", None)


DetectorBody = Annotated[_Backbones | DFine, Field(discriminator="type")]
"""What a detector can stand on: a backbone, or a whole detector less its head."""

EnhancerBody = Annotated[_Backbones | Swin2SR, Field(discriminator="type")]
"""What makes better pictures: a backbone, or a network made for that less its last layer."""

DepthBody = Annotated[_Backbones | DepthNetwork, Field(discriminator="type")]
"""What tells depths: a backbone, or a network made for that less its last layers."""

ReaderBody = Annotated[_Backbones | TrOCR, Field(discriminator="type")]
"""What a text recogniser can stand on: a backbone, or a whole reader less its head."""

_ClipBodies = SpaceTimeNet | FrameSequence | VideoMAE
ClipBody = Annotated[_ClipBodies, Field(discriminator="type")]
"""What turns a clip into features."""

Body = Annotated[
    _Backbones | DFine | Swin2SR | DepthNetwork | TrOCR | _ClipBodies,
    Field(discriminator="type"),
]
"""What stands before a network's head: a backbone, or the body of a network that is made for one task."""


@dataclass(frozen=True, kw_only=True)
class Model(Generic[TaskT]):
    """A model as described, before training.

    Attributes:
        task: Name of the learning task.
        tune: Which parameters training may change.
        labels: Label space in class-index order; None takes it from the data trained on.
        decoder: What stands between the backbone and a head that speaks of places; None for whole pictures.
        head: Settings of the head; how many outputs it has is filled in from the labels. None takes the
            learning task's usual one.
    """

    task: str
    backbone: Body
    tune: Tune = "all"
    labels: tuple[str, ...] | None = None
    decoder: Decoder | None = None
    head: Head | None = None

    def to_json(self) -> dict[str, Any]:
        """The description as JSON; :mod:`netloom.models.model_json` has the inverse."""
        return {
            "task": self.task,
            "backbone": self.backbone.model_dump(mode="json"),
            "tune": self.tune if isinstance(self.tune, str) else self.tune.model_dump(mode="json"),
            "labels": None if self.labels is None else list(self.labels),
            "decoder": None if self.decoder is None else self.decoder.model_dump(mode="json"),
            "head": None if self.head is None else self.head.model_dump(mode="json"),
        }


@dataclass(frozen=True, kw_only=True)
class TrainedModel(Model[TaskT]):
    """A model with learned parameters.

    Attributes:
        package: Location of its model package (a folder, see ``netloom.models.package``).
    """

    package: str

    def to_json(self) -> dict[str, Any]:
        """Adds the package's location."""
        return {**super().to_json(), "package": self.package}
