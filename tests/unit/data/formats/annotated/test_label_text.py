from __future__ import annotations

from netloom.data.annotations import Box
from netloom.data.formats.annotated.label_text import Entry, Fault, Record, parse_label_text


def test_records_of_the_manual_are_read() -> None:
    text = "1/a.jpg,500,375\n2\n13，13，28，29\ncat\n8,12,352,498\ndog, brown\n1/b.jpg,10,10\n0\n....\n"
    assert list(parse_label_text(text)) == [
        Record(
            "1/a.jpg",
            (500, 375),
            2,
            (Entry(Box(13, 13, 28, 29), "cat", 3), Entry(Box(8, 12, 352, 498), "dog, brown", 5)),
            1,
        ),
        Record("1/b.jpg", (10, 10), 0, (), 7),
        Fault(
            "noise", "the line", "'....' begins no record: path, width and height belong here", 9
        ),
    ]


def test_polygons_may_have_full_width_brackets_and_spaces() -> None:
    (record,) = parse_label_text("a.png，8，8\n1\n（1，2）， (3, 4) ,(5.5,6)\n路\n")
    assert isinstance(record, Record)
    assert record.entries == (Entry(((1, 2), (3, 4), (5.5, 6)), "路", 3),)


def test_a_line_that_cannot_be_read_costs_its_object() -> None:
    text = "a.png,8,8\n3\n1,2,3\ncat\n1,2,3,4\ndog\n(1,2),(3\ncow\n"
    record, *faults = parse_label_text(text)
    assert isinstance(record, Record)
    assert [entry.label for entry in record.entries] == ["dog"]
    assert [(fault.kind, fault.line) for fault in faults] == [("line", 3), ("line", 7)]


def test_a_line_that_cannot_be_read_costs_no_other_object_if_its_label_is_missing() -> None:
    record, *faults = parse_label_text("a.png,8,8\n2\n1,2,3\n1,2,3,4\ndog\nb.png,8,8\n0\n")
    assert isinstance(record, Record)
    assert [entry.label for entry in record.entries] == ["dog"]
    assert [(each.path, each.line) for each in faults if isinstance(each, Record)] == [("b.png", 6)]
    assert [each.line for each in faults if isinstance(each, Fault)] == [3]


def test_a_missing_count_costs_the_record() -> None:
    first, fault, second = parse_label_text("a.png,8,8\nb.png,8,8\n0\n")
    assert isinstance(fault, Fault)
    assert fault.reason == "'b.png,8,8' stands where the number of objects belongs"
    assert (first, second) == (
        Record("a.png", (8, 8), 0, (), 1),
        Record("b.png", (8, 8), 0, (), 2),
    )
