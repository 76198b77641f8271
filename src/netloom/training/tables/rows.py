"""Which rows of an encoded table a training learns from and which it is measured on, and their labels.

One pass over keys and labels before the training begins; features are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.data.view import PARTS
from netloom.models.tabular.spec import Target
from netloom.tables.engines.engine import open_engine
from netloom.tables.split import splitting_query
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.label_counts import LabelCounts
from netloom.training.tables.parts import part_problems

if TYPE_CHECKING:
    import pyarrow as pa

    from netloom.training.tables.training import TableTraining

_HASHED = "netloom_part"


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Rows of one part.

    Attributes:
        chosen: Which rows of each row group, one file after another.
        labels: What they have of each target; rows that are left out are counted too.
        rows: How many are chosen.
    """

    chosen: tuple[NDArray[np.bool_], ...]
    labels: tuple[LabelCounts, ...]
    rows: int


@dataclass(frozen=True, kw_only=True)
class TrainingRows:
    """The parts of a table.

    Attributes:
        others: Rows of other parts, such as ``test``.
        dropped: Rows of the two parts without any label.
    """

    train: Part
    valid: Part
    others: int
    dropped: int

    def to_json(self) -> dict[str, int]:
        """How many rows each has."""
        return {
            "train": self.train.rows,
            "valid": self.valid.rows,
            "others": self.others,
            "dropped": self.dropped,
        }


def training_rows(training: TableTraining, paths: Sequence[str]) -> TrainingRows:
    """Go through keys and labels of all rows.

    Raises:
        InvalidData: The column of parts holds something else, or a key cannot be hashed.
    """
    targets = training.model.targets
    gathering = {name: _Gathering(targets) for name in PARTS[:2]}
    others = 0
    for group in _groups(training, paths):
        for name, gathered in gathering.items():
            gathered.add(group, group.parts_N == PARTS.index(name))
        others += int((group.parts_N == PARTS.index("test")).sum())
    train, valid = (gathered.part() for gathered in gathering.values())
    dropped = sum(gathered.dropped for gathered in gathering.values())
    return TrainingRows(train=train, valid=valid, others=others, dropped=dropped)


@dataclass(frozen=True, eq=False)
class _Group:
    """A row group: keys and labels of its rows, and the index of each one's part."""

    rows: pa.Table
    parts_N: NDArray[np.int64]
    keys: tuple[str, ...]
    first: int

    def name_row(self, place: int) -> str:
        if not self.keys:
            return f"row {self.first + place}"
        values = self.rows.select(self.keys).slice(place, 1).to_pylist()[0]
        return ", ".join(f"{name} {value!r}" for name, value in values.items())


class _Gathering:
    """Collects the rows of one part."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._labels = [LabelCounts(target) for target in targets]
        self._chosen: list[NDArray[np.bool_]] = []
        self.dropped = 0

    def add(self, group: _Group, is_in_N: NDArray[np.bool_]) -> None:
        places = np.flatnonzero(is_in_N)
        rows = group.rows.take(places)
        has_label_N = np.zeros(len(places), np.bool_)
        for counts in self._labels:
            column = rows[counts.target.column]
            missing_N = counts.add(
                column, name_row=lambda place: group.name_row(int(places[place]))
            )
            has_label_N |= ~missing_N
        self.dropped += int((~has_label_N).sum())
        chosen_N = np.zeros(len(is_in_N), np.bool_)
        chosen_N[places[has_label_N]] = True
        self._chosen.append(chosen_N)

    def part(self) -> Part:
        rows = sum(int(chosen.sum()) for chosen in self._chosen)
        return Part(chosen=tuple(self._chosen), labels=tuple(self._labels), rows=rows)


def _groups(training: TableTraining, paths: Sequence[str]) -> Iterator[_Group]:
    import pyarrow.parquet as pq

    keys = tuple(key.name for key in training.feature_map.keys)
    has_part = training.part_column in training.table.names
    labels = [target.column for target in training.model.targets]
    wanted = list(dict.fromkeys([*keys, *labels, *([training.part_column] if has_part else [])]))
    first = 0
    for path in paths:
        hashed_N = None if has_part else _hashed_parts(training, path, keys)
        with pq.ParquetFile(path) as file:
            place = 0
            for number in range(file.metadata.num_row_groups):
                rows = file.read_row_group(number, columns=wanted, use_threads=False)
                if hashed_N is None:
                    parts_N = _named_parts(rows[training.part_column], training.part_column)
                else:
                    parts_N = hashed_N[place : place + rows.num_rows]
                yield _Group(rows, parts_N, keys, first)
                place += rows.num_rows
                first += rows.num_rows


def _named_parts(column: pa.ChunkedArray, name: str) -> NDArray[np.int64]:
    """The index in :data:`PARTS` of each row's part."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.cast(column, pa.string())
    found = pc.index_in(texts, value_set=pa.array(PARTS))
    if found.null_count:
        strange = pc.unique(texts.filter(pc.is_null(found))).to_pylist()
        raise InvalidData.of(
            f"column {name!r} holds {', '.join(map(repr, strange[:5]))}, which is no part",
            code="T341",
            expected="train, valid or test in every row, as tables.split writes them",
            fix="Name the column of parts in `part_column`; if this one means something else, rename it with "
            "tables.query",
        )
    return np.asarray(found, dtype=np.int64)


