"""A fast reader for the YAML that pipeline files are nearly always written in.

Block mappings, block lists of one-line items, and values that end on their line: plain or quoted text and
``{…}`` or ``[…]``. It gives exactly the tree that :func:`~netloom.graph.pipeline_file.yaml_syntax.parse_yaml`
would give from parser events, in a fraction of the time; whatever else is written (anchors, tags, escapes,
keys without values, values over several lines, anything wrong) it does not read at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from netloom.graph.pipeline_file.syntax_node import MAX_DEPTH, MAX_VALUES, SyntaxNode

_FOREIGN = re.compile(
    "[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Tabs, other line breaks, control characters: their rules are better left to the full parser."""
_KEY_TEXT = r'[A-Za-z0-9_$][A-Za-z0-9_$.-]{0,99}|"[^"\\\n]{0,99}"'
_LINE = re.compile(
    rf"( *)(?:({_KEY_TEXT}):(?= |\n|\Z) *|(- +)(?=[^ \n#])|(\#.*|)(?=\n|\Z))", re.ASCII
)
"""The start of a line: indentation, then a key, the dash of a list, or nothing but a comment."""
_FLOW_KEY = re.compile(rf"({_KEY_TEXT}): +(?=[^ \n])", re.ASCII)
_LINE_END = re.compile(r"(?: +#.*| *)(?=\n|\Z)")
_QUOTED = re.compile(r'"([^"\\\n]*)"|\'([^\'\n]*)\'')
_START = r"(?:[A-Za-z0-9_./+$(~^\xa1-\U0010ffff]|-(?=[A-Za-z0-9._]))"
_PLAIN = re.compile(rf"{_START}(?:[^\n:#]|:(?=[^ \n]))*")
_PLAIN_IN_FLOW = re.compile(rf"{_START}[A-Za-z0-9_./%+*()=<>\\^~@ $;\xa1-\U0010ffff-]*")
_COMMA = re.compile(r" *, *(?=[^ \n])")
_CLOSING = re.compile(r" *(?=[\]}])")
_OPENING = re.compile(r"[\[{] *")


class _NotPlain(Exception):
    """The text holds something that only the full parser understands."""


def parse_plain_yaml(text: str) -> SyntaxNode | None:
    """The tree of a text that is a mapping of plain YAML; None if it is anything else."""
    if _FOREIGN.search(text):
        return None
    try:
        return _Reader(text).document()
    except _NotPlain:
        return None


