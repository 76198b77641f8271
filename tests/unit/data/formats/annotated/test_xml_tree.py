from __future__ import annotations

import pytest

from netloom.data.formats.annotated.xml_tree import parse_xml


def test_elements_know_their_lines() -> None:
    root = parse_xml('<?xml version="1.0" encoding="GBK"?>\n<a>\n  <b x="1">猫</b>\n</a>')
    (child,) = root.children
    assert (child.name, child.attributes, child.text, child.line) == ("b", {"x": "1"}, "猫", 3)
    assert root.said("b") == "猫"
    assert root.said("c", "d") == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no element found"),
        ("<a><b></a>", "mismatched tag in line 1"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares entities"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares entities"),
        ("<a>" * 200, "nested too deep"),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_xml(text)
