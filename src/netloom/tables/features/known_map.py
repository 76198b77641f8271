"""What is known of a feature map before it is fitted: the columns it wants, and those it makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netloom.core.diagnostics import Diagnostic
from netloom.tables.columns import Column, decimal_digits
from netloom.tables.features.feature_map import FeatureMap, IdFeature
from netloom.tables.features.selection import Choice, ChosenBucket, ChosenColumn
from netloom.tables.features.settings import NumberEncoding, SlotsEncoding
from netloom.tables.known_table import UNKNOWN, shown_names

_NUMBERS, _IDS = "list<number>", "list<integer>"


@dataclass(frozen=True, slots=True)
class KnownMap:
    """A feature map, fitted or not.

    Attributes:
        keys: Columns kept as they are, which tell rows apart.
        labels: Columns kept as they are if they are there.
        features: Columns that become features, with the types they had at fitting.
        exact: Those of ``features`` whose type may not change at all, because it decides about their ids.
        encoded: Columns that a table gets; None if it is not known which.
        checksum: Empty before it is fitted.
    """

    keys: tuple[Column, ...]
    labels: tuple[Column, ...]
    features: tuple[Column, ...]
    exact: frozenset[str]
    encoded: tuple[Column, ...] | None
    checksum: str = ""

    def mismatches(self, columns: Sequence[Column]) -> Iterator[Diagnostic]:
        """Everything for which a table with these columns cannot be encoded."""
        types = {column.name: column.type for column in columns}
        wanted = {column.name: column.type for column in (*self.keys, *self.features)}
        missing = [name for name in wanted if name not in types]
        if missing:
            yield Diagnostic(
                code="T311",
                message=f"the table lacks columns of the feature map: {', '.join(map(repr, missing))}",
                expected="every column that the map was fitted on; only labels may be missing",
                got=shown_names(list(types)),
                fix="Add the columns, or fit a map on this table and train again",
            )
        for column in self.features:
            got = types.get(column.name, UNKNOWN)
            if UNKNOWN not in (got, column.type) and not self._fits(column, got):
                yield Diagnostic(
                    code="T312",
                    message=f"column {column.name!r} has another type than when the feature map was fitted",
                    expected=column.type,
                    got=got,
                    fix="Make the column what it was where the table is made, or fit a map on this table",
                )

    def _fits(self, column: Column, got: str) -> bool:
        is_same = got == column.type
        return is_same or (column.name not in self.exact and _family(got) == _family(column.type))


def known_fitted(fitted: FeatureMap) -> KnownMap:
    """What is known of a map that was fitted: everything."""
    features = list(fitted.features())
    return KnownMap(
        keys=tuple(Column(key.name, key.type) for key in fitted.keys),
        labels=tuple(Column(label.name, label.type) for label in fitted.labels),
        features=tuple(Column(feature.column, feature.column_type) for feature in features),
        exact=frozenset(each.column for each in features if isinstance(each, IdFeature)),
        encoded=tuple(
            Column(output.name, _NUMBERS if output.type == "float" else _IDS)
            for output in fitted.outputs()
        ),
        checksum=fitted.checksum,
    )


def known_before(choice: Choice) -> KnownMap:
    """What is known of a map that will be fitted, from the choice of its columns."""
    chosen = [each for bucket in choice.buckets for each in bucket.columns]
    encoded = [_encoded(bucket) for bucket in choice.buckets]
    return KnownMap(
        keys=choice.keys,
        labels=choice.labels,
        features=tuple(each.column for each in chosen),
        exact=frozenset(each.column.name for each in chosen if _has_ids(each)),
        encoded=None
        if None in encoded
        else tuple(column for columns in encoded for column in columns or ()),
    )


def _encoded(bucket: ChosenBucket) -> tuple[Column, ...] | None:
    """Columns that a bucket becomes; see :meth:`FittedBucket.outputs`."""
    name = bucket.settings.name
    together = [each for each in bucket.columns if not _has_ids(each) and not _is_variable(each)]
    if together and all(isinstance(each.encoding, SlotsEncoding) for each in together):
        return None  # without a key that is frequent enough there would be no numbers
    found = [Column(f"{name}_numbers", _NUMBERS)] if together else []
    if any(_has_ids(each) and not each.column.is_nested for each in bucket.columns):
        found.append(Column(f"{name}_ids", _IDS))
    for each in bucket.columns:
        stem = f"{name}_{each.column.name}"
        if _has_ids(each) and each.column.is_nested:
            found.append(Column(f"{stem}_ids", _IDS))
            if each.column.type.startswith("map<"):
                found.append(Column(f"{stem}_weights", _NUMBERS))
        elif _is_variable(each):
            found.append(Column(f"{stem}_numbers", _NUMBERS))
    return tuple(found)


def _has_ids(chosen: ChosenColumn) -> bool:
    return not isinstance(chosen.encoding, NumberEncoding | SlotsEncoding)


def _is_variable(chosen: ChosenColumn) -> bool:
    """Whether it is numbers in a column of their own."""
    encoding = chosen.encoding
    is_list = chosen.column.is_nested and isinstance(encoding, NumberEncoding)
    return is_list and isinstance(encoding, NumberEncoding) and encoding.width == "variable"


def _family(type: str) -> str:
    """Types between which a number may change without another meaning."""
    if type in ("integer", "number") or decimal_digits(type):
        return "number"
    outer, separator, inner = type.partition("<")
    return f"{outer}<{_family(inner.rstrip('>').split(', ')[-1])}" if separator else type
