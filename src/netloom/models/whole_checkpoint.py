"""Networks that come whole from a checkpoint of the transformers library: what all their readers do alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.models.checkpoint_preprocessing import CheckpointPreprocessing
from netloom.models.clip_spec import VideoMAE
from netloom.models.depth_spec import DepthNetwork
from netloom.models.pretrained_folder import PretrainedFolder, find_pretrained
from netloom.models.reading_spec import TrOCR
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import DFine, Transformers
from netloom.models.transformers_library import (
    backbone_architecture,
    filled_model,
    library_class,
    library_settings,
    loading_options,
)
from netloom.models.weight_files import read_tensors

BodyT = TypeVar("BodyT", DFine, Swin2SR, TrOCR, DepthNetwork, VideoMAE)

_NAMED = 4
"""So many tensors are named where some are missing."""


@dataclass(frozen=True, kw_only=True)
class PretrainedWeights:
    """Tensors of a pretrained backbone, before they are fitted to a network.

    Attributes:
        source: Where they come from, for people.
        tensors: Named as in ``Network.state_dict()``; shapes are the checkpoint's.
        unused: Names (the checkpoint's) of tensors the backbone has no place for, such as a classifier.
        architecture: The checkpoint's ``config.json`` as far as it decides the backbone; None for
            native backbones.
        preprocessing: What the checkpoint expects of pictures; None if it does not say.
        digest: Digest of description and weights.
        labels: Label space of the head that is among the tensors; None if there is none, or nobody knows.
    """

    source: str
    tensors: Mapping[str, Tensor]
    unused: tuple[str, ...]
    digest: str
    architecture: Mapping[str, Any] | None = None
    preprocessing: CheckpointPreprocessing | None = None
    labels: tuple[str, ...] | None = None


class Loaded(Protocol):
    """Turns tensors of a checkpoint into those of a network; names of those without a place come beside."""

    def __call__(
        self, architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
    ) -> tuple[dict[str, Tensor], tuple[str, ...]]: ...


def checkpoint_of(
    body: DFine | Swin2SR | TrOCR | DepthNetwork | VideoMAE | Transformers, resolve: Resolve
) -> PretrainedFolder:
    """The checkpoint that settings name.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
    """
    assert body.pretrained is not None
    return find_pretrained(body.pretrained, revision=body.revision, resolve=resolve)


def resolved_body(
    body: BodyT,
    *,
    resolve: Resolve,
    fresh: Callable[[], dict[str, Any]],
    described: Callable[[PretrainedFolder], dict[str, Any]],
) -> BodyT:
    """With everything that is needed to build it, without the hub, ever again.

    Args:
        fresh: The architecture of a network that starts afresh.
        described: The architecture of a checkpoint; refuses those of other networks.

    Raises:
        NotFound: The pretrained network is neither a folder nor on the hub.
        InvalidData: Its description is damaged, or of another kind of network.
    """
    if body.architecture is not None:
        return body
    if body.pretrained is None:
        return body.model_copy(update={"architecture": fresh()})
    checkpoint = checkpoint_of(body, resolve)
    revision = checkpoint.commit or body.revision
    return body.model_copy(update={"architecture": described(checkpoint), "revision": revision})


def whole_weights(
    body: DFine | Swin2SR | TrOCR | DepthNetwork | VideoMAE,
    *,
    resolve: Resolve,
    described: Callable[[PretrainedFolder], dict[str, Any]],
    loaded: Loaded,
) -> tuple[PretrainedFolder, PretrainedWeights]:
    """The checkpoint that settings name, and its tensors, named as ``loaded`` names them.

    Raises:
        NotFound: The pretrained network is nowhere.
        InvalidData: Its files are incomplete, damaged or of another network.
    """
    checkpoint = checkpoint_of(body, resolve)
    architecture = described(checkpoint)
    tensors = read_tensors(checkpoint.weight_files())
    found, unused = loaded(architecture, tensors, source=checkpoint.source)
    return checkpoint, PretrainedWeights(
        source=checkpoint.title,
        tensors=found,
        unused=unused,
        digest=checkpoint.digest(),
        architecture=architecture,
    )


def described_as(
    checkpoint: PretrainedFolder, model_type: str, *, name: str, example: str
) -> dict[str, Any]:
    """The architecture of a checkpoint that must be of one kind of network.

    Args:
        name: What people call this kind.
        example: One on the hub.

    Raises:
        InvalidData: It is of another kind.
    """
    document = checkpoint.description()
    found = document.get("model_type")
    if found != model_type:
        raise InvalidData.of(
            f"{checkpoint.source} is no {name}",
            code="I391",
            expected=f"model_type {model_type}",
            got=f"model_type {found!r}",
            fix=f"Choose a checkpoint of {name}, such as {example}",
        )
    return backbone_architecture(document)


def whole_model(
    library: Any,
    settings: Any,
    tensors: Mapping[str, Tensor],
    *,
    source: str,
    essential: str = "",
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """What a checkpoint has of a model of the library: its tensors, and the names of those without a place.

    Args:
        essential: Beginning of the names of the part that must be there; other parts may be missing.

    Returns:
        Tensors under the library's present names, and names of the checkpoint's.

    Raises:
        InvalidData: A tensor has another shape, or most of the essential part is missing.
    """
    model, report = filled_model(library, settings, tensors)
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = {*report["missing_keys"], *mismatched}
    own = model.state_dict()
    found = {name: tensor.clone() for name, tensor in own.items() if name not in missing}
    needed, there = (sum(n.startswith(essential) for n in names) for names in (own, found))
    if mismatched or 2 * there < needed:
        raise misfit(
            source,
            expected=", ".join(sorted(missing)[:_NAMED]),
            got=", ".join((mismatched or sorted(tensors))[:_NAMED]),
        )
    return found, tuple(sorted(report["unexpected_keys"]))


def library_tensors(
    family: str, architecture: dict[str, Any], tensors: Mapping[str, Tensor], *, source: str
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Tensors under the library's present names, and the names of those without a place."""
    settings = library_settings(architecture)
    model, report = filled_model(
        library_class(settings), settings, tensors, **loading_options(family)
    )
    mismatched = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    missing = sorted({*report["missing_keys"], *mismatched})
    loaded = {
        name: tensor for name, tensor in model.state_dict().items() if name not in set(missing)
    }
    if mismatched or len(missing) > len(loaded):
        raise misfit(source, expected=listed(missing), got=listed(mismatched or sorted(tensors)))
    return loaded, tuple(sorted(report["unexpected_keys"]))


def misfit(source: str, *, expected: str, got: str) -> InvalidData:
    """Weights and description of a checkpoint are of different networks."""
    return InvalidData.of(
        f"the weights of {source} do not fit its config.json",
        code="I394",
        expected=expected,
        got=got,
        fix="Copy description and weights of the same network",
    )


def listed(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (
        f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    )
