from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from netloom.core.errors import InvalidData, NetloomError, NotFound
from netloom.core.reporter import SilentReporter
from netloom.tables.columns import Column, columns_of
from netloom.tables.known_table import KnownTable
from netloom.tables.sources.finding import Request, identity_of
from netloom.tables.sources.formats import Csv, Delta, JsonLines, Orc, Parquet, TfRecord
from netloom.tables.sources.looking import look_at_source
from netloom.tables.sources.reading import Wish, read_source
from netloom.tables.table import Table, read_head
from netloom.tables.tfrecord.examples import records_of_batch
from netloom.tables.tfrecord.records import write_records

USERS = pa.table(
    {"id": [1, 2], "t": ["a", None], "l": pa.array([[1.5], []], pa.list_(pa.float32()))}
)
USER_ROWS = [{"id": 1, "t": "a", "l": [1.5]}, {"id": 2, "t": None, "l": []}]
USER_COLUMNS = (Column("id", "integer"), Column("t", "text"), Column("l", "list<number>"))

Read = Callable[..., Table]


@pytest.fixture
def reporter(tmp_path: Path) -> SilentReporter:
    return SilentReporter(tmp_path)


@pytest.fixture
def resolve(tmp_path: Path) -> Callable[[str], Path]:
    (tmp_path / "job").mkdir()
    folders = {"work": tmp_path / "job", "path": tmp_path}

    def find(location: str) -> Path:
        scheme, _, rest = location.partition(":")
        return folders[scheme] / rest

    return find


@pytest.fixture
def read(tmp_path: Path, resolve: Callable[[str], Path], reporter: SilentReporter) -> Read:
    def read(path: str, form: Any = None, wish: Wish | None = None, **said: Any) -> Table:
        request, wish = Request(path, form or Parquet(), **said), wish or Wish()
        looked = look(request, wish)
        table = read_source(
            request,
            wish,
            project=tmp_path,
            resolve=resolve,
            scratch=tmp_path / "scratch",
            threads=1,
            memory_limit=200 << 20,
            reporter=reporter,
        )
        assert not isinstance(looked, NetloomError)
        if looked is not None:  # what a look told is what reading gives
            assert (looked.columns, looked.date) == (table.columns, table.date)
        else:
            assert "://" in path
        return table

    def look(request: Request, wish: Wish) -> KnownTable | NetloomError | None:
        try:
            return look_at_source(request, wish, project=tmp_path)
        except NetloomError as error:
            return error

    return read


def put(path: Path, table: pa.Table = USERS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def test_parquet_on_this_machine_stays_where_it_is(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    put(tmp_path / "users" / "dt=2026-01-30" / "a.parquet")
    put(tmp_path / "users" / "dt=2026-01-31" / "a.parquet")
    (tmp_path / "users" / "_SUCCESS").touch()
    table = read("users")
    assert (table.location, table.rows, table.partitions) == ("path:users", 4, ("dt",))
    assert table.columns == (*USER_COLUMNS, Column("dt", "text"))
    assert [row["dt"] for row in read_head(table, resolve, rows=9).to_pylist()] == [
        *["2026-01-30"] * 2,
        *["2026-01-31"] * 2,
    ]
    assert not (tmp_path / "job" / "rows").exists()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("users/*.parquet", 2), ("users/a.parquet", 2), ("users/*/b.parquet", 2), ("users", 4)],
)
def test_files_are_named_by_themselves_by_pattern_or_folder(
    tmp_path: Path, read: Read, path: str, expected: int
) -> None:
    put(tmp_path / "users" / "a.parquet")
    put(tmp_path / "users" / "more" / "b.parquet")
    put(tmp_path / "users" / "_temporary" / "c.parquet")
    put(tmp_path / "users" / ".hidden.parquet")
    assert read(path).rows == expected


