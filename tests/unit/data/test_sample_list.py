from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData, NotFound
from netloom.data.sample_list import (
    ListedSample,
    SampleQuery,
    read_findings,
    read_sample,
    read_samples,
    write_sample_list,
)

FIRST = ListedSample(
    number=0,
    path="train/a_b/0.png",
    label="a_b",
    part="train",
    width=8,
    height=6,
    size_bytes=90,
    digest="00",
    duplicates=1,
    offset=30,
    packed_bytes=80,
    method=8,
    checksum=2**32 - 1,
)
SAMPLES = [
    FIRST,
    replace(FIRST, number=1, path="test/ab/1.png", label="ab", part="test", duplicates=0),
    replace(FIRST, number=2, path="test/ab/Über 100%.PNG", label="ab", part="test", duplicates=1),
    replace(FIRST, number=3, path="loose.png", label=None, part=None, duplicates=None),
    replace(FIRST, number=4, path="test/ab/4.png", label="ab", part="test", duplicates=0),
]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    write_sample_list(tmp_path / "samples.db", SAMPLES, {"num_images": 5, "name": "Ü"})
    return tmp_path / "samples.db"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (SampleQuery(), [0, 1, 2, 3, 4]),
        (SampleQuery(label="ab"), [1, 2, 4]),
        (SampleQuery(label=""), [3]),
        (SampleQuery(part="train"), [0]),
        (SampleQuery(part=""), [3]),
        (SampleQuery(part="test", label="a_b"), []),
        (SampleQuery(text="A_B"), [0]),  # no wildcard
        (SampleQuery(text="100%"), [2]),
        (SampleQuery(text=".png"), [0, 1, 2, 3, 4]),
        (SampleQuery(text="\\"), []),
        (SampleQuery(text="'; DROP TABLE samples; --"), []),
        (SampleQuery(only_duplicates=True), [1, 4, 0, 2]),
        (SampleQuery(only_duplicates=True, label="ab"), [1, 4, 2]),
    ],
)
def test_samples_are_found(listed: Path, query: SampleQuery, numbers: list[int]) -> None:
    found, total = read_samples(listed, query)
    assert found == [SAMPLES[number] for number in numbers]
    assert total == len(numbers)


def test_a_page_tells_how_many_there_are(listed: Path) -> None:
    found, total = read_samples(listed, SampleQuery(label="ab", offset=1, limit=1))
    assert ([sample.number for sample in found], total) == ([2], 3)
    assert read_samples(listed, SampleQuery(offset=99)) == ([], 5)


def test_findings_and_single_samples_are_read(listed: Path) -> None:
    assert read_findings(listed) == {"num_images": 5, "name": "Ü"}
    assert read_sample(listed, 2) == SAMPLES[2]
    with pytest.raises(NotFound):
        read_sample(listed, 5)


def test_equal_contents_give_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sample_list(tmp_path / name, SAMPLES, {"num_images": 5})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_is_written_beside_it_when_it_is_read(listed: Path) -> None:
    read_samples(listed, SampleQuery())
    assert [path.name for path in listed.parent.iterdir()] == ["samples.db"]


def spoilt(path: Path, how: str) -> Any:
    if how == "missing":
        path.unlink()
    elif how == "text":
        path.write_text("no database")
    else:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE findings SET format = 99")


@pytest.mark.parametrize("how", ["missing", "text", "newer"])
def test_what_is_no_list_is_refused(listed: Path, how: str) -> None:
    spoilt(listed, how)
    with pytest.raises(InvalidData) as caught:
        read_findings(listed)
    assert [d.code for d in caught.value.diagnostics] == ["I026"]
