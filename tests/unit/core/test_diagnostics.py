from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.diagnostics import Diagnostic, Place, Severity, did_you_mean

TEXTS = st.none() | st.text(min_size=1)
PLACES = st.builds(
    Place,
    node=TEXTS,
    port=TEXTS,
    setting=TEXTS,
    file=TEXTS,
    line=st.none() | st.integers(1, 99),
    column=st.none() | st.integers(1, 99),
)
DIAGNOSTICS = st.builds(
    Diagnostic,
    code=st.text(),
    message=st.text(),
    place=PLACES,
    expected=TEXTS,
    got=TEXTS,
    fix=TEXTS,
    severity=st.sampled_from(Severity),
)


@given(DIAGNOSTICS)
def test_a_diagnostic_survives_the_way_through_json(diagnostic: Diagnostic) -> None:
    assert Diagnostic.from_json(json.loads(json.dumps(diagnostic.to_json()))) == diagnostic


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place(node="fit"), "fit"),
        (Place(node="fit", port="model"), "fit.model"),
        (Place(node="fit", setting="backbone.depth"), "fit.backbone.depth"),
        (Place(file="a.yaml", line=3, column=7), "a.yaml:3"),
        (Place(node="fit", file="a.yaml", line=3), "a.yaml:3: fit"),
    ],
)
def test_places_read_like_those_of_a_compiler(place: Place, text: str) -> None:
    assert str(place) == text


def test_the_sentence_follows_the_formula() -> None:
    diagnostic = Diagnostic(
        code="G103",
        message="the setting 'epochs' has a bad value",
        place=Place(node="fit", setting="epochs", file="a.yaml", line=3),
        expected="a number above 0",
        got="-1",
        fix="write a larger one!",
    )
    assert str(diagnostic) == (
        "a.yaml:3: fit.epochs: The setting 'epochs' has a bad value. "
        "Expected a number above 0; got -1. Write a larger one!"
    )
    assert str(Diagnostic(code="X", message="it broke")) == "It broke."
    assert str(Diagnostic(code="X", message="it broke", got="3")) == "It broke. Got 3."


def test_only_what_is_known_of_a_place_is_written() -> None:
    document = Diagnostic(code="G101", message="m", place=Place(node="fit")).to_json()
    assert document == {
        "code": "G101",
        "severity": "error",
        "message": "m",
        "place": {"node": "fit"},
        "expected": None,
        "got": None,
        "fix": None,
    }


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("epohcs", "Did you mean 'epochs'?"),
        ("EPOCHS", "Did you mean 'epochs'?"),
        ("resiz", "Did you mean 'resize' or 'resized'?"),
        ("zzz", None),
        ("", None),
    ],
)
def test_misspelt_words_are_recognised(word: str, sentence: str | None) -> None:
    assert did_you_mean(word, ["resized", "epochs", "resize", "epochs"]) == sentence


def test_paths_in_a_folder_are_shown_as_they_are_from_there() -> None:
    project = Path("/srv/people/ada")
    written = Diagnostic(
        code="I003",
        message="there are no images in /srv/people/ada/data/my cats",
        place=Place(file="/srv/people/ada/list.csv"),
        expected="one of '/srv/people/ada/a' and '/srv/people/ada2/b'",
        got="/mnt/srv/people/ada/data, /srv/people/ada",
    )
    assert written.seen_from(project) == Diagnostic(
        code="I003",
        message="there are no images in data/my cats",
        place=Place(file="list.csv"),
        expected="one of 'a' and '/srv/people/ada2/b'",  # a folder of another name
        got="/mnt/srv/people/ada/data, /srv/people/ada",  # another folder; the folder itself
    )


@given(DIAGNOSTICS)
def test_what_names_no_path_in_a_folder_stays_as_it_is(diagnostic: Diagnostic) -> None:
    assert diagnostic.seen_from(Path("/no/such/folder")) == diagnostic