def test_only_some_columns_are_copied(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    put(tmp_path / "users.parquet")
    table = read("users.parquet", wish=Wish(columns=("t", "id")))
    assert table.location == "work:rows"
    assert read_head(table, resolve, rows=9).to_pylist() == [
        {"t": "a", "id": 1},
        {"t": None, "id": 2},
    ]


def test_types_that_engines_read_differently_are_copied_as_usual_ones(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    times = pa.array([1_500_000_000_123_456_789], pa.timestamp("ns", tz="UTC"))
    put(tmp_path / "a.parquet", pa.table({"time": times, "n": pa.array([7], pa.uint16())}))
    table = read("a.parquet")
    assert table.columns == (Column("time", "timestamp"), Column("n", "integer"))
    schema = read_head(table, resolve, rows=1).schema
    assert dict(zip(schema.names, schema.types, strict=True)) == {
        "time": pa.timestamp("us"),
        "n": pa.int64(),
    }
    with pytest.raises(InvalidData, match="cannot be read in place"):
        read("a.parquet", wish=Wish(keep="in_place"))


@pytest.mark.parametrize("is_packed", [False, True])
def test_csv_is_read_with_types_found_or_said(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path], is_packed: bool
) -> None:
    content = "id;name;x\n1;é;0.5\n2;NA;\n3;;1e3\n".encode()
    name = "a.csv.gz" if is_packed else "a.csv"
    (tmp_path / name).write_bytes(gzip.compress(content) if is_packed else content)
    wish = Wish(types={"id": "text"})
    table = read(name, Csv(null="NA"), wish)
    assert table.columns == (Column("id", "text"), Column("name", "text"), Column("x", "number"))
    assert read_head(table, resolve, rows=9).to_pylist() == [
        {"id": "1", "name": "é", "x": 0.5},
        {"id": "2", "name": None, "x": None},
        {"id": "3", "name": None, "x": 1000.0},
    ]


def test_json_lines_may_hold_maps_that_are_said_to_be_so(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id":1,"m":{"a":1}}\n{"id":2,"m":{"b":2.5}}\n')
    with pytest.raises(InvalidData, match="types that tables cannot have: m: struct"):
        read("a.jsonl", JsonLines())
    table = read("a.jsonl", JsonLines(), Wish(types={"m": "map<text, number>"}))
    assert read_head(table, resolve, rows=9).to_pylist() == [
        {"id": 1, "m": [("a", 1.0)]},
        {"id": 2, "m": [("b", 2.5)]},
    ]


def test_orc_and_tfrecord_become_parquet(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    orc.write_table(USERS, tmp_path / "a.orc")
    table = read("a.orc", Orc())
    assert (table.columns, read_head(table, resolve, rows=9).to_pylist()) == (
        USER_COLUMNS,
        USER_ROWS,
    )
    (tmp_path / "job" / "rows").rename(tmp_path / "orc")
    with (tmp_path / "part-r-00000").open("wb") as stream:
        columns = columns_of(USERS.schema, name="a")
        write_records(stream, records_of_batch(USERS.to_batches()[0], columns))
    table = read("part-r-00000", TfRecord(), Wish(columns=("id", "t", "l")))
    assert read_head(table, resolve, rows=9).to_pylist() == USER_ROWS


def test_a_delta_table_is_what_its_log_says(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path]
) -> None:
    folder = tmp_path / "delta"
    log = folder / "_delta_log"
    log.mkdir(parents=True)
    for name, number in (("a", 1), ("b", 2), ("c", 3)):
        put(folder / f"{name}.parquet", pa.table({"id": [number]}))

    def action(kind: str, name: str) -> str:
        size = (folder / f"{name}.parquet").stat().st_size
        return f'{{"{kind}":{{"path":"{name}.parquet","size":{size}}}}}\n'

    protocol = '{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}\n'
    (log / f"{0:020d}.json").write_text(protocol + action("add", "a") + action("add", "b"))
    (log / f"{1:020d}.json").write_text(action("remove", "a") + action("add", "c"))

    def ids(form: Delta) -> list[int]:
        return [row["id"] for row in read_head(read("delta", form), resolve, rows=9).to_pylist()]

    assert ids(Delta()) == [2, 3]
    assert ids(Delta(version=0)) == [1, 2]
    with pytest.raises(InvalidData, match="has no version 7"):
        read("delta", Delta(version=7))
    put(tmp_path / "plain" / "a.parquet")
    with pytest.raises(InvalidData, match="is no Delta table"):
        read("plain", Delta())


def test_the_newest_complete_day_is_taken_and_said(
    tmp_path: Path, read: Read, reporter: SilentReporter
) -> None:
    put(tmp_path / "dt=2026-01-28" / "a.parquet")
    (tmp_path / "dt=2026-01-28" / "_SUCCESS").touch()
    put(tmp_path / "dt=2026-01-29" / "a.parquet")
    table = read("dt={date}", date="2026-01-31", shift_days=-1, degrade_days=3, marker="_SUCCESS")
    assert (table.date, table.remarks) == ("2026-01-28", ("data of 2026-01-28, 2 days late",))
    assert reporter.notes == [
        "2026-01-30: dt=2026-01-30: does not exist",
        "2026-01-29: dt=2026-01-29: has no _SUCCESS",
        "data of 2026-01-28, 2 days late",
    ]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"marker": "_DONE"}, "has no _DONE"),
        ({"min_bytes": 10**9}, "of at least 1000000000 bytes"),
        ({"min_rows": 3}, "has 2 of at least 3 rows"),
    ],
)
def test_days_beyond_the_limit_are_all_listed(
    tmp_path: Path, read: Read, request_: dict[str, Any], why: str
) -> None:
    put(tmp_path / "dt=2026-01-30" / "a.parquet")
    put(tmp_path / "dt=2026-01-28" / "a.parquet")
    with pytest.raises(InvalidData) as caught:
        read("dt={date}", date="2026-01-31", degrade_days=2, **request_)
    message = str(caught.value)
    assert "no complete data of 2026-01-31 or the 2 days before" in message
    assert "2026-01-31: dt=2026-01-31: does not exist" in message
    assert why in message
    assert "2026-01-29: dt=2026-01-29: does not exist" in message
    assert "2026-01-28" not in message


