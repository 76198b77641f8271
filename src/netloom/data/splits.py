"""Dividing samples into parts: seeded, stratified, exact, and without leaks."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

from netloom.core.errors import InvalidData
from netloom.data.classes import listed
from netloom.data.view import PARTS, Part

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Group:
    """Samples of identical content; they stay together."""

    positions: tuple[int, ...]
    label: int
    rank: bytes

    def __len__(self) -> int:
        return len(self.positions)


def assign_parts(
    ids: Sequence[str],
    labels: Sequence[int],
    digests: Sequence[str],
    *,
    valid: float,
    test: float,
    seed: int,
    stratify: bool = True,
    keep_existing: Sequence[str | None] | None = None,
) -> list[Part]:
    """Give every sample a part.

    Each sample has a rank, a hash of seed and id; the lowest ranks go to the test part, the next
    to the validation part, the others to training. A sample's rank depends on nothing else, so adding
    samples later moves few of the old ones. How many of each class a part gets follows from the
    largest-remainder method, so totals are exact (rounded half up) and proportions as close as can
    be; every class keeps at least one sample for training. Samples of identical content are treated as
    one: where such groups do not fit a count, it is missed by less than one group.

    Args:
        labels: Class index of each sample; -1 where there is none (a class of its own here).
        digests: Equal for samples of identical content.
        valid: Share of the distributed samples for validation.
        test: Likewise for the test part.
        stratify: Keep the proportions of classes in each part.
        keep_existing: Parts that samples already have. ``valid`` and ``test`` marks stay, and a part
            that has any gets no more; the rest (marked ``train`` or None) is distributed.
            A sample whose content also occurs in a kept part joins it (test before valid).

    Raises:
        InvalidData: The shares leave nothing for training, or would give an empty part.

    >>> parts = assign_parts(
    ...     "abcdefghij", [0] * 5 + [1] * 5, "abcdefghij", valid=0.2, test=0.2, seed=0
    ... )
    >>> parts.count("train"), parts.count("valid"), parts.count("test")
    (6, 2, 2)
    """
    if valid + test >= 1:
        raise InvalidData.of(
            "the split leaves no samples for training",
            code="I016",
            expected="valid + test below 1",
            got=f"valid {valid:g} + test {test:g} = {valid + test:g}",
            fix="Lower one of them",
        )
    kept = keep_existing or [None] * len(ids)
    parts: list[Part] = ["train"] * len(ids)
    pool = []
    for group in _groups(ids, labels if stratify else [0] * len(ids), digests, seed):
        held_out = _most_held_out([kept[position] for position in group.positions])
        if held_out is None:
            pool.append(group)
        for position in group.positions:
            parts[position] = held_out or "train"
    num_samples = sum(len(group) for group in pool)
    shares: tuple[tuple[Part, float], ...] = (("test", test), ("valid", valid))
    for part, share in shares:
        if share == 0 or part in kept:
            continue
        chosen = _draw(pool, _rounded(num_samples * share), part=part, share=share)
        taken = {id(group) for group in chosen}
        pool = [group for group in pool if id(group) not in taken]
        for group in chosen:
            for position in group.positions:
                parts[position] = part
    return parts


def remarks_on_parts(
    parts: Sequence[str], labels: Sequence[int], digests: Sequence[str], names: Sequence[str]
) -> list[str]:
    """What a person should know about a split: classes that a part lacks, conflicting labels.

    >>> len(
    ...     remarks_on_parts(["train", "train", "test"], [0, 1, 0], ["x", "y", "z"], ["cat", "dog"])
    ... )
    1
    """
    remarks = []
    if any(label >= 0 for label in labels):  # else nobody says which sample shows what
        remarks = remarks_on_classes(parts, set(zip(labels, parts, strict=True)), names)
    labels_of: dict[str, set[int]] = {}
    for digest, label in zip(digests, labels, strict=True):
        labels_of.setdefault(digest, set()).add(label)
    num_conflicts = sum(len(found) > 1 for found in labels_of.values())
    if num_conflicts:
        remarks.append(f"{num_conflicts} images occur several times with different labels")
    return remarks


def remarks_on_classes(
    parts: Iterable[str], shown: AbstractSet[tuple[int, str]], names: Sequence[str]
) -> list[str]:
    """Which classes a part lacks.

    Args:
        parts: Of all samples.
        shown: Pairs of a class and a part with a sample that shows it.

    >>> remarks_on_classes(
    ...     ["train", "test"], {(0, "train"), (0, "test"), (1, "train")}, ["cat", "dog"]
    ... )
    ['no sample of dog in part test']
    """
    present = set(parts)
    remarks = []
    for part in (part for part in PARTS if part in present):
        lacking = [name for index, name in enumerate(names) if (index, part) not in shown]
        if lacking:
            remarks.append(f"no sample of {listed(lacking)} in part {part}")
    return remarks


def apportion(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Divide ``total`` in proportion to ``weights`` by largest remainders, none above its cap.

    If the caps allow less than ``total`` in all, the result is the caps. Ties go to the earlier one.

    >>> apportion(10, [5, 3, 1], [9, 9, 9])
    [6, 3, 1]
    """
    shares = [0] * len(weights)
    while sum(shares) < min(total, sum(caps)):
        left = total - sum(shares)
        open_places = [i for i, share in enumerate(shares) if share < caps[i]]
        weight = sum(weights[i] for i in open_places)
        quotas = {i: left * weights[i] / weight if weight else 0.0 for i in open_places}
        for i in open_places:
            shares[i] = min(caps[i], shares[i] + int(quotas[i]))
        by_remainder = sorted(open_places, key=lambda i: (int(quotas[i]) - quotas[i], i))
        for i in by_remainder:
            if sum(shares) < total and shares[i] < caps[i]:
                shares[i] += 1
    return shares


