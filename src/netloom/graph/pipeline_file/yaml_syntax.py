"""Reading YAML into syntax trees.

Trees are built from parser events, not from a loader, because three things are needed that loaders do not
give: the place of every key and value (diagnostics, provenance), their spans in the text (edits that
touch nothing else), and limits that hold while reading (a file of a few hundred bytes can expand to
gigabytes through aliases). Texts in the plain form that most files have take a faster way to the same tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import TagToken

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.plain_yaml import parse_plain_yaml
from netloom.graph.pipeline_file.syntax_node import (
    MAX_DEPTH,
    MAX_VALUES,
    MERGE_KEY,
    SyntaxNode,
)

_KEPT_LENGTH = 256 * 1024
"""Longer texts are parsed again each time: their trees are large."""


def parse_yaml(text: str, *, file: str) -> SyntaxNode | None:
    """Parse one YAML document; None if there is nothing but comments.

    Args:
        text: The document, without byte-order mark.
        file: How diagnostics name it.

    Raises:
        InvalidPipeline: Syntax errors, duplicate keys, keys that are not text, several documents,
            unknown or unfinished aliases, too deep or too large.
    """
    plain = _plain(text) if len(text) <= _KEPT_LENGTH else parse_plain_yaml(text)
    return plain or parse_full_yaml(text, file=file)


@lru_cache(maxsize=4)
def _plain(text: str) -> SyntaxNode | None:
    """An edit needs the trees of the text before and after it several times, and so does the next one."""
    return parse_plain_yaml(text)


def parse_full_yaml(text: str, *, file: str) -> SyntaxNode | None:
    """As :func:`parse_yaml`, always from the events of the full parser."""
    parser = _Parser(text, file)
    try:
        root = parser.document()
    except _TooLarge:
        root = None
    except YAMLError as error:
        parser.problems.append(_syntax_problem(error, text, file))
        root = None
    if parser.problems:
        raise InvalidPipeline(*parser.problems)
    return root


class _Scanner(Scanner):
    """Ends a tag before ``,``, ``]`` and ``}`` inside flow collections, as YAML 1.2 says.

    The parent class wants a space there, and would make ``{epochs: !remove}`` a syntax error.
    """

    def scan_tag(self) -> Any:
        peek = self.reader.peek
        length = 1
        while peek(length).isalpha():
            length += 1
        if not (self.flow_level and length > 1 and peek(length) in ",]}"):
            return super().scan_tag()
        start = self.reader.get_mark()
        suffix = self.reader.prefix(length)[1:]
        self.reader.forward(length)
        return TagToken(("!", suffix), start, self.reader.get_mark())


class _TooLarge(Exception):
    """A limit was passed; reading stops at once."""


@dataclass
class _Parser:
    text: str
    file: str
    problems: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, SyntaxNode | None] = field(default_factory=dict)

    def document(self) -> SyntaxNode | None:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = _Scanner
        events = iter(yaml.parse(self.text))
        root: SyntaxNode | None = None
        for event in events:
            if type(event).__name__ == "DocumentStartEvent":
                if root is not None:
                    self._report("D006", "the file holds several YAML documents", event)
                    break
                root = self._node(next(events), events, depth=1)
        is_nothing = root is not None and root.kind == "scalar" and root.start == root.end
        return None if is_nothing else root

    def _node(self, event: Any, events: Iterator[Any], *, depth: int) -> SyntaxNode:
        name = type(event).__name__
        if name == "AliasEvent":
            return self._alias(event)
        if depth > MAX_DEPTH:
            self._report(
                "D003", f"the file is nested more than {MAX_DEPTH} levels deep", event, stop=True
            )
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # unfinished: an alias to it now would be circular
        if name == "ScalarEvent":
            node = self._scalar(event)
        elif name == "MappingStartEvent":
            node = self._mapping(event, events, depth=depth)
        else:
            node = self._sequence(event, events, depth=depth)
        if node.num_values > MAX_VALUES:
            self._report("D003", f"the file expands to over {MAX_VALUES} values", event, stop=True)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _scalar(self, event: Any) -> SyntaxNode:
        start, end = event.start_mark.index, event.end_mark.index
        written = self.text[start:end]
        return SyntaxNode(
            "scalar",
            start,
            start + len(written.rstrip()),
            event.start_mark.line + 1,
            event.start_mark.column + 1,
            tag=_tag(event),
            anchor=event.anchor,
            text=event.value,
            plain=event.style is None or not event.style.strip(),
        )

    def _mapping(self, event: Any, events: Iterator[Any], *, depth: int) -> SyntaxNode:
        items: list[tuple[SyntaxNode, SyntaxNode]] = []
        seen: dict[str, SyntaxNode] = {}
        end = event.end_mark.index
        num_values = 1
        while type(key_event := next(events)).__name__ != "MappingEndEvent":
            key = self._node(key_event, events, depth=depth + 1)
            value = self._node(next(events), events, depth=depth + 1)
            end = max(key.end, value.end)
            num_values += value.num_values
            if key.kind != "scalar" or key.tag:
                self._report("D006", "a key must be plain text", key_event)
            elif key.text in seen and key.text != MERGE_KEY:
                self._report_duplicate(seen[key.text], key)
            else:
                seen[key.text] = key
                items.append((key, value))
        if event.flow_style:
            end = key_event.end_mark.index
        mark = event.start_mark
        return SyntaxNode(
            "mapping",
            mark.index,
            end,
            mark.line + 1,
            mark.column + 1,
            tag=_tag(event),
            anchor=event.anchor,
            flow=bool(event.flow_style),
            items=tuple(items),
            num_values=num_values,
        )

    def _sequence(self, event: Any, events: Iterator[Any], *, depth: int) -> SyntaxNode:
        elements: list[SyntaxNode] = []
        end = event.end_mark.index
        while type(item := next(events)).__name__ != "SequenceEndEvent":
            elements.append(self._node(item, events, depth=depth + 1))
            end = elements[-1].end
        if event.flow_style:
            end = item.end_mark.index
        mark = event.start_mark
        return SyntaxNode(
            "sequence",
            mark.index,
            end,
            mark.line + 1,
            mark.column + 1,
            tag=_tag(event),
            anchor=event.anchor,
            flow=bool(event.flow_style),
            elements=tuple(elements),
            num_values=1 + sum(element.num_values for element in elements),
        )

    def _alias(self, event: Any) -> SyntaxNode:
        mark = event.start_mark
        target = self.anchors.get(event.anchor)
        if target is None:
            what = "contains itself" if event.anchor in self.anchors else "is not defined above it"
            self._report("D004", f"the alias *{event.anchor} {what}", event)
            target = SyntaxNode("scalar", 0, 0, 0, 0, plain=True)
        return target._replace(
            start=mark.index,
            end=event.end_mark.index,
            line=mark.line + 1,
            column=mark.column + 1,
            anchor=None,
            is_alias=True,
        )

    def _report(self, code: str, message: str, event: Any, *, stop: bool = False) -> None:
        mark = event.start_mark
        place = Place(file=self.file, line=mark.line + 1, column=mark.column + 1)
        self.problems.append(Diagnostic(code=code, message=message, place=place))
        if stop:
            raise _TooLarge(message)

    def _report_duplicate(self, first: SyntaxNode, second: SyntaxNode) -> None:
        self.problems.append(
            Diagnostic(
                code="D005",
                message=f"the key {second.text!r} is written twice: in line {first.line} and again "
                f"in line {second.line}",
                place=Place(file=self.file, line=second.line, column=second.column),
                fix="Remove or rename one of them",
            )
        )


def _tag(event: Any) -> str | None:
    return None if event.tag is None else str(event.tag)


def _syntax_problem(error: YAMLError, text: str, file: str) -> Diagnostic:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        what = str(error.problem or error.context or "")
        written = text.splitlines()[line - 1 : line]
    else:
        offset = getattr(error, "position", None)
        before = text[: offset or 0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = str(getattr(error, "reason", "")) or "it cannot be read"
        written = []
    fix = None
    if "\t" in "".join(written)[:column]:
        fix = "Indent with spaces: YAML does not allow tabs there"
    elif "${" in "".join(written):
        fix = 'Put quotes around values with ${…}: "${vars.size}"'
    opened = getattr(error, "context_mark", None)
    is_flow = "flow" in str(getattr(error, "context", ""))
    if fix is None and is_flow and opened is not None and opened.line + 1 < line:
        fix = f"Look for a missing bracket or comma from line {opened.line + 1} on"
    return Diagnostic(
        code="D004",
        message=f"this is not valid YAML: {what}",
        place=Place(file=file, line=line, column=column),
        fix=fix,
    )