def test_a_source_without_rows_is_refused_unless_allowed(tmp_path: Path, read: Read) -> None:
    put(tmp_path / "a.parquet", USERS.slice(0, 0))
    with pytest.raises(InvalidData, match=r"a.parquet: has no rows"):
        read("a.parquet")
    assert read("a.parquet", min_rows=0).rows == 0


def test_files_at_a_url_are_copied_or_read_there(
    tmp_path: Path, read: Read, resolve: Callable[[str], Path], store: Any
) -> None:
    with store.open("/bucket/users/a.parquet", "wb") as stream:
        pq.write_table(USERS, stream)
    with store.open("/bucket/texts/a.csv", "wb") as stream:
        stream.write(b"a,b\n1,2\n")
    copied = read("memory://bucket/users")
    assert copied.location == "work:rows"
    assert read_head(copied, resolve, rows=9).to_pylist() == USER_ROWS
    (tmp_path / "job" / "rows").rename(tmp_path / "before")
    there = read("memory://bucket/users", wish=Wish(keep="in_place"))
    assert there.location == "memory://bucket/users"
    assert read_head(there, resolve, rows=9).to_pylist() == USER_ROWS
    table = read("memory://bucket/texts/*.csv", Csv())
    assert read_head(table, resolve, rows=9).to_pylist() == [{"a": 1, "b": 2}]
    with store.open("/bucket/users/a.parquet", "wb") as stream:
        pq.write_table(USERS.slice(1), stream)
    with pytest.raises(InvalidData, match="changed since"):
        there.files(resolve)


@pytest.fixture
def store() -> Iterator[Any]:
    import fsspec

    found = fsspec.filesystem("memory")
    yield found
    found.store.clear()


def damaged(folder: Path) -> None:
    (folder / "a.parquet").write_bytes(b"PAR1 not really")


def short_of_a_column(folder: Path) -> None:
    put(folder / "a.parquet")
    put(folder / "b.parquet", USERS.select(["id", "t"]))


def of_another_type(folder: Path) -> None:
    put(folder / "a.parquet")
    put(folder / "b.parquet", USERS.set_column(0, "id", pa.array(["1", "2"])))


def in_mixed_partitions(folder: Path) -> None:
    put(folder / "dt=1" / "a.parquet")
    put(folder / "b.parquet")


def empty(folder: Path) -> None:
    (folder / "_SUCCESS").touch()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (damaged, "a.parquet is damaged or is no Parquet file"),
        (short_of_a_column, "b.parquet has other columns than .*a.parquet: l is missing"),
        (of_another_type, "id is text, not integer"),
        (in_mixed_partitions, "files in different partitions"),
        (empty, "has no files"),
    ],
)
def test_bad_files_are_explained(
    tmp_path: Path, read: Read, make: Callable[[Path], None], message: str
) -> None:
    (tmp_path / "bad").mkdir()
    make(tmp_path / "bad")
    with pytest.raises(InvalidData, match=message):
        read("bad")


