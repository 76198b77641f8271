"""What encoding leaves as it is, beside the keys: labels, columns that were asked for, and the parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netloom.core.diagnostics import Diagnostic
from netloom.tables.columns import Column
from netloom.tables.features.known_map import KnownMap
from netloom.tables.known_table import columns_missing
from netloom.tables.split import says_parts


def kept_columns(
    features: KnownMap, columns: Sequence[Column], keep: Sequence[str] = ()
) -> tuple[Column, ...]:
    """Columns of a table that are in the encoded one as they are, after the keys.

    The column of parts is kept without being named, unless the map made something else of it.

    >>> features = KnownMap((Column("id", "integer"),), (Column("y", "text"),), (), frozenset(), ())
    >>> table = [Column(name, "text") for name in ("part", "city", "y", "id")]
    >>> [column.name for column in kept_columns(features, table, ["city"])]
    ['y', 'city', 'part']
    """
    present = {column.name: column for column in columns}
    wanted = [*(label.name for label in features.labels), *keep]
    taken = {column.name for column in (*features.keys, *features.features)}
    wanted += [each.name for each in columns if says_parts(each) and each.name not in taken]
    keys = {key.name for key in features.keys}
    return tuple(
        present[name] for name in dict.fromkeys(wanted) if name in present and name not in keys
    )


def keeping_problems(
    features: KnownMap, columns: Sequence[Column], keep: Sequence[str]
) -> Iterator[Diagnostic]:
    """Columns to keep that the table does not have, or that are called like one that encoding makes."""
    yield from columns_missing(keep, columns, setting="keep")
    made = {column.name.lower() for column in features.encoded or ()}
    for column in kept_columns(features, columns, keep):
        if column.name.lower() in made:
            yield Diagnostic(
                code="T460",
                message=f"two columns of the encoded table would be called {column.name!r}: the one that is "
                "kept, and one that the feature map makes",
                fix="Rename the column before encoding, with tables.query for instance, or rename the bucket "
                "of the feature map",
            )
