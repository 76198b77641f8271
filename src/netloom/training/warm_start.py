"""Starting from weights learned before: what fits is taken over or adapted, the rest starts afresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.models.network import Network
    from netloom.models.whole_checkpoint import PretrainedWeights

_COUNTER = "num_batches_tracked"
_HEAD = "head."
_DECODER = "decoder."
_SHOWN = 4


class WarmStart(NamedTuple):
    """What became of each tensor, by name.

    Attributes:
        source: Where the weights come from, for people.
        reused: Taken over as they are.
        adapted: Taken over after a change: other channels, another grid of patches, other classes.
        fresh: Of the network, but not of the source: initialised at random.
        unused: Of the source, but not of the network.
        notes: What was changed, in sentences.
    """

    source: str
    reused: tuple[str, ...]
    adapted: tuple[str, ...]
    fresh: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = f"{len(self.reused)} tensors as they are"
        if self.adapted:
            counts += f", {len(self.adapted)} adapted ({_listed(self.adapted)})"
        fresh = f"afresh: {_listed(self.fresh) or 'nothing'}"
        unused = f"; not used: {_listed(self.unused)}" if self.unused else ""
        return f"started from {self.source}: {counts}; {fresh}{unused}"

    def to_json(self) -> dict[str, Any]:
        """For the report of a training."""
        return {
            "source": self.source,
            **{
                name: list(getattr(self, name)) for name in ("reused", "adapted", "fresh", "unused")
            },
            "notes": list(self.notes),
        }


def warm_start(
    network: Network,
    weights: Mapping[str, Tensor],
    *,
    source: str,
    labels: tuple[Sequence[str], Sequence[str]] | None = None,
) -> WarmStart:
    """Copy every tensor that has the same name and shape, and of the head what both know.

    Args:
        weights: Named as in ``network.state_dict()``.
        source: Where they come from, for people.
        labels: Label spaces of the weights and of the network. The outputs of labels that both
            have are taken over one by one, whatever their order; None takes whole tensors.

    Raises:
        InvalidData: Nothing fits.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import Perceptron
        >>> image = ImageInput(channels=1, height=1, width=1, mean=(0.0,), std=(1.0,))
        >>> head, backbone = LinearHead(outputs=2), Perceptron(widths=(3,))
        >>> network = build_network(Architecture(input=image, backbone=backbone, head=head))
        >>> old = {name: tensor + 1 for name, tensor in network.state_dict().items()}
        >>> start = warm_start(network, old, source="demo", labels=(("a", "b"), ("b", "c")))
        >>> len(start.reused), len(start.adapted), len(start.fresh)
        (2, 2, 0)
    """
    own = network.state_dict()
    old, new = labels or ((), ())
    bound = _bound_to_labels(network)
    adapted = {} if tuple(old) == tuple(new) else _adapted_head(weights, own, bound, old, new)
    taken = adapted | {
        name: tensor
        for name, tensor in weights.items()
        if name in own
        and own[name].shape == tensor.shape
        and (tuple(old) == tuple(new) or not name.startswith(bound))
    }
    if not taken:
        raise InvalidData.of(
            "no tensor of the start_from model fits this model",
            code="I315",
            expected="tensors such as " + _examples(own),
            got=_examples(weights),
            fix="Start from a model with the same backbone",
        )
    network.load_state_dict(taken, strict=False)
    common = sorted(set(old) & set(new))
    return WarmStart(
        source=source,
        reused=tuple(name for name in taken if name not in adapted),
        adapted=tuple(adapted),
        fresh=_without_counters(own.keys() - taken.keys()),
        unused=_without_counters(weights.keys() - taken.keys()),
        notes=(f"outputs of {_listed(common)} taken over, others afresh",) if adapted else (),
    )


def pretrained_start(
    network: Network, weights: PretrainedWeights, *, labels: Sequence[str] = ()
) -> WarmStart:
    """Give a network the tensors of a pretrained backbone; the head starts afresh.

    Where the tensors are those of a whole network, only what speaks of other labels does.

    Args:
        labels: Label space of the network.

    Raises:
        InvalidData: They are weights of another network.
    """
    from netloom.models.adaptation import fitted_weights

    fitted = fitted_weights(weights, network)
    own = network.state_dict()
    taken = {name: tensor for name, tensor in fitted.tensors.items() if name in own}
    has_all_between = all(n in taken for n in weights.tensors if n.startswith(_DECODER))
    if weights.labels is None or tuple(labels) != weights.labels or not has_all_between:
        bound = _bound_to_labels(network)
        taken = {name: tensor for name, tensor in taken.items() if not name.startswith(bound)}
    network.load_state_dict(taken, strict=False)
    return WarmStart(
        source=weights.source,
        reused=tuple(n for n, tensor in taken.items() if tensor is weights.tensors[n]),
        adapted=tuple(n for n, tensor in taken.items() if tensor is not weights.tensors[n]),
        fresh=_without_counters(own.keys() - taken.keys()),
        unused=(*weights.unused, *_without_counters(weights.tensors.keys() - own.keys())),
        notes=fitted.notes,
    )


def _bound_to_labels(network: Network) -> tuple[str, ...]:
    """How names of tensors that speak of labels begin: all of the head, unless it says which parts."""
    parts = getattr(network.head, "per_label", None)
    return (_HEAD,) if parts is None else tuple(f"{_HEAD}{part}." for part in parts)


def _adapted_head(
    weights: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    bound: tuple[str, ...],
    old: Sequence[str],
    new: Sequence[str],
) -> dict[str, Tensor]:
    """The head with the outputs of labels that both have; empty if that cannot be done for all of it."""
    rows = {label: row for row, label in enumerate(old)}
    common = [label for label in new if label in rows]
    names = [name for name in own if name.startswith(bound)]
    if not common or not all(
        _is_per_label(weights.get(name), own[name], old, new) for name in names
    ):
        return {}
    places = [list(new).index(label) for label in common]
    adapted = {}
    for name in names:
        adapted[name] = own[name].clone()
        adapted[name][places] = weights[name][[rows[label] for label in common]]
    return adapted


def _is_per_label(
    tensor: Tensor | None, own: Tensor, old: Sequence[str], new: Sequence[str]
) -> bool:
    if tensor is None or not tensor.dim():
        return False
    # A last row may stand for no label at all.
    extra = (len(tensor) - len(old), len(own) - len(new))
    return extra in ((0, 0), (1, 1)) and tensor.shape[1:] == own.shape[1:]


def _without_counters(names: Any) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.endswith(_COUNTER)))


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _examples(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{name} {list(t.shape)}" for name, t in list(tensors.items())[:3])