@pytest.mark.parametrize(
    ("path", "form", "wish", "message"),
    [
        ("a.csv", Csv(), Wish(columns=("nope",)), "no column 'nope', which `columns` names"),
        ("a.csv", Csv(), Wish(types={"nope": "text"}), "no column 'nope', which `types` names"),
        ("a.csv", Csv(), Wish(types={"b": "date"}), "a.csv, line 2: Error when converting column"),
        ("a.csv", JsonLines(), Wish(), "cannot be read this way"),
        ("a.csv", TfRecord(), Wish(), "damaged|absurd|ends within"),
        ("a.csv", Orc(), Wish(), "a.csv is damaged or is no ORC file: Not an ORC file"),
        ("a.csv", Parquet(), Wish(), "is no Parquet file.*read it with `format: {type: csv}`"),
        ("header.csv", Csv(), Wish(), "there is no table: header.csv: has no rows"),
        ("nothing.csv", Csv(), Wish(), "there is no table: nothing.csv: has no rows"),
        (
            "some",
            Csv(),
            Wish(),
            "b.csv has other columns than .*a.csv: y is missing; z is no column",
        ),
        ("nope.csv", Csv(), Wish(), "there is no table: nope.csv: does not exist"),
        ("nope://bucket/a", Csv(), Wish(), "paths that start with nope://"),
        ("memory://nope/a.csv", Csv(), Wish(), "memory://nope/a.csv: does not exist"),
        ("http://127.0.0.1:9/a.csv", Csv(), Wish(), "a.csv cannot be reached: .*Cannot connect"),
        ("a.csv", Delta(), Wish(), "Delta tables are read from folders"),
    ],
)
def test_wrong_settings_are_explained(
    tmp_path: Path, read: Read, *, path: str, form: Any, wish: Wish, message: str
) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,x\n" * 20)
    (tmp_path / "header.csv").write_text("a,b\n")
    (tmp_path / "nothing.csv").touch()
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "some" / "b.csv").write_text("x,z\n1,2\n")
    with pytest.raises(NetloomError) as caught:
        read(path, form, wish)
    assert re.search(message, str(caught.value), re.IGNORECASE), str(caught.value)


@pytest.mark.parametrize(
    ("content", "form", "told"),
    [
        ("id,x,city\n1,0.5,a\n2,3\n5,1,b\n", Csv(), "line 3 .* Expected 3 values .* got 2"),
        ("id,x\n1,0.5\n2,3,9\n", Csv(), "line 3 .* Expected 2 values .* got 3"),
        ("# of May\n\nid;x\n1;2\n3\n", Csv(), "line 5 .* Expected 2 values .* got 1"),
        ("id,x,y\n1,2\n2,3,4\n5,6,7,8\n", Csv(), "line 2 .* Expected 3 values .* got 2"),
        ("Sales\nid,x\n1,2\n3\n", Csv(skip=1), "line 4 .* Expected 2 values .* got 1"),
        ("id,x,Id,y,x\n1,2,3,4,5\n", Csv(), "several columns of one name: 'id', 'x', 'Id'"),
    ],
)
def test_a_csv_file_that_is_no_table_is_refused(
    tmp_path: Path, read: Read, content: str, form: Csv, told: str
) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(InvalidData) as caught:
        read("a.csv", form)
    assert re.search(told, str(caught.value), re.IGNORECASE), str(caught.value)


@pytest.mark.parametrize(
    ("content", "form", "columns"),
    [
        ("# of May\n\nid,x\n1,2\n", Csv(), ("id", "x")),
        ("Sales, May\nid,x,y\n1,2,3\n", Csv(skip=1), ("id", "x", "y")),
        ("name\na\nb\n", Csv(), ("name",)),
        ("x_1,x_2\n1,2\n", Csv(), ("x_1", "x_2")),
        ("a||b\n1||2\n", Csv(separator="||"), ("a", "b")),
        ('"name, first"\na\nb\n', Csv(), ("name, first",)),
    ],
)
def test_a_csv_file_may_have_text_before_its_table(
    tmp_path: Path, read: Read, content: str, form: Csv, columns: tuple[str, ...]
) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert read("a.csv", form).names == columns


def test_the_identity_changes_with_the_files_and_with_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "dt=2026-01-30" / "a.parquet"
    put(path)
    request = Request("dt={date}", Parquet(), date="2026-01-31", degrade_days=5)
    first = identity_of(request, tmp_path)
    put(tmp_path / "dt=2026-01-20" / "a.parquet")  # too old to be taken
    assert identity_of(request, tmp_path) == first
    os.utime(path, ns=(1, 1))
    second = identity_of(request, tmp_path)
    put(tmp_path / "dt=2026-01-31" / "a.parquet")
    third = identity_of(request, tmp_path)
    assert len({first, second, third}) == 3
    with pytest.raises(InvalidData, match="no complete data of 2027-01-31"):
        identity_of(Request("dt={date}", Parquet(), date="2027-01-31"), tmp_path)
    with pytest.raises(NotFound):
        identity_of(Request("nope://bucket", Parquet()), tmp_path)
