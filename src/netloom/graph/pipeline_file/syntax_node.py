"""Syntax trees of YAML: what is written, and where every piece of it stands."""

from __future__ import annotations

from typing import Literal, NamedTuple

MAX_DEPTH = 64
MAX_VALUES = 200_000
"""Values in one file after aliases are expanded."""
MERGE_KEY = "<<"


class SyntaxNode(NamedTuple):
    """One value as written. A tuple because files have tens of thousands, made on every edit.

    Attributes:
        start: Offset of its first character, including an anchor or a tag.
        end: Offset after its last character; comments and blank lines that follow are outside.
        line: 1-based line of ``start``.
        column: 1-based column of ``start``.
        text: A scalar's text with quotes and escapes resolved.
        plain: A scalar without quotes.
        flow: A collection written with ``{…}`` or ``[…]``.
        is_alias: Written as ``*name``; its children stand where the anchor is.
        items: Keys and values of a mapping. Keys are unique, except for merge keys.
        elements: Values of a sequence.
        num_values: Values in it after aliases are expanded.
    """

    kind: Literal["scalar", "mapping", "sequence"]
    start: int
    end: int
    line: int
    column: int
    tag: str | None = None
    anchor: str | None = None
    text: str = ""
    plain: bool = False
    flow: bool = False
    is_alias: bool = False
    items: tuple[tuple[SyntaxNode, SyntaxNode], ...] = ()
    elements: tuple[SyntaxNode, ...] = ()
    num_values: int = 1

    def item(self, key: str) -> tuple[SyntaxNode, SyntaxNode] | None:
        """Key and value of a mapping entry written here (not merged in through ``<<``)."""
        for name, value in self.items:
            if name.text == key:
                return name, value
        return None
