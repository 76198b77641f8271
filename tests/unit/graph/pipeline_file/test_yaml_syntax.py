import pytest

from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.yaml_syntax import parse_yaml


def problems(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InvalidPipeline) as caught:
        parse_yaml(text, file="p.yaml")
    return [(d.code, d.place.line, d.message) for d in caught.value.diagnostics]


def test_every_value_knows_its_span_line_and_column() -> None:
    text = "a: 1  # one\nb:\n  c: [x, {y: 'z'}]   # two\n  d: |\n    text\n\n# end\n"
    root = parse_yaml(text, file="p.yaml")
    assert root is not None
    (_, a), (b_key, b) = root.items
    (c_key, c), (_, d) = b.items
    spans = [text[node.start : node.end] for node in (a, b_key, b, c, d, c.elements[1])]
    assert spans == [
        "1",
        "b",
        "c: [x, {y: 'z'}]   # two\n  d: |\n    text",
        "[x, {y: 'z'}]",
        "|\n    text",
        "{y: 'z'}",
    ]
    assert (c_key.line, c_key.column, c.line, c.column) == (3, 3, 3, 6)
    assert d.text == "text\n"


def test_an_alias_has_its_own_place_and_the_anchors_content() -> None:
    root = parse_yaml("a: &x {k: 1}\nb: *x\n", file="p.yaml")
    assert root is not None
    alias = root.items[1][1]
    assert (alias.is_alias, alias.line, alias.column) == (True, 2, 4)
    assert [key.text for key, _ in alias.items] == ["k"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_nothing_is_none(text: str) -> None:
    assert parse_yaml(text, file="p.yaml") is None


def test_all_duplicate_keys_are_reported_with_both_lines() -> None:
    assert problems("a: 1\nb: 2\na: 3\nc: {d: 1,\n  d: 2}\n") == [
        ("D005", 3, "the key 'a' is written twice: in line 1 and again in line 3"),
        ("D005", 5, "the key 'd' is written twice: in line 4 and again in line 5"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line", "part"),
    [
        ("a: [1\n", "D004", 2, "expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", "D004", 2, ""),
        ("a: \x00\n", "D004", 1, "special characters"),
        ("a: *x\n", "D004", 1, "the alias *x is not defined above it"),
        ("a: &x [*x]\n", "D004", 1, "the alias *x contains itself"),
        ("a: 1\n---\nb: 2\n", "D006", 2, "several YAML documents"),
        ("? [a]\n: 1\n", "D006", 1, "a key must be plain text"),
        ("[" * 65 + "]" * 65, "D003", 1, "nested more than 64 levels deep"),
    ],
)
def test_a_syntax_problem_has_a_place(text: str, code: str, line: int, part: str) -> None:
    (found,) = problems(text)
    assert (found[0], found[1]) == (code, line)
    assert part in found[2]


def test_an_unquoted_reference_gets_a_hint() -> None:
    with pytest.raises(InvalidPipeline) as caught:
        parse_yaml("a: {size: ${vars.size}}\n", file="p.yaml")
    assert caught.value.diagnostics[0].fix == 'Put quotes around values with ${…}: "${vars.size}"'


def test_a_bomb_of_aliases_is_refused_while_reading() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    (found,) = problems("\n".join(lines))
    assert found == ("D003", 6, "the file expands to over 200000 values")


def test_a_million_opening_brackets_are_refused_quickly() -> None:
    assert problems("[" * 1_000_000)[0][0] == "D003"


def test_a_bracket_left_open_is_looked_for_from_its_line_on() -> None:
    with pytest.raises(InvalidPipeline) as caught:
        parse_yaml("a: {b: 1\nc: {d: 2}\n", file="p.yaml")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.place.line, problem.fix) == (
        "D004",
        2,
        "Look for a missing bracket or comma from line 1 on",
    )
