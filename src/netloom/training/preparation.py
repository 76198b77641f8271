"""From descriptions to what can be trained: samples, a network with its first weights, a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.datasets import Samples, open_samples
from netloom.data.view import Dataset
from netloom.models.architecture import Architecture, ClipInput
from netloom.models.network import Network, build_network, num_parameters
from netloom.models.package import PackageManifest, read_manifest, read_weights
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.spec import FrameSequence, Model, TrainedModel
from netloom.models.weight_names import in_every_frame
from netloom.tasks.catalogue import described_head, task_for, task_named
from netloom.tasks.label_space import learned_labels, relabelled
from netloom.tasks.loss_choice import chosen_loss
from netloom.tasks.protocol import Task
from netloom.training.freezing import FreezingReport, apply_tune
from netloom.training.randomness import seed_everything
from netloom.training.requirements import check_samples
from netloom.training.training import Training
from netloom.training.warm_start import WarmStart, pretrained_start, warm_start


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What a training starts with.

    Attributes:
        network: On the CPU, with its first weights; what ``tune`` leaves out is frozen.
        manifest: Of the model package to be; without the digest of the weights.
        loss: With everything filled in that the training part decides.
        start: What became of each tensor, if there were weights to start from.
        frozen: Which numbers are trained.
    """

    task: Task[Any]
    train: Samples
    valid: Samples
    network: Network
    manifest: PackageManifest
    loss: Any
    start: WarmStart | None
    frozen: FreezingReport

    def report(self) -> dict[str, Any]:
        """Which tensors were reused, adapted, initialised and frozen, as JSON."""
        return {
            "parameters": {"trained": self.frozen.trained, "frozen": self.frozen.frozen},
            "blocks": [block._asdict() for block in self.frozen.blocks],
            "start": None if self.start is None else self.start.to_json(),
        }


def prepare(training: Training) -> Prepared:
    """Open the data, build the network and give it its first weights.

    Raises:
        InvalidData: The data does not fit the model or the recipe; all reasons at once.
        NotFound: Weights to start from do not exist.
    """
    model, view, reporter = training.model, training.dataset, training.reporter
    task = task_named(model.task)
    train, valid = (
        open_samples(view, training.resolve, part=part, labelled=False)
        for part in ("train", "valid")
    )
    labels = model.labels or view.labels or learned_labels(train)
    train, valid = relabelled(train, labels), relabelled(valid, labels)
    check_samples(
        task, train, valid, training.recipe, data_task=view.task, reporter=training.reporter
    )
    seed_everything(training.recipe.seed)
    architecture = Architecture(
        input=task.image_input(train),
        backbone=resolved_backbone(model.backbone, resolve=training.resolve),
        decoder=model.decoder,
        head=described_head(model, train.label_names),
    )
    task = task_for(model.task, architecture.head)
    network = build_network(architecture)
    start = _started(network, training, train.label_names)
    frozen = apply_tune(network, model.tune)
    if start is not None:
        for line in (str(start), *start.notes):
            reporter.note(line)
    reporter.note(_summary(network, train, valid))
    if frozen.frozen:
        reporter.note(str(frozen))
    return Prepared(
        task=task,
        train=train,
        valid=valid,
        network=network,
        manifest=PackageManifest(
            task=task.name,
            labels=tuple(train.label_names),
            architecture=architecture,
            preprocessing=preprocessing_of(view),
        ),
        loss=task.fitted_loss(chosen_loss(training.loss, task), train),
        start=start,
        frozen=frozen,
    )


def preprocessing_of(view: Dataset[Any]) -> tuple[dict[str, Any], ...]:
    """The transforms every picture must go through before prediction, as JSON.

    Augmenting ones are for training only; normalisation is part of the network.

    Example:
        >>> from netloom.data.transforms.sizing import Resize
        >>> from netloom.data.transforms.spatial import Flip
        >>> view = Dataset("t", "path:i", "path:m", "folder", (), (Resize(size=32), Flip()))
        >>> preprocessing_of(view)[0]["size"]
        32
    """
    return tuple(
        transform.model_dump(mode="json")
        for transform in (*view.applied, *view.transforms)
        if not transform.augments and transform.type != "normalize"
    )


def _started(network: Network, training: Training, labels: tuple[str, ...]) -> WarmStart | None:
    """Weights of a trained model come before those that the backbone names."""
    start = training.start_from
    if start is not None:
        return _continued(network, start, training.model.task, labels, training.resolve)
    pretrained = pretrained_weights(network.architecture.backbone, resolve=training.resolve)
    return None if pretrained is None else pretrained_start(network, pretrained, labels=labels)


def _continued(
    network: Network, start: Model[Any], task: str, labels: tuple[str, ...], resolve: Resolve
) -> WarmStart:
    if not isinstance(start, TrainedModel):
        raise InvalidData.of(
            "start_from got a model that was never trained",
            code="I316",
            expected="the model output of a training",
            fix="Connect <training node>.model, or remove start_from",
        )
    folder = resolve(start.package)
    manifest = read_manifest(folder)
    weights = read_weights(folder, manifest)
    is_for_pictures = not isinstance(manifest.architecture.input, ClipInput)
    if is_for_pictures and isinstance(network.architecture.backbone, FrameSequence):
        weights = in_every_frame(weights)
    is_same_task = manifest.task == task
    return warm_start(
        network,
        weights,
        source="a trained model" if is_same_task else f"a trained model for {manifest.task}",
        labels=(manifest.labels, labels) if is_same_task else ((), labels),
    )


def _summary(network: Network, train: Samples, valid: Samples) -> str:
    image = network.architecture.input
    size = "×".join(map(str, image.sample_shape))
    return (
        f"{num_parameters(network):,} parameters, {size} "
        f"input, {len(train)} training and {len(valid)} validation samples"
    )
