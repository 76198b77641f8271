"""Models: described before training, measured, and brought in from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from netloom.core.digests import digest_of_file, digest_of_json
from netloom.core.locations import local_path
from netloom.core.settings import NonEmptyText, PositiveInt
from netloom.core.tasks import ImageClassification, TaskT
from netloom.core.values import TableFile
from netloom.data.transforms.normalization import Deviation, Mean, Normalize
from netloom.data.transforms.quantities import Size
from netloom.data.transforms.sizing import Resize
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.codecs import ModelCodec, TrainedModelCodec
from netloom.models.pretrained_folder import pretrained_identity
from netloom.models.spec import Backbone, ConvNet, Model, TrainedModel, Tune

if TYPE_CHECKING:
    from netloom.models.network import Network

CODECS = {Model: ModelCodec(), TrainedModel: TrainedModelCodec()}

_PRELOAD = ("torch",)


def backbone_identity(*, backbone: Backbone, project: Path, **_: object) -> str:
    """Of the weights that a backbone starts from; empty if it starts afresh."""
    return pretrained_identity(
        getattr(backbone, "pretrained", None),
        revision=getattr(backbone, "revision", None),
        project=project,
    )


@operator(group="models", identity=backbone_identity)
def image_classifier(
    *,
    backbone: Backbone = ConvNet(),
    tune: Tune = "all",
) -> Model[ImageClassification]:
    """A network that gives each image one label.

    The labels and the size of the pictures come from the data it is trained on. Which backbone for what:

    - `convnet` learns pictures of 8 to 64 pixels in seconds without a GPU; `perceptron` is the baseline
      that everything else has to beat.
    - `resnet` is the first choice for everything larger: depth 18 to begin with, 50 where accuracy counts.
      For pictures of 32 pixels also try depth 20 to 110, which are slimmer.
    - `mobilenet_v2` where prediction has to be quick or the model small.
    - `densenet` needs few parameters, but much memory in training.
    - `vgg` and `alexnet` are large and slow for what they reach; they are here to be compared with.
    - `transformers` for pretrained networks of the hub or a local folder, and for `vit`, `swin`, `convnext`
      and others, which learn badly from few pictures unless they are pretrained.

    With fewer than some thousand pictures, a pretrained backbone with `tune: head` or `tune: {last: 2}` is
    usually better than any training from scratch.

    Args:
        backbone: The part that turns a picture into features.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=ImageClassification.name, backbone=backbone, tune=tune)


class Profiled(NamedTuple):
    """What a model costs.

    Attributes:
        metrics: Parameters, multiplications for one picture, memory of a training step, latency.
        blocks: One row per block of the network, from input to output.
    """

    metrics: dict[str, Any]
    blocks: TableFile


@operator(
    group="models",
    job=Needs(cpus=1, gpus=(0, 1), gpu="preferred"),
    preload=(*_PRELOAD, "netloom.models.profile", "pyarrow.parquet"),
    infer="drop",
)
def profile(
    model: Model[TaskT],
    dataset: Dataset[TaskT],
    *,
    batch_size: PositiveInt = 64,
    latency_batch_size: PositiveInt = 1,
    repeats: PositiveInt = 20,
    run: RunContext,
) -> Profiled:
    """Count and measure what a model costs before it is trained.

    A MAC is one multiplication with one addition in a convolution, linear layer or attention. Memory of a
    training step is the sum of weights, gradients, Adam's two numbers per parameter, and what the
    backward pass needs, in 32-bit numbers. Latency is measured on the machine the job runs on.

    Args:
        model: What to measure. A trained one brings its own size of pictures and classes.
        dataset: Gives the size of the pictures (after its transforms) and the number of classes.
        batch_size: Pictures of the training step whose memory is estimated.
        latency_batch_size: Pictures per call when latency is measured.
        repeats: Calls that are timed, after three to warm up.

    Returns:
        Numbers by name, and a Parquet table of the blocks.
    """
    from netloom.models.profile import measure_latency, profile_network
    from netloom.models.profile_table import profile_metrics, write_blocks

    network = _network(model, dataset, run)
    if run.gpus:
        network = network.to(f"cuda:{run.gpus[0]}")
    costs = profile_network(network, batch_size=batch_size)
    latency = measure_latency(network, batch_size=latency_batch_size, repeats=repeats)
    metrics = profile_metrics(costs, latency, network.architecture.input)
    run.log(0, {name: float(v) for name, v in metrics.items() if not isinstance(v, str)})
    run.note(
        f"{costs.parameters:,} parameters ({costs.trainable:,} trainable), "
        f"{costs.macs / 1e6:,.1f} million MACs per picture, {costs.training_bytes / 2**20:,.0f} MiB "
        f"per training step of {batch_size}, {latency.median_ms:.2f} ms for {latency_batch_size} "
        f"on {latency.device} with {latency.threads} threads"
    )
    write_blocks(run.workdir / "blocks.parquet", costs)
    return Profiled(metrics, TableFile("work:blocks.parquet"))


def _weights_identity(
    *, path: str, labels: tuple[str, ...] | str, project: Path, **_: object
) -> str:
    from netloom.models.weight_files import weight_file

    files = [weight_file(local_path(f"path:{path}", project))]
    if isinstance(labels, str):
        files.append(local_path(f"path:{labels}", project))
    status = [file.stat() for file in files]
    return digest_of_json([[each.st_size, each.st_mtime_ns] for each in status])


