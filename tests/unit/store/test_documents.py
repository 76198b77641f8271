from __future__ import annotations

import math
from types import MappingProxyType

import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import ArtifactId
from netloom.execution.events import Output
from netloom.store.documents import StoredDocument, dump, load, load_optional


def test_order_of_keys_and_odd_text_survive():
    value = {"z": 1, "a": "数字 \x00 \ud800", "n": [None, True, 0.1]}
    assert dump(value).isascii()
    assert list(load(dump(value)).items()) == list(value.items())


def test_nan_and_infinity_survive():
    nan, infinity = load(dump([math.nan, math.inf]))
    assert math.isnan(nan)
    assert infinity == math.inf


def test_mappings_and_dataclasses_are_written_as_objects():
    output = Output(ArtifactId("a"), "text/plain", 1)
    problem = Diagnostic("X201", "no")
    document = load(dump(MappingProxyType({"o": output, "d": (problem,)})))
    assert document == {
        "o": {"artifact": "a", "media_type": "text/plain", "size_bytes": 1, "preview": {}},
        "d": [problem.to_json()],
    }


def test_what_json_cannot_express_is_refused():
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        dump({"x": object()})


def test_an_empty_column_is_none():
    assert load_optional(None) is None
    assert load_optional("[1]") == [1]


def test_a_stored_document_is_parsed_on_first_use_and_equals_its_content():
    broken = StoredDocument("{broken")
    with pytest.raises(ValueError, match="Expecting property name"):
        len(broken)
    document = StoredDocument('{"b": 1, "a": [2]}')
    assert document == {"b": 1, "a": [2]}
    assert document == {"b": 1, "a": [2]}
    assert list(document) == ["b", "a"]
    assert (document["a"], len(document), "c" in document) == ([2], 2, False)
