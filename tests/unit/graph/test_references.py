import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidPipeline
from netloom.graph.references import (
    BadReference,
    Reference,
    escaped,
    evaluate_template,
    split_references,
)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("${vars.a}", [Reference("expression", "vars.a")]),
        ("x/${vars.a}/y", ["x/", Reference("expression", "vars.a"), "/y"]),
        ("$${vars.a} costs $5", ["${vars.a} costs $5"]),
        ("$$${a}", ["$${a}"]),
        ("${'}' + '{'}", [Reference("expression", "'}' + '{'")]),
        ("${env:HOME}", [Reference("env", "HOME")]),
        ("${env:HOME, }", [Reference("env", "HOME", "")]),
        ("${env: X , don't, stop }", [Reference("env", "X", "don't, stop")]),
        ("${date: %Y, -1d }", [Reference("date", "%Y, -1d")]),
    ],
)
def test_a_text_is_split(text: str, pieces: list[object]) -> None:
    assert split_references(text) == pieces


@pytest.mark.parametrize(
    "text", ["${vars.a", "a ${", "${}", "${ }", "${env:}", "${env:1x}", "${'}"]
)
def test_malformed_references_are_refused(text: str) -> None:
    with pytest.raises(BadReference):
        split_references(text)


@given(st.text(alphabet="${}a\\'\" "))
def test_escaping_any_text_makes_it_literal(text: str) -> None:
    assert split_references(escaped(text)) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${settings.size * 2}", 64),
        ("${settings.kind}-${settings.size}", "net-32"),
        ("${settings.flag}/$${x}", "true/${x}"),
        ("${settings.nested.list}", [1]),
    ],
)
def test_a_template_is_filled_in(text: str, expected: object) -> None:
    names = {"settings": {"size": 32, "kind": "net", "flag": True, "nested": {"list": [1]}}}
    assert evaluate_template(text, names) == expected


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("${settings.siz}", "D026", "there is no settings.siz. Did you mean 'size'?"),
        ("${settings.size / 0}", "D026", "division by zero"),
        ("x ${settings.list}", "D020", "a list cannot be part of a longer text"),
        ("${settings", "D020", "is not closed"),
    ],
)
def test_a_bad_template_points_at_its_place(text: str, code: str, part: str) -> None:
    place = Place(node="fit", setting="size")
    with pytest.raises(InvalidPipeline) as caught:
        evaluate_template(text, {"settings": {"size": 32, "list": [1]}}, place=place)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.place) == (code, place)
    assert part in diagnostic.message
