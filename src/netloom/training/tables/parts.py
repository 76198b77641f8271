"""What says which rows a training learns from: what can be wrong with it is known before any row is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from netloom.core.diagnostics import Diagnostic, Place


def part_problems(
    names: Collection[str],
    features: Collection[str],
    *,
    has_keys: bool,
    part_column: str,
    valid_share: float,
) -> Iterator[Diagnostic]:
    """What stands against telling the parts of an encoded table apart.

    Args:
        names: Its columns.
        features: Columns that the feature map makes features of.
        has_keys: Whether the feature map has keys.
    """
    if part_column in features:
        yield Diagnostic(
            code="T348",
            message=f"column {part_column!r} is a feature, so the network would be told which rows it "
            "learns from",
            place=Place(setting="part_column"),
            expected="a column of parts that is no feature",
            fix=f"Take {part_column!r} out of the buckets of tables.fit_features, and name it in `drop`",
        )
    elif part_column not in names and valid_share and not has_keys:
        yield Diagnostic(
            code="T344",
            message=f"the table has no column {part_column!r} and no keys, so rows for validation "
            "cannot be told apart",
            place=Place(setting="part_column"),
            expected="a column of parts, as tables.split adds it, or keys of the feature map",
            fix="Divide the table with tables.split, name keys in tables.fit_features, or set `valid_share: "
            "0` to train without validation",
        )
