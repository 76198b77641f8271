"""The fast reader gives the tree of the full parser, or none."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.plain_yaml import parse_plain_yaml
from netloom.graph.pipeline_file.syntax_node import SyntaxNode
from netloom.graph.pipeline_file.yaml_syntax import parse_full_yaml

_ROOT = Path(__file__).parents[4]
_FILES = sorted([*_ROOT.glob("examples/**/*.yaml"), *_ROOT.glob("src/netloom/**/*.yaml")])

_PIECES = st.sampled_from(
    [
        *(
            "a",
            "b_1",
            "nodes",
            "1.5",
            "-3",
            ".5",
            "$groups",
            "true",
            "中文",
            "é",
            "x y",
            "~",
            "---",
        ),
        *("{", "}", "[", "]", ", ", ",", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "\n\n", " "),
        *("# c", " # c", "#", '"q r"', "'s'", '"', "'", "\\n", "&x ", "*x", "!remove", "<<: ", "|"),
        *("?", "? ", "%", "@", "${vars.a}", '"${env:B, c}"', "http://d/e", "a: b\n", "k: [1, x]\n"),
        *("  c: {op: t, x: d.e}\n", "  - 1\n", "l:\n", "\t", "\r\n", "\ufeff", "\x85", "\u2028"),
    ]
)
_TEXTS = st.lists(_PIECES, max_size=14).map("".join)
_LINES = st.lists(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "  ", "    ", "   "]),
        st.sampled_from(["a:", "b:", "c: ", "- ", "d:  ", '"$n": ', "# no", "", "e: f"]),
        st.sampled_from(
            ["", "1", "{}", "[]", '{x: 1, "y z": [2, -z]}', "[ a , b ]", '"t: u"', "v w"]
        ),
        st.sampled_from(["\n", " \n", "  # n\n", "#m\n", "\n\n", ""]),
    ),
    max_size=9,
).map("".join)


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_files_of_the_project_give_the_tree_of_the_full_parser(path: Path) -> None:
    text = path.read_text()

    found = parse_plain_yaml(text)

    assert found is None or _shape(found) == _shape(parse_full_yaml(text, file=""))


@settings(max_examples=400, deadline=None)
@given(st.one_of(_TEXTS, _LINES))
@example("a: b\n  c\n")
@example("a:\n# x\n  b: 1\n")
@example("a: [b c, d]   # e")
@example("a: {b: -c}\n")
@example("a: x #\n")
@example("a:\n  - [1]\n  - {b: 2}\nc: 1\n")
def test_whatever_is_read_gives_the_tree_of_the_full_parser(text: str) -> None:
    found = parse_plain_yaml(text)

    if found is not None:
        assert _shape(found) == _shape(parse_full_yaml(text, file=""))


@pytest.mark.parametrize(
    "text",
    [
        "netloom: 1\nname: 图像  # note\nvars: {size: 28, rate: 1e-3}\nnodes:\n  a: {op: data.digits}\n",
        'nodes:\n\n  fit:   {op: train, model: "x", at: [1, -2.5, []], deep: {er: {}}}\n\n# end\n',
        "nodes:\n  a:\n    op: b\n    list:\n      - 1\n      - {c: d}\n\nlayout:\n  a: [1, 2]",
    ],
)
def test_plain_files_are_read(text: str) -> None:
    found = parse_plain_yaml(text)

    assert found is not None
    assert _shape(found) == _shape(parse_full_yaml(text, file=""))


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "a:\nb: 1\n",
        "a: {b: 1, b: 2}\n",
        "a: !remove\n",
        "a: |\n  text\n",
        "a: 1\n  b\n",
        'a: "\\n"\n',
        "- a\n",
        "",
        "a: b: c\n",
        "a: {b: 1\n",
        "\ta: 1\n",
    ],
)
def test_anything_else_is_left_to_the_full_parser(text: str) -> None:
    assert parse_plain_yaml(text) is None


def test_deep_and_large_texts_are_left_to_the_full_parser() -> None:
    deep = "a: " + "[" * 70 + "]" * 70
    large = "a: [" + "1, " * 200_000 + "1]"

    assert parse_plain_yaml(deep) is None
    assert parse_plain_yaml(large) is None
    with pytest.raises(InvalidPipeline):
        parse_full_yaml(deep, file="")


def _shape(node: SyntaxNode | None) -> object:
    if node is None:
        return None
    own = {
        name: value for name, value in node._asdict().items() if name not in ("items", "elements")
    }
    items = [(_shape(key), _shape(value)) for key, value in node.items]
    return own, items, [_shape(element) for element in node.elements]
