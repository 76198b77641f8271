from __future__ import annotations

from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.data.formats.text_table import read_text_table


def read(content: bytes | str, *, name: str = "list.csv") -> list[tuple[int, dict[str, Any]]]:
    table = read_text_table(
        content.encode() if isinstance(content, str) else content,
        name=name,
        headers=["path", "label"],
        without_header=["path", "label", "part"],
    )
    return [(row.line, dict(row.cells)) for row in table.rows if row.problem is None]


EXPECTED = [(2, {"path": "a 1.png", "label": "玫瑰"}), (3, {"path": "b.png", "label": "郁金香"})]


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na 1.png,玫瑰\nb.png,郁金香\n",
        "path,label\r\na 1.png,玫瑰\r\nb.png,郁金香",
        "path,label\ra 1.png,玫瑰\rb.png,郁金香\r",
        "path\tlabel\na 1.png\t玫瑰\nb.png\t郁金香\n",
        "path;label\na 1.png;玫瑰\nb.png;郁金香\n",
        "path|label\na 1.png|玫瑰\nb.png|郁金香\n",
        "path，label\na 1.png，玫瑰\nb.png，郁金香\n",
        "path,label\na 1.png，玫瑰\nb.png, 郁金香\n",
        "path，label\na 1.png,玫瑰\nb.png，郁金香\n",
        'path,label\n"a 1.png","玫瑰"\n"b.png",郁金香\n',
        "path,label\na 1.png,玫瑰\nb.png,郁金香\n\n,\n",
        "path,label\na 1.png,玫瑰,\nb.png,郁金香,,\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_all_forms_of_a_table_give_the_same_rows(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)) == EXPECTED


def test_quoted_cells_may_hold_what_separates_cells() -> None:
    rows = read('path,label\n"a,b.png","rose, red"\n"c\nd.png",tulip\n')
    assert rows == [
        (2, {"path": "a,b.png", "label": "rose, red"}),
        (4, {"path": "c\nd.png", "label": "tulip"}),
    ]


def test_full_width_commas_inside_a_cell_stay() -> None:
    assert read("path,label\na.png,红，白\n") == [(2, {"path": "a.png", "label": "红，白"})]


def test_a_header_may_be_missing() -> None:
    assert read("a.png,rose\nb.png,tulip") == [
        (1, {"path": "a.png", "label": "rose"}),
        (2, {"path": "b.png", "label": "tulip"}),
    ]
    assert read("a.png") == [(1, {"path": "a.png"})]


def test_paths_and_labels_may_stand_apart_by_spaces() -> None:
    rows = read("my photos/a 1.jpg 3\nb.jpg   12\r\n", name="train.txt")
    assert rows == [
        (1, {"path": "my photos/a 1.jpg", "label": "3"}),
        (2, {"path": "b.jpg", "label": "12"}),
    ]


def test_json_lines_keep_their_values() -> None:
    text = '{"path": "a.png", "label": 3, "box": [1, 2]}\n\n{"path": "b.png", "label": null}\n'
    for name in ("list.jsonl", "list.txt"):
        assert read(text, name=name) == [
            (1, {"path": "a.png", "label": 3, "box": [1, 2]}),
            (3, {"path": "b.png", "label": None}),
        ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("path,label\na.png\n", 2, "it has 1 cells for 2 columns"),
        ("path,label\na.png,b,c\n", 2, "it has 3 cells for 2 columns"),
        ('{"path": "a.png"}\n{"path": \n', 2, "it is no JSON"),
        ('{"path": "a.png"}\n["a.png"]\n', 2, "it is no JSON object"),
    ],
)
def test_lines_that_do_not_fit_are_told(text: str, line: int, problem: str) -> None:
    table = read_text_table(text.encode(), name="list", headers=["path"], without_header=["path"])
    (found,) = [row for row in table.rows if row.problem]
    assert found.line == line
    assert found.problem is not None
    assert found.problem.startswith(problem)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'path,label\na.png,"rose\nb.png,tulip\n', 3),
        (b"path,label\n\xff\xff\xff,rose\n", 2),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(InvalidData) as caught:
        read(content)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.file, problem.place.line) == ("I341", "list.csv", line)


def test_an_empty_file_has_no_rows() -> None:
    assert read(b"") == read(b"\n\n") == []