@dataclass(slots=True)
class _Line:
    """The line that is to be read next: what it starts with, and where that leads."""

    indent: int
    start: int
    key: str | None
    after: int
    """Where the value begins, if it is on this line."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._number = 0
        self._line_start = 0
        self._next_start = 0
        self._line: _Line | None = None

    def document(self) -> SyntaxNode:
        first = self._advance()
        if first is None or first.indent or first.key is None:
            raise _NotPlain
        root = self._block_mapping(0, 1)
        if self._line is not None or root.num_values > MAX_VALUES:
            raise _NotPlain
        return root

    def _advance(self) -> _Line | None:
        """Go to the next line that says something; None if there is none."""
        text = self._text
        while self._next_start < len(text):
            start = self._next_start
            self._number += 1
            found = _LINE.match(text, start)
            if found is None:
                raise _NotPlain
            end = text.find("\n", found.end())
            self._line_start, self._next_start = start, len(text) if end < 0 else end + 1
            if found[4] is None:
                indent = len(found[1])
                self._line = _Line(indent, start + indent, found[2], found.end())
                return self._line
        self._line = None
        return None

    def _block(self, above: int, depth: int) -> SyntaxNode:
        """The collection that stands indented under a key."""
        line = self._line
        if line is None or line.indent <= above:
            raise _NotPlain  # a key without a value
        if line.key is None:
            return self._block_sequence(line.indent, depth)
        return self._block_mapping(line.indent, depth)

    def _block_mapping(self, indent: int, depth: int) -> SyntaxNode:
        line = self._line
        assert line is not None
        first, number = line.start, self._number
        items: list[tuple[SyntaxNode, SyntaxNode]] = []
        seen: set[str] = set()
        num_values = 1
        while line is not None and line.indent == indent:
            if line.key is None or depth >= MAX_DEPTH:
                raise _NotPlain
            key = self._key(line.start, line.key, seen)
            value = self._value_of(line, depth + 1)
            items.append((key, value))
            num_values += value.num_values
            line = self._line
        if line is not None and line.indent > indent:
            raise _NotPlain
        return SyntaxNode(
            "mapping",
            first,
            max(items[-1][0].end, items[-1][1].end),
            number,
            indent + 1,
            items=tuple(items),
            num_values=num_values,
        )

    def _value_of(self, line: _Line, depth: int) -> SyntaxNode:
        """The value of a key: on its line, or indented under it."""
        rest = self._text[line.after : line.after + 1]
        if rest not in ("", "\n", "#"):
            value = self._rest_of_line(line.after, depth)
            self._advance()
            return value
        self._advance()
        return self._block(line.indent, depth)

    def _block_sequence(self, indent: int, depth: int) -> SyntaxNode:
        line = self._line
        assert line is not None
        first, number = line.start, self._number
        elements: list[SyntaxNode] = []
        while line is not None and line.indent == indent:
            if line.key is not None or depth >= MAX_DEPTH:
                raise _NotPlain
            elements.append(self._rest_of_line(line.after, depth + 1))
            self._advance()
            line = self._line
        if line is not None and line.indent > indent:
            raise _NotPlain
        return SyntaxNode(
            "sequence",
            first,
            elements[-1].end,
            number,
            indent + 1,
            elements=tuple(elements),
            num_values=1 + sum(element.num_values for element in elements),
        )

    def _rest_of_line(self, start: int, depth: int) -> SyntaxNode:
        value = self._value(start, depth, _PLAIN)
        if not _LINE_END.match(self._text, value.end):
            raise _NotPlain
        return value

    def _value(self, start: int, depth: int, plain: re.Pattern[str]) -> SyntaxNode:
        text = self._text
        first = text[start : start + 1]
        if first == "{":
            return self._flow_mapping(start, depth)
        if first == "[":
            return self._flow_sequence(start, depth)
        if found := plain.match(text, start):
            content = found[0].rstrip(" ")
            return self._scalar(start, start + len(content), content, plain=True)
        if found := _QUOTED.match(text, start):
            content = found[found.lastindex or 1]
            return self._scalar(start, found.end(), content, plain=False)
        raise _NotPlain

    def _flow_mapping(self, start: int, depth: int) -> SyntaxNode:
        items: list[tuple[SyntaxNode, SyntaxNode]] = []
        seen: set[str] = set()
        num_values = 1
        position, is_open = self._opened(start, "}", depth)
        while is_open:
            found = _FLOW_KEY.match(self._text, position)
            if found is None:
                raise _NotPlain
            key = self._key(position, found[1], seen)
            value = self._value(found.end(), depth + 1, _PLAIN_IN_FLOW)
            items.append((key, value))
            num_values += value.num_values
            position, is_open = self._following(value.end, "}")
        return SyntaxNode(
            "mapping",
            start,
            position,
            self._number,
            start - self._line_start + 1,
            flow=True,
            items=tuple(items),
            num_values=num_values,
        )

    def _flow_sequence(self, start: int, depth: int) -> SyntaxNode:
        elements: list[SyntaxNode] = []
        position, is_open = self._opened(start, "]", depth)
        while is_open:
            elements.append(self._value(position, depth + 1, _PLAIN_IN_FLOW))
            position, is_open = self._following(elements[-1].end, "]")
        return SyntaxNode(
            "sequence",
            start,
            position,
            self._number,
            start - self._line_start + 1,
            flow=True,
            elements=tuple(elements),
            num_values=1 + sum(element.num_values for element in elements),
        )

    def _opened(self, start: int, closing: str, depth: int) -> tuple[int, bool]:
        """Where the first element of a flow collection starts, or where the collection ends."""
        if depth >= MAX_DEPTH:
            raise _NotPlain
        opening = _OPENING.match(self._text, start)
        assert opening is not None
        position = opening.end()
        if self._text[position : position + 1] == closing:
            return position + 1, False
        return position, True

    def _following(self, end: int, closing: str) -> tuple[int, bool]:
        if comma := _COMMA.match(self._text, end):
            return comma.end(), True
        closed = _CLOSING.match(self._text, end)
        if closed is None or self._text[closed.end()] != closing:
            raise _NotPlain
        return closed.end() + 1, False

    def _key(self, start: int, written: str, seen: set[str]) -> SyntaxNode:
        is_plain = written[0] != '"'
        content = written if is_plain else written[1:-1]
        if content in seen:
            raise _NotPlain
        seen.add(content)
        return self._scalar(start, start + len(written), content, plain=is_plain)

    def _scalar(self, start: int, end: int, content: str, *, plain: bool) -> SyntaxNode:
        column = start - self._line_start + 1
        return SyntaxNode("scalar", start, end, self._number, column, text=content, plain=plain)