@operator(
    group="models",
    job=Needs(cpus=1),
    identity=_weights_identity,
    infer="model",
    preload=(*_PRELOAD, "netloom.models.network"),
)
def import_weights(
    *,
    path: NonEmptyText,
    backbone: Backbone,
    labels: tuple[NonEmptyText, ...] | NonEmptyText,
    size: Size = 224,
    channels: Literal[1, 3] = 3,
    fit: Literal["stretch", "pad", "crop"] = "crop",
    mean: Mean = "auto",
    std: Deviation = "auto",
    allow_missing: bool = False,
    allow_unexpected: bool = False,
    run: RunContext,
) -> TrainedModel[ImageClassification]:
    """Weights of your own for a known backbone, as a trained model.

    Tensors are found by the names that torchvision or Netloom give them; every difference is reported.
    The file is only read as data: a pickled module is refused.

    Args:
        path: A .safetensors file, a state dict (.pt, .pth, .bin), or a folder with one of them. A
            relative path starts at the project folder.
        backbone: The network the weights belong to. For small pictures, set its `stem` to the one it
            was trained with.
        labels: Names of the classes in the order of the outputs, or a text file with one per line.
        size: Side of the pictures the network was trained with, or height and width, in pixels.
        channels: 1 for grey pictures, 3 for colour.
        fit: How pictures of other proportions are brought to that size.
        mean: Normalisation the network was trained with, in 0 to 1; "auto" is ImageNet's for colour.
        std: Likewise.
        allow_missing: Tensors that the file lacks, or has in another shape, start afresh.
        allow_unexpected: Entries of the file that the network has no place for are left out.

    Returns:
        The trained model; its predictions are as good as the weights.
    """
    from netloom.data.apply.normalization import normalization
    from netloom.models.architecture import Architecture, ImageInput
    from netloom.models.imported import check_is_fresh, class_names, import_weights
    from netloom.models.package import PackageManifest, save_package
    from netloom.models.pretrained import resolved_backbone
    from netloom.models.weight_files import read_weight_file
    from netloom.tasks.catalogue import task_named

    check_is_fresh(backbone)
    names = class_names(run.resolve(f"path:{labels}") if isinstance(labels, str) else labels)
    resize = Resize(size=size, fit=fit)
    height, width = (size, size) if isinstance(size, int) else size
    shift, scale = normalization((Normalize(mean=mean, std=std),), channels)
    architecture = Architecture(
        input=ImageInput(
            channels=channels,
            height=height,
            width=width,
            mean=tuple(shift.tolist()),
            std=tuple(scale.tolist()),
        ),
        backbone=resolved_backbone(backbone, resolve=run.resolve),
        head=task_named(ImageClassification.name).head(names, dropout=backbone.dropout),
    )
    network, match = import_weights(
        architecture,
        read_weight_file(run.resolve(f"path:{path}")),
        allow_missing=allow_missing,
        allow_unexpected=allow_unexpected,
    )
    run.note(str(match))
    manifest = PackageManifest(
        task=ImageClassification.name,
        labels=names,
        architecture=architecture,
        preprocessing=(resize.model_dump(mode="json"),),
    )
    save_package(run.workdir / "model", manifest, network.state_dict())
    return TrainedModel(
        task=ImageClassification.name,
        backbone=architecture.backbone,
        head=architecture.head,
        labels=names,
        package="work:model",
    )


def _package_identity(*, path: str, project: Path, **_: object) -> str:
    from netloom.models.package import MODEL_FILE, read_manifest

    folder = local_path(f"path:{path}", project)
    read_manifest(folder)  # which names the digest of the weights
    return digest_of_file(folder / MODEL_FILE)


@operator(
    group="models",
    job=Needs(cpus=1),
    identity=_package_identity,
    infer="model",
    preload=(*_PRELOAD, "netloom.models.network"),
)
def load(*, path: NonEmptyText, run: RunContext) -> TrainedModel[Any]:
    """A trained model from a model package on disk.

    The package is checked and copied into the workspace, so the folder may be removed afterwards.

    Args:
        path: Folder with `model.json` and `weights.safetensors`, as training writes it. A relative
            path starts at the project folder.

    Returns:
        The trained model, for evaluation, prediction or further training.
    """
    from netloom.models.package import open_package

    folder = run.resolve(f"path:{path}")
    manifest = open_package(folder).manifest
    return TrainedModel(
        task=manifest.task,
        backbone=manifest.architecture.backbone,
        decoder=manifest.architecture.decoder,
        head=manifest.architecture.head,
        labels=manifest.labels,
        package=f"path:{folder}",
    )


def _network(model: Model[Any], dataset: Dataset[Any], run: RunContext) -> Network:
    """The network that training this model on this data would begin with; its weights do not matter."""
    from netloom.data.datasets import open_samples
    from netloom.models.architecture import Architecture
    from netloom.models.network import build_network
    from netloom.models.package import open_package
    from netloom.models.pretrained import resolved_backbone
    from netloom.tasks.catalogue import described_head, task_named
    from netloom.training.freezing import apply_tune

    if isinstance(model, TrainedModel):
        return open_package(run.resolve(model.package)).network
    task = task_named(model.task)
    samples = open_samples(dataset, run.resolve, labelled=False)
    architecture = Architecture(
        input=task.image_input(samples),
        backbone=resolved_backbone(model.backbone, resolve=run.resolve),
        decoder=model.decoder,
        head=described_head(model, model.labels or dataset.labels or ()),
    )
    network = build_network(architecture, seed=0)
    apply_tune(network, model.tune)
    return network