def _groups(
    ids: Sequence[str], labels: Sequence[int], digests: Sequence[str], seed: int
) -> list[_Group]:
    """Groups of identical content in the order of their ranks."""
    groups = []
    for positions in _positions_by(digests).values():
        first = min(positions, key=lambda position: ids[position])
        rank = hashlib.sha256(f"{seed}/{ids[first]}".encode()).digest()
        groups.append(_Group(tuple(positions), labels[first], rank))
    return sorted(groups, key=lambda group: group.rank)


def _draw(pool: Sequence[_Group], total: int, *, part: str, share: float) -> list[_Group]:
    """Groups of lowest rank, ``total`` samples in proportion to the classes of the pool."""
    by_label = _positions_by([group.label for group in pool])
    labels = sorted(by_label)
    sizes = [sum(len(pool[position]) for position in by_label[label]) for label in labels]
    caps = [
        size - min(len(pool[position]) for position in by_label[label])
        for label, size in zip(labels, sizes, strict=True)
    ]
    chosen = []
    for label, wanted in zip(labels, apportion(total, sizes, caps), strict=True):
        missing = wanted
        for position in by_label[label]:
            if len(pool[position]) <= missing:
                chosen.append(pool[position])
                missing -= len(pool[position])
    if not chosen:
        raise InvalidData.of(
            f"there are too few samples for part {part}",
            code="I017",
            expected="at least one sample after each class has kept one for training",
            got=f"a share of {share:g} of {sum(sizes)} samples in {len(labels)} classes",
            fix=f"Add samples, raise {part}, or set it to 0 to do without this part",
        )
    return chosen


def _positions_by(keys: Sequence[_Key]) -> dict[_Key, list[int]]:
    positions: dict[_Key, list[int]] = {}
    for position, key in enumerate(keys):
        positions.setdefault(key, []).append(position)
    return positions


def _most_held_out(parts: Sequence[str | None]) -> Part | None:
    if "test" in parts:
        return "test"
    return "valid" if "valid" in parts else None


def _rounded(number: float) -> int:
    """Half up, with a grain of tolerance for products such as 0.29 * 100."""
    return int(number + 0.5 + 1e-9)
