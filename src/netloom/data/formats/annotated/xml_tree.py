"""XML documents as small trees that know their lines. Documents that declare entities are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_DECLARED_ENCODING = re.compile(r"^\s*<\?xml[^>]*\?>")
_MOST_DEPTH = 100


@dataclass(slots=True)
class XmlElement:
    """One element.

    Attributes:
        line: Where it begins, from 1.
    """

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[XmlElement] = field(default_factory=list)

    def all(self, name: str) -> Iterator[XmlElement]:
        """Its children of this name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> XmlElement | None:
        """Its first child of this name."""
        return next(self.all(name), None)

    def said(self, *names: str) -> str:
        """The text of a child, of its child and so on; empty if there is none."""
        found: XmlElement | None = self
        for name in names:
            found = found.first(name) if found is not None else None
        return found.text.strip() if found is not None else ""


def parse_xml(text: str) -> XmlElement:
    """The root of a document.

    Raises:
        ValueError: It is no XML, declares entities or is nested absurdly deep; the message names the line.

    >>> len(parse_xml("<a><b>1</b><b/></a>").children)
    2
    """
    builder = _Builder()
    try:
        # The text is decoded already, whatever encoding it declares.
        builder.parser.Parse(_DECLARED_ENCODING.sub("", text, count=1).encode(), True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise ValueError(f"it is no XML: {reason} in line {error.lineno}") from error
    if builder.root is None:
        raise ValueError("it is no XML: it is empty")
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: XmlElement | None = None
        self._open: list[XmlElement] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = XmlElement(name, attributes, self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        if len(self._open) > _MOST_DEPTH:
            raise ValueError("it is nested too deep")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _data(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text

    def _entity(self, *_: object) -> None:
        raise ValueError("it declares entities, which nobody needs here")