def _hashed_parts(training: TableTraining, path: str, keys: Sequence[str]) -> NDArray[np.int64]:
    """Parts as ``tables.split`` would choose them, by the hash of the keys."""
    if not training.valid_share:
        import pyarrow.parquet as pq

        return np.zeros(pq.read_metadata(path).num_rows, np.int64)
    columns = [column for column in training.table.columns if column.name in keys]
    engine = open_engine(memory_limit=None, threads=1, scratch=training.scratch)
    try:
        engine.bind("encoded", TableFiles((path,), tuple(columns)))
        query = splitting_query(
            "encoded",
            columns,
            keys,
            valid=training.valid_share,
            test=0.0,
            seed=0,
            column=_HASHED,
            engine=engine,
        )
        batches = engine.stream(f"SELECT {_HASHED} = 'valid' AS is_valid FROM ({query}) split")  # noqa: S608 - of own names
        pieces = [np.asarray(batch.column(0), dtype=np.int64) for batch in batches]
    finally:
        engine.close()
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)


def row_problems(training: TableTraining, rows: TrainingRows) -> list[Diagnostic]:
    """What is wrong with the numbers of rows."""
    problems = []
    if rows.train.rows < 2:
        problems.append(
            Diagnostic(
                code="T342",
                message=f"the training part has {rows.train.rows} rows to learn from",
                expected="at least 2",
                got=f"{rows.valid.rows} rows for validation, {rows.others} of other parts, "
                f"{rows.dropped} without a label",
                fix="Check the sources, and what tables.split was told",
            )
        )
    if not rows.valid.rows and training.recipe.patience is not None:
        problems.append(
            Diagnostic(
                code="T343",
                message="patience needs rows for validation, but there are none",
                fix="Set `valid` in tables.split or `valid_share`, or remove patience",
            )
        )
    return problems


def order_problems(training: TableTraining) -> list[Diagnostic]:
    """What is wrong with what a training is given, before any row is read."""
    return list(
        part_problems(
            training.table.names,
            {feature.column for feature in training.feature_map.features()},
            has_keys=bool(training.feature_map.keys),
            part_column=training.part_column,
            valid_share=training.valid_share,
        )
    )


def encoding_problems(training: TableTraining, paths: Sequence[str]) -> list[Diagnostic]:
    """Files that were encoded with another map, or not at all."""
    import pyarrow.parquet as pq

    from netloom.tables.features.encoding import CHECKSUM_KEY

    checksum = training.feature_map.checksum
    for path in paths:
        metadata: dict[bytes, Any] = pq.read_metadata(path).metadata or {}
        found = metadata.get(CHECKSUM_KEY.encode())
        if found != checksum.encode():
            return [
                Diagnostic(
                    code="T345",
                    message="the table was not encoded with the feature map that is connected",
                    expected=f"checksum {checksum}",
                    got="no checksum" if found is None else f"checksum {found.decode()}",
                    fix="Connect the same feature map to tables.encode and to tables.train",
                )
            ]
    return []
