"""Starting from the model of another day: what both have by name, value by value.

Another feature map numbers values and columns anew. A place of a parameter belongs to a value, a number or a
vector of the input (``TableNet.axes``), and is taken over from where the earlier network has the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.models.package import read_weights
from netloom.models.tabular.network import TableNet, outlined_table_network
from netloom.models.tabular.package import TableManifest, check_feature_map, read_table_manifest
from netloom.models.tabular.segments import Axes, Segment
from netloom.models.tabular.spec import Target
from netloom.tables.features.codec import read_feature_map
from netloom.tables.features.feature_map import (
    FIRST_VALUE,
    FeatureMap,
    FittedBucket,
    IdFeature,
    NumberFeature,
    NumberListFeature,
    SlotsFeature,
)
from netloom.training.warm_start import WarmStart

if TYPE_CHECKING:
    from netloom.training.tables.training import TableTraining

_COUNTER = "num_batches_tracked"
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class EarlierModel:
    """A trained model to start from."""

    manifest: TableManifest
    feature_map: FeatureMap
    weights: Mapping[str, Tensor]

    def target(self, target: Target) -> Target | None:
        """The target of the same column and type."""
        same = (
            old
            for old in self.manifest.targets
            if (old.column, old.type) == (target.column, target.type)
        )
        return next(same, None)

    @property
    def name(self) -> str:
        """For people."""
        day = self.manifest.date
        return f"the model of {day}" if day else f"model {self.manifest.weights_sha256[:12]}"


@dataclass(frozen=True)
class Shared:
    """How many of a feature's values the earlier model knew."""

    feature: str
    reused: int
    fresh: int


