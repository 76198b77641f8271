"""Which column goes to which bucket, and what it will become there. Known before any row is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, decimal_digits, element_type
from netloom.tables.features.settings import (
    AutoEncoding,
    Bucket,
    Encoding,
    FeatureSettings,
    NumberEncoding,
    Others,
    SlotsEncoding,
    VocabularyEncoding,
)
from netloom.tables.known_table import columns_missing, placed
from netloom.tables.split import says_parts

_EXACT = ("integer", "text", "boolean", "date")
_AS_NUMBER = ("integer", "number", "boolean", "date", "timestamp")


@dataclass(frozen=True, slots=True)
class ChosenColumn:
    """A column of a bucket with its encoding, never ``auto``."""

    column: Column
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class ChosenBucket:
    """A bucket and what goes into it, in the order of the table."""

    settings: Others
    columns: tuple[ChosenColumn, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the columns of a table.

    Attributes:
        parts: The column that says which rows are to learn from. It is no feature, because it would be the
            same in all of them; a bucket that names it takes it all the same.
    """

    keys: tuple[Column, ...]
    labels: tuple[Column, ...]
    buckets: tuple[ChosenBucket, ...]
    parts: tuple[Column, ...] = ()


def choose_columns(columns: Sequence[Column], settings: FeatureSettings) -> Choice:
    """Sort the columns of a table into keys, labels and buckets.

    Raises:
        InvalidData: With everything that is wrong: a column that does not exist, is named twice, or cannot
            be encoded as wished; a bucket without columns.
    """
    problems = [*_unknown_names(columns, settings), *_named_twice(settings)]
    by_name = {column.name: column for column in columns}
    open_to_choice = _without_keys_and_labels(columns, settings)
    parts = tuple(
        each for each in open_to_choice if says_parts(each) and not _is_named(each, settings)
    )
    homes = {
        column.name: _home(column, settings) for column in open_to_choice if column not in parts
    }
    buckets = []
    for bucket in _all_buckets(settings):
        members = [by_name[name] for name, home in homes.items() if home is bucket]
        chosen = []
        for column in members:
            encoding = resolved_encoding(column, bucket.encoding)
            if isinstance(encoding, Diagnostic):
                problems.append(replace(encoding, place=_place_of(bucket, settings)))
            else:
                chosen.append(ChosenColumn(column, encoding))
        if isinstance(bucket, Bucket) and not members:
            problems.append(replace(_empty_bucket(bucket), place=_place_of(bucket, settings)))
        if chosen:
            buckets.append(ChosenBucket(bucket, tuple(chosen)))
    if not buckets and not problems:
        problems.append(
            Diagnostic(
                code="T303",
                message="no column is left to become a feature",
                fix="Name fewer columns in `drop`, `keys` and `labels`, or set `others`",
            )
        )
    if problems:
        raise InvalidData(*problems)
    return Choice(
        keys=tuple(by_name[name] for name in settings.keys),
        labels=tuple(by_name[name] for name in settings.labels),
        buckets=tuple(buckets),
        parts=parts,
    )


def resolved_encoding(column: Column, wished: Encoding) -> Encoding | Diagnostic:
    """The encoding of a column, ``auto`` decided by its type; or why it cannot be encoded that way."""
    encoding = _automatic(column) if isinstance(wished, AutoEncoding) else wished
    inner = element_type(column.type)
    if column.type.startswith("map<"):
        fits = _is_number(inner or "") and not isinstance(encoding, NumberEncoding)
    elif isinstance(encoding, SlotsEncoding):
        fits = False
    elif isinstance(encoding, NumberEncoding):
        fits = _is_number(inner or column.type)
    else:
        fits = _is_exact(inner or column.type)
    return encoding if fits else _unfit(column, encoding)


def kind_of(column: Column) -> str:
    """The logical type of a column without its details.

    >>> kind_of(Column("price", "decimal(10, 2)")), kind_of(Column("tags", "list<text>"))
    ('decimal', 'list')
    """
    return column.type.partition("<")[0].partition("(")[0]


def _automatic(column: Column) -> Encoding:
    if column.type.startswith("map<"):
        return SlotsEncoding()
    inner = element_type(column.type) or column.type
    return NumberEncoding() if _is_number(inner) else VocabularyEncoding()


