"""A small table with every kind of column, and what a slow program makes of its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netloom.models.tabular.feature_input import (
    FeatureInput,
    IdBagColumn,
    IdsColumn,
    IdSpace,
    NumberListColumn,
    NumbersColumn,
)

Vectors = Callable[[dict[str, Any], dict[str, Any], str], list[np.ndarray]]


@pytest.fixture
def every_column() -> FeatureInput:
    return FeatureInput(
        columns=(
            NumbersColumn(name="a_numbers", width=3),
            IdsColumn(
                name="a_ids",
                bucket="a",
                size=24,
                features=(
                    IdSpace(name="city", offset=0, size=6),
                    IdSpace(name="device", offset=13, size=11),
                ),
            ),
            IdBagColumn(name="a_tags_ids", bucket="a", offset=6, size=7, width=3),
            IdBagColumn(
                name="b_likes_ids",
                bucket="b",
                offset=0,
                size=9,
                weights="b_likes_weights",
                width=None,
            ),
            NumberListColumn(name="c_steps_numbers"),
        )
    )


@pytest.fixture
def fixed_columns() -> FeatureInput:
    return FeatureInput(
        columns=(
            NumbersColumn(name="a_numbers", width=2),
            IdsColumn(
                name="a_ids",
                bucket="a",
                size=19,
                features=(
                    IdSpace(name="city", offset=0, size=6),
                    IdSpace(name="device", offset=6, size=5),
                ),
            ),
            IdBagColumn(
                name="a_tags_ids",
                bucket="a",
                offset=11,
                size=8,
                weights="a_tags_weights",
                width=4,
            ),
        )
    )


@pytest.fixture
def rows_of() -> Callable[..., dict[str, Any]]:
    """Random rows of an input as NumPy arrays; some lists are empty, and some only padding."""

    def rows(input: FeatureInput, count: int, seed: int = 0) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        found: dict[str, Any] = {}
        for column in input.columns:
            lengths = rng.integers(0, 4, count)
            lengths[:2] = 0, 3
            offsets = np.concatenate(([0], lengths.cumsum())).astype(np.int64)
            match column:
                case NumbersColumn():
                    found[column.name] = rng.normal(size=(count, column.width)).astype(np.float32)
                case IdsColumn():
                    ids = [
                        rng.integers(s.offset, s.offset + s.size, count) for s in column.features
                    ]
                    found[column.name] = np.stack(ids, 1).astype(np.int32)
                case NumberListColumn():
                    found[column.name] = rng.normal(size=offsets[-1]).astype(np.float32)
                    found[f"{column.name}/offsets"] = offsets
                case IdBagColumn():
                    shape: Any = offsets[-1] if column.width is None else (count, column.width)
                    ids = rng.integers(column.offset, column.offset + column.size, shape)
                    if column.width is None:
                        found[f"{column.name}/offsets"] = offsets
                    else:
                        ids[0] = column.space.nothing
                        ids[1, 1:] = column.space.nothing
                    found[column.name] = ids.astype(np.int32)
                    if column.weights is not None:
                        found[column.weights] = rng.normal(size=shape).astype(np.float32)
        return found

    return rows


@pytest.fixture
def slow_numbers() -> Callable[..., np.ndarray]:
    """All numbers of every row, one row at a time."""

    def numbers(input: FeatureInput, rows: dict[str, Any]) -> np.ndarray:
        found = []
        for row in range(_count(rows)):
            values: list[float] = []
            for column in input.columns:
                if isinstance(column, NumbersColumn):
                    values += rows[column.name][row].tolist()
                elif isinstance(column, NumberListColumn):
                    start, stop = rows[f"{column.name}/offsets"][row : row + 2]
                    listed = rows[column.name][start:stop].astype(np.float64)
                    values += [listed.mean() if len(listed) else 0.0, np.log(1 + len(listed))]
            found.append(values)
        return np.array(found, np.float64)

    return numbers


@pytest.fixture
def slow_vectors() -> Callable[..., list[list[np.ndarray]]]:
    """The vector of every feature with ids in every row, one id at a time."""

    def vectors(
        input: FeatureInput, rows: dict[str, Any], tables: dict[str, np.ndarray]
    ) -> list[list[np.ndarray]]:
        return [
            [
                vector
                for column in input.columns
                if isinstance(column, IdsColumn | IdBagColumn)
                for vector in _vectors(column, rows, row, tables[column.bucket])
            ]
            for row in range(_count(rows))
        ]

    return vectors


def _count(rows: dict[str, Any]) -> int:
    return len(rows["a_ids"])


def _vectors(
    column: IdsColumn | IdBagColumn, rows: dict[str, Any], row: int, table: np.ndarray
) -> list[np.ndarray]:
    if isinstance(column, IdsColumn):
        return [table[each].astype(np.float64) for each in rows[column.name][row]]
    if column.width is None:
        start, stop = rows[f"{column.name}/offsets"][row : row + 2]
        taken: Any = slice(start, stop)
    else:
        taken = row
    ids = rows[column.name][taken]
    weights = np.ones(len(ids)) if column.weights is None else rows[column.weights][taken]
    total, length = np.zeros(table.shape[1]), 0.0
    for each, weight in zip(ids, weights, strict=True):
        if each != column.offset + 1:
            total = total + float(weight) * table[each].astype(np.float64)
            length += abs(float(weight))
    return [total / length if length else total]
