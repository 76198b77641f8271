import pytest

from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.provenance import Entry
from netloom.graph.pipeline_file.yaml_entries import read_entries


def entries(text: str) -> Entry:
    found = read_entries(text, layer="p.yaml", file="p.yaml")
    assert found is not None
    return found


def test_values_are_typed_and_keys_are_text() -> None:
    plain = entries("a: {1: x, b: [1, 1.5, null, 'true', !!str 7]}\n").plain()
    assert plain == {"a": {"1": "x", "b": [1, 1.5, None, "true", "7"]}}


def test_a_value_stands_where_its_key_is_written() -> None:
    entry = entries("a:\n  b:\n    c: 1\n").at(("a", "b", "c"))
    assert entry is not None
    assert str(entry.origin) == "p.yaml:3"
    assert entry.origin.column == 5


def test_merge_keys_fill_in_what_the_mapping_does_not_say() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], c: 5}\n"
    found = entries(text)
    assert found.plain()["z"] == {"a": 1, "b": 2, "c": 5}
    written = found.at(("z", "c"))
    assert written is not None
    assert [entry.value for entry in written.overridden] == [4]


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert entries('a: {"<<": 1}\n').plain() == {"a": {"<<": 1}}


def test_all_bad_tags_and_numbers_are_reported() -> None:
    with pytest.raises(InvalidPipeline) as caught:
        entries("a: !python/object x\nb: .inf\nc: {<<: 1}\n")
    assert [(d.code, d.place.line) for d in caught.value.diagnostics] == [
        ("D006", 1),
        ("D006", 2),
        ("D006", 3),
    ]


def test_a_tag_ends_where_the_flow_collection_goes_on() -> None:
    found = entries("a: {b: !remove, c: [!remove], d: !remove}\ne: !remove\n")
    tags = [found.at(path).tag for path in (("a", "b"), ("a", "c", 0), ("a", "d"), ("e",))]  # type: ignore[union-attr]
    assert tags == ["!remove"] * 4
