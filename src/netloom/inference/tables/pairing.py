"""Whether two models of tables can be compared on a table: known before any row is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netloom.core.diagnostics import Diagnostic, Place
from netloom.models.tabular.spec import Target
from netloom.tables.columns import Column
from netloom.tables.features.known_map import KnownMap


@dataclass(frozen=True, slots=True)
class Compared:
    """One of two models.

    Attributes:
        features: Its feature map, fitted or not; None if nothing is known of it.
    """

    targets: tuple[Target, ...]
    features: KnownMap | None


class Common(NamedTuple):
    """A target that both models have, as A knows it, and where its classes are among those of B."""

    target: Target
    order: list[int] | None


def common_targets(first: Sequence[Target], second: Sequence[Target]) -> list[Common]:
    """Targets of one column and type, with the same classes where they are known.

    >>> mine = Target(column="grape", type="classes", classes=("a", "b"))
    >>> common_targets([mine], [mine.model_copy(update={"classes": ("b", "a")})])[0].order
    [1, 0]
    """
    others = {target.column: target for target in second}
    found = []
    for target in first:
        other = others.get(target.column)
        if other is None or other.type != target.type:
            continue
        mine, theirs = target.classes, other.classes
        if target.type == "number" or mine is None or theirs is None or mine == theirs:
            found.append(Common(target, None))
        elif target.type in ("classes", "labels") and set(mine) == set(theirs):
            found.append(Common(target, [theirs.index(name) for name in mine]))
    return found


def pairing_problems(
    first: Compared, second: Compared, columns: Sequence[Column] | None
) -> Iterator[Diagnostic]:
    """Why two models cannot be compared on a table.

    Args:
        columns: Those of the table; None if they are not known.
    """
    if not common_targets(first.targets, second.targets):
        yield Diagnostic(
            code="T355",
            message="the two models have no target in common",
            place=Place(port="model_b"),
            expected="targets of one column, type and classes",
            got=f"A: {_named(first.targets)}; B: {_named(second.targets)}",
            fix="Compare models that predict the same",
        )
    maps = first.features, second.features
    if columns is None or maps[0] is None or maps[1] is None or not _differ(maps[0], maps[1]):
        return
    names = {column.name for column in columns}
    keys = [key.name for key in maps[0].keys]
    if any(_is_encoded(names, features) for features in maps if features is not None):
        yield Diagnostic(
            code="T461",
            message="the two models have different feature maps, but the table is encoded",
            place=Place(port="table"),
            expected="the table as it was before encoding: each model encodes it with its own map",
            fix="Connect the table that goes into tables.encode",
        )
    elif not keys or not names.issuperset(keys):
        yield Diagnostic(
            code="T356",
            message="the two models have different feature maps, and nothing tells rows apart to match them",
            place=Place(port="table"),
            expected="keys of model A's feature map that the table has, too",
            got=", ".join(keys) or "no keys",
            fix="Fit feature maps with `keys`, or compare models that share one",
        )


def _differ(first: KnownMap, second: KnownMap) -> bool:
    """Whether two maps are surely not the same; before they are fitted, their checksums are not known."""
    if first.checksum and second.checksum:
        return first.checksum != second.checksum
    return (first.keys, first.labels, first.features) != (
        second.keys,
        second.labels,
        second.features,
    )


def _is_encoded(names: set[str], features: KnownMap) -> bool:
    """Whether a table has all columns that the map makes."""
    made = {column.name for column in features.encoded or ()}
    return bool(made) and made <= names


def _named(targets: Sequence[Target]) -> str:
    return ", ".join(f"{target.column} ({target.type})" for target in targets)