def _is_number(type: str) -> bool:
    return type in _AS_NUMBER or decimal_digits(type) is not None


def _is_exact(type: str) -> bool:
    """Whether a value has one text, the same on every engine."""
    return type in _EXACT or decimal_digits(type) is not None


def _all_buckets(settings: FeatureSettings) -> list[Others]:
    return [*settings.buckets, *([settings.others] if settings.others else [])]


def _place_of(bucket: Others, settings: FeatureSettings) -> Place:
    """The setting that describes a bucket."""
    for number, each in enumerate(settings.buckets):
        if each is bucket:
            return Place(setting=f"buckets.{number}")
    return Place(setting="others")


def _without_keys_and_labels(columns: Sequence[Column], settings: FeatureSettings) -> list[Column]:
    """Columns that may become features; those to be dropped may not."""
    reserved = {*settings.keys, *settings.labels}
    return [
        column
        for column in columns
        if column.name not in reserved
        and not any(fnmatchcase(column.name, pattern) for pattern in settings.drop)
    ]


def _is_named(column: Column, settings: FeatureSettings) -> bool:
    """Whether a bucket says the name of the column, not only a pattern."""
    return any(column.name in bucket.columns for bucket in settings.buckets)


def _home(column: Column, settings: FeatureSettings) -> Others | None:
    for bucket in settings.buckets:
        if column.name in bucket.columns:
            return bucket
    for bucket in settings.buckets:
        by_name = not bucket.columns or any(fnmatchcase(column.name, p) for p in bucket.columns)
        if by_name and (not bucket.types or kind_of(column) in bucket.types):
            return bucket
    return settings.others


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _unknown_names(columns: Sequence[Column], settings: FeatureSettings) -> list[Diagnostic]:
    named = [
        ("keys", "keys", settings.keys),
        ("labels", "labels", settings.labels),
        ("drop", "drop", settings.drop),
        *(
            ("buckets", f"buckets.{number}.columns", bucket.columns)
            for number, bucket in enumerate(settings.buckets)
        ),
    ]
    return [
        problem
        for setting, path, names in named
        for problem in placed(
            columns_missing(
                [name for name in names if not _is_pattern(name)], columns, setting=setting
            ),
            path,
        )
    ]


def _named_twice(settings: FeatureSettings) -> list[Diagnostic]:
    exact = [
        *settings.keys,
        *settings.labels,
        *(name for name in settings.drop if not _is_pattern(name)),
        *(name for bucket in settings.buckets for name in bucket.columns if not _is_pattern(name)),
    ]
    columns = [
        Diagnostic(
            code="T304",
            message=f"column {name!r} is named more than once",
            expected="each column in one of `keys`, `labels`, `drop` and the buckets",
            fix="Keep it in one place",
        )
        for name in sorted({name for name in exact if exact.count(name) > 1})
    ]
    names = [bucket.name for bucket in _all_buckets(settings)]
    buckets = [
        Diagnostic(
            code="T304",
            message=f"two buckets have the name {name!r}",
            fix="Give each bucket a name of its own; `others` has one too",
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return [*columns, *buckets]


def _empty_bucket(bucket: Bucket) -> Diagnostic:
    return Diagnostic(
        code="T305",
        message=f"no column goes into the bucket {bucket.name!r}",
        expected="a column that matches its `columns` and `types`, and that no earlier bucket took",
        fix="Correct the patterns, or remove the bucket",
    )


def _unfit(column: Column, encoding: Encoding) -> Diagnostic:
    if isinstance(encoding, NumberEncoding):
        expected = "numbers, booleans, dates, times, or lists of them"
    elif isinstance(encoding, SlotsEncoding):
        expected = "a map of texts to numbers"
    else:
        expected = (
            "texts, whole numbers, decimals, booleans, dates, lists of them, or a map to numbers"
        )
    return Diagnostic(
        code="T306",
        message=f"column {column.name!r} cannot have the encoding {encoding.type!r}",
        expected=expected,
        got=column.type,
        fix="Choose another encoding for its bucket, put it into another bucket, or name it in `drop`",
    )