@dataclass(frozen=True, kw_only=True)
class HotStart:
    """What was taken over from an earlier model.

    Attributes:
        tensors: What became of each tensor.
        features: Rows of tables of vectors, by feature; empty if the feature map is the same.
    """

    tensors: WarmStart
    features: tuple[Shared, ...]

    def to_json(self) -> dict[str, Any]:
        """For the report of a training."""
        rows = {
            each.feature: {"reused": each.reused, "fresh": each.fresh} for each in self.features
        }
        return {**self.tensors.to_json(), "features": rows}

    def lines(self) -> Iterator[str]:
        """For the person watching."""
        yield str(self.tensors)
        yield from self.tensors.notes
        changed = [each for each in self.features if each.fresh]
        if changed:
            parts = [
                f"{each.feature}: {each.reused:,} known, {each.fresh:,} new" for each in changed
            ]
            rest = len(parts) - _SHOWN
            yield (
                "values: " + "; ".join(parts[:_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
            )


def earlier_model(training: TableTraining) -> EarlierModel | None:
    """The model that a training starts from.

    Raises:
        NotFound: Its package is gone.
        InvalidData: Something in it is damaged.
    """
    if training.start_from is None:
        return None
    folder = training.resolve(training.start_from.package)
    manifest = read_table_manifest(folder)
    check_feature_map(folder, manifest)
    return EarlierModel(
        manifest=manifest,
        feature_map=read_feature_map(folder),
        weights=read_weights(folder, manifest),
    )


def hot_start(
    network: TableNet, targets: Sequence[Target], feature_map: FeatureMap, earlier: EarlierModel
) -> HotStart:
    """Give a fresh network what the earlier model learned of the same things.

    Raises:
        InvalidData: The two have nothing in common.
    """
    manifest = earlier.manifest
    old_network = outlined_table_network(manifest.network, manifest.input, manifest.outputs)
    is_same_map = earlier.feature_map.checksum == feature_map.checksum
    places = (
        None
        if is_same_map
        else (
            _Places(network.axes(), feature_map),
            _Places(old_network.axes(), earlier.feature_map),
        )
    )
    is_same_aim = [_aim(target) for target in targets] == [_aim(t) for t in manifest.targets]
    head = network.blocks()[-1] + "."
    taken: dict[str, Tensor] = {}
    adapted: dict[str, Tensor] = {}
    for name, own in network.state_dict().items():
        old = earlier.weights.get(name)
        if old is None or (name.startswith(head) and not is_same_aim):
            continue
        if places is None or name not in places[0].axes:
            if own.shape == old.shape:
                taken[name] = old
        elif name in places[1].axes:
            mixed = _mixed(own, old, _pairs(name, own, old, *places))
            if mixed is not None:
                adapted[name] = mixed
    _check_common(taken, adapted, network, earlier)
    own_names = network.state_dict().keys()
    network.load_state_dict(taken | adapted, strict=False)
    known = taken.keys() | adapted.keys()
    tensors = WarmStart(
        source=earlier.name,
        reused=tuple(taken),
        adapted=tuple(adapted),
        fresh=_without_counters(own_names - known),
        unused=_without_counters(earlier.weights.keys() - known),
        notes=() if is_same_aim else ("its targets or classes are others: the head starts afresh",),
    )
    return HotStart(
        tensors=tensors, features=() if places is None else tuple(_shared(*places, adapted))
    )


def _aim(target: Target) -> tuple[Any, ...]:
    return target.column, target.type, target.classes


def _check_common(
    taken: Mapping[str, Tensor],
    adapted: Mapping[str, Tensor],
    network: TableNet,
    earlier: EarlierModel,
) -> None:
    # Biases alone are no start: those of the head always fit.
    if any(tensor.dim() > 1 for tensor in (*taken.values(), *adapted.values())):
        return
    own = network.network.model_dump(mode="json")
    old = earlier.manifest.network.model_dump(mode="json")
    differing = [name for name in own if own[name] != old.get(name)]
    raise InvalidData.of(
        "no tensor of the start_from model fits this one",
        code="T346",
        expected="some equal columns, and a network with "
        + (", ".join(f"{name} {own[name]}" for name in differing) or "equal settings"),
        got=f"a {old['type']} with "
        + (", ".join(f"{n} {old[n]}" for n in differing if n in old) or "no column in common"),
        fix="Start from a model with the same network, or train without start_from",
    )


class _Places:
    """What every place of a network's parameters belongs to, as something that can be compared."""

    def __init__(self, axes: Mapping[str, Axes], feature_map: FeatureMap) -> None:
        self.axes = axes
        self._numbers: dict[str, list[Hashable]] = {}
        self._ids: dict[str, IdFeature] = {}
        for bucket in feature_map.buckets:
            self._numbers[f"{bucket.name}_numbers"] = list(_number_names(bucket))
            for feature, _ in bucket.offsets():
                self._ids[feature.column] = feature
                self._ids[f"{bucket.name}_{feature.column}_ids"] = feature

    def of(self, segments: Sequence[Segment]) -> dict[Hashable, int]:
        """The place of everything along one side."""
        return {
            (segment.source, segment.name, unit): segment.start + place
            for segment in segments
            for place, unit in enumerate(self._units(segment))
        }

    def _units(self, segment: Segment) -> Sequence[Hashable]:
        if segment.source == "ids":
            return self.values(segment.name)
        names = self._numbers.get(segment.name, [])
        if segment.source == "numbers" and len(names) == segment.size:
            return names
        # A vector of another width has other axes, so its size is part of what it is.
        return [(place, segment.size) for place in range(segment.size)]

    def values(self, feature: str) -> Sequence[Hashable]:
        """What the ids of a feature stand for."""
        found = self._ids[feature]
        special = [("special", place) for place in range(FIRST_VALUE)]
        if found.vocabulary is not None:
            return [*special, *found.vocabulary]
        buckets = found.hash_buckets or 0
        return [*special, *((buckets, place) for place in range(buckets))]

    def column(self, feature: str) -> str:
        """The column of the table that a feature with ids is made of."""
        return self._ids[feature].column

    def id_segments(self, name: str) -> Iterator[Segment]:
        """Segments of ids along the first side of a parameter."""
        first = self.axes[name][0] if self.axes[name] else None
        return (segment for segment in first or () if segment.source == "ids")


def _number_names(bucket: FittedBucket) -> Iterator[Hashable]:
    """What each number of ``<bucket>_numbers`` is."""
    for feature in bucket.in_numbers:
        match feature:
            case NumberFeature():
                yield from ((feature.column, place) for place in range(feature.width))
            case SlotsFeature():
                yield from ((feature.column, key) for key in feature.vocabulary)
            case NumberListFeature():
                yield from ((feature.column, place) for place in range(feature.width or 0))


Pairs = list[tuple[Tensor, Tensor]]
"""For each side of a parameter, places here and the same ones there."""


def _pairs(name: str, own: Tensor, old: Tensor, here: _Places, there: _Places) -> Pairs | None:
    """None if the two have nothing in common."""
    sides, old_sides = here.axes[name], there.axes[name]
    if own.dim() != old.dim() or len(sides) != len(old_sides):
        return None
    pairs: Pairs = []
    for side, (segments, old_segments) in enumerate(zip(sides, old_sides, strict=True)):
        if segments is None or old_segments is None:
            if (segments, old_segments) != (None, None) or own.shape[side] != old.shape[side]:
                return None
            same = torch.arange(own.shape[side])
            pairs.append((same, same))
            continue
        places, old_places = here.of(segments), there.of(old_segments)
        common = [(place, old_places[unit]) for unit, place in places.items() if unit in old_places]
        if not common:
            return None
        both = torch.tensor(common)
        pairs.append((both[:, 0], both[:, 1]))
    return pairs


def _mixed(own: Tensor, old: Tensor, pairs: Pairs | None) -> Tensor | None:
    """The fresh tensor with all that both have taken over."""
    if pairs is None:
        return None
    mixed = own.clone()
    mixed[_grid([here for here, _ in pairs])] = old[_grid([there for _, there in pairs])]
    return mixed


def _grid(places: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return tuple(
        each.reshape([-1 if side == at else 1 for at in range(len(places))])
        for side, each in enumerate(places)
    )


def _shared(here: _Places, there: _Places, adapted: Mapping[str, Tensor]) -> Iterator[Shared]:
    told: set[str] = set()
    for name in adapted:
        known = {segment.name for segment in there.id_segments(name)}
        for segment in here.id_segments(name):
            if segment.name in told:
                continue
            told.add(segment.name)
            values = here.values(segment.name)
            old = set(there.values(segment.name)) if segment.name in known else set()
            reused = sum(value in old for value in values)
            yield Shared(here.column(segment.name), reused, len(values) - reused)


def _without_counters(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.endswith(_COUNTER)))
