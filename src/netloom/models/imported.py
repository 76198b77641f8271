"""Weights of one's own for a known architecture: matched by name and shape, every difference reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, LinearHead
from netloom.models.spec import Backbone, ConvNet, NAFNet, Perceptron
from netloom.models.weight_names import HEAD, network_names

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.models.network import Network
    from netloom.models.weight_files import WeightFile

_SHOWN = 12
_COUNTER = ".num_batches_tracked"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightMatch:
    """How the tensors of a file meet those of a network.

    Attributes:
        taken: Tensors that fit, by the network's names.
        missing: The network's names that the file does not have.
        unexpected: The file's own names that mean nothing to the network.
        misfits: Sentences about tensors that both have, in another shape or kind of number.
    """

    taken: Mapping[str, Tensor]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = {
            "taken over": len(self.taken),
            "missing": len(self.missing),
            "of another form": len(self.misfits),
            "unexpected": len(self.unexpected),
        }
        return "tensors: " + ", ".join(f"{count} {what}" for what, count in counts.items())


def check_is_fresh(backbone: Backbone) -> None:
    """Refuse a backbone that names weights of its own: there would be two sources for each tensor.

    Raises:
        InvalidData: It does.
    """
    if isinstance(backbone, ConvNet | Perceptron | NAFNet) or backbone.pretrained is None:
        return
    raise InvalidData.of(
        "the backbone names pretrained weights, but its weights are imported",
        code="I380",
        expected="a backbone without pretrained",
        got=f"pretrained: {backbone.pretrained}",
        fix="Remove pretrained from the backbone",
    )


def class_names(source: Path | Sequence[str]) -> tuple[str, ...]:
    """A label space: names as they are, or the lines of a text file; blank lines do not count.

    Raises:
        InvalidData: The file cannot be read, there is no name, or a name stands for two classes.

    Example:
        >>> len(class_names(["cat", "dog"]))
        2
    """
    names = _lines(source) if isinstance(source, Path) else tuple(source)
    double = [name for name, count in Counter(names).items() if count > 1]
    if double or not names:
        raise InvalidData.of(
            "labels must tell all classes apart",
            code="I379",
            expected="one name for each output of the network, all different",
            got=f"several times: {_listed(double)}" if double else "no label",
            fix="Give the names in the order of the outputs; add something to those that are equal",
        )
    return names


def match_weights(network: Network, weights: WeightFile) -> WeightMatch:
    """Compare a file's tensors with a network's, by the names of torchvision or Netloom.

    Counters of batch norms are not asked for: nothing depends on them, and old files lack them.

    Example:
        >>> from pathlib import Path
        >>> from netloom.models.architecture import ImageInput, LinearHead
        >>> from netloom.models.network import Network
        >>> from netloom.models.spec import Perceptron
        >>> from netloom.models.weight_files import WeightFile
        >>> image = ImageInput(channels=1, height=2, width=2, mean=(0.5,), std=(0.5,))
        >>> head, backbone = LinearHead(outputs=2), Perceptron(widths=(4,))
        >>> network = Network(Architecture(input=image, backbone=backbone, head=head))
        >>> file = WeightFile(Path("mine.pt"), {"head.1.bias": network.head[1].bias}, ())
        >>> len(match_weights(network, file).missing)
        3
    """
    own = network.state_dict()
    name_of = network_names(weights.tensors, network.architecture.backbone)
    taken: dict[str, Tensor] = {}
    misfits: list[str] = []
    unexpected: list[str] = []
    for given, tensor in weights.tensors.items():
        name = name_of[given]
        if name not in own:
            unexpected.append(given)
        elif _form(own[name]) != _form(tensor):
            misfits.append(f"{given}: {_form(tensor)} instead of {_form(own[name])}")
        else:
            taken[name] = tensor
    found = set(name_of.values())
    return WeightMatch(
        taken=taken,
        missing=tuple(n for n in own if n not in found and not n.endswith(_COUNTER)),
        unexpected=(*unexpected, *weights.others),
        misfits=tuple(misfits),
    )


def import_weights(
    architecture: Architecture,
    weights: WeightFile,
    *,
    allow_missing: bool = False,
    allow_unexpected: bool = False,
) -> tuple[Network, WeightMatch]:
    """Build a network and fill it with the tensors of a file.

    Args:
        allow_missing: Tensors that are missing or have another shape keep fresh values.
        allow_unexpected: Tensors the network does not have are left out.

    Returns:
        The network in evaluation mode, and what fitted.

    Raises:
        InvalidData: Something does not fit and is not allowed to, or nothing fits; all at once.
    """
    from netloom.models.network import build_network

    network = build_network(architecture, seed=0)
    match = match_weights(network, weights)
    problems = list(
        _problems(
            match,
            weights,
            architecture,
            allow_missing=allow_missing,
            allow_unexpected=allow_unexpected,
        )
    )
    if problems:
        raise InvalidData(*problems)
    network.load_state_dict(dict(match.taken), strict=False)
    return network.eval(), match


def _problems(
    match: WeightMatch,
    weights: WeightFile,
    architecture: Architecture,
    *,
    allow_missing: bool,
    allow_unexpected: bool,
) -> Iterator[Diagnostic]:
    backbone = architecture.backbone.type
    if not match.taken:
        yield Diagnostic(
            code="I375",
            message=f"no tensor of {weights.path} fits {backbone}",
            expected="tensors named as torchvision or Netloom names them",
            got=_listed(list(weights.tensors)),
            fix="Check type and depth of the backbone",
        )
        return
    if match.missing and not allow_missing:
        yield Diagnostic(
            code="I376",
            message=f"{weights.path} lacks {len(match.missing)} tensors of {backbone}",
            expected=_listed(match.missing),
            fix="Check the backbone's settings, or set allow_missing: true to start these afresh",
        )
    if match.misfits and not allow_missing:
        yield _misfits(match, weights, architecture)
    if match.unexpected and not allow_unexpected:
        yield Diagnostic(
            code="I378",
            message=f"{backbone} has no place for {len(match.unexpected)} entries of {weights.path}",
            got=_listed(match.unexpected),
            fix="Check the backbone's depth, or set allow_unexpected: true to leave them out",
        )


def _lines(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData.of(
            f"cannot read the labels in {file}: {error}",
            code="I379",
            expected="a text file in UTF-8 with one label per line",
            fix="Check the path, or write the labels themselves as a list",
        ) from error
    return tuple(line.strip() for line in lines if line.strip())


def _misfits(match: WeightMatch, weights: WeightFile, architecture: Architecture) -> Diagnostic:
    assert isinstance(architecture.head, LinearHead)  # imported weights are those of classifiers
    outputs = architecture.head.outputs
    name_of = network_names(weights.tensors, architecture.backbone)
    rows = [t.shape[0] for given, t in weights.tensors.items() if name_of[given] == f"{HEAD}.bias"]
    fix = "Check depth, stem and width of the backbone and the channels of the pictures"
    if rows and rows[0] != outputs:
        fix = (
            f"Give {rows[0]} labels instead of {outputs}, in the order of the file's outputs, or "
            "set allow_missing: true to start the head afresh"
        )
    return Diagnostic(
        code="I377",
        message=f"{len(match.misfits)} tensors of {weights.path} have another form",
        got=_listed(match.misfits),
        fix=fix,
    )


def _form(tensor: Tensor) -> str:
    # Half precision is widened on loading; whole numbers in place of weights would be another model.
    kind = "" if tensor.is_floating_point() else f"{str(tensor.dtype).removeprefix('torch.')} "
    return f"{kind}{list(tensor.shape)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
