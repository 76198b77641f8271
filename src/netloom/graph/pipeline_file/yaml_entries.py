"""From YAML text to entries: values typed, tags understood, merge keys applied."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.provenance import Entry, Origin, Tag
from netloom.graph.pipeline_file.syntax_node import MERGE_KEY, SyntaxNode
from netloom.graph.pipeline_file.yaml_scalars import NotFinite, value_of_scalar
from netloom.graph.pipeline_file.yaml_syntax import parse_yaml

_TAGS = ("!remove", "!replace", "!required")
_STRING_TAG = "tag:yaml.org,2002:str"


def read_entries(text: str, *, layer: str, file: str | None) -> Entry | None:
    """The entries of a YAML document; None if it is empty.

    Args:
        layer: Name of the layer the entries belong to.
        file: How the file is shown to people; None if the text is not a file's.

    Raises:
        InvalidPipeline: With every problem, as :func:`parse_yaml` and for unknown tags, infinite
            numbers and bad merge keys.
    """
    root = parse_yaml(text, file=file or layer)
    if root is None:
        return None
    reader = _Reader(layer, file)
    entry = reader.entry(root, root)
    if reader.problems:
        raise InvalidPipeline(*reader.problems)
    return entry


@dataclass
class _Reader:
    layer: str
    file: str | None
    problems: list[Diagnostic] = field(default_factory=list)

    def entry(self, node: SyntaxNode, spot: SyntaxNode) -> Entry:
        """The entry of a value; ``spot`` is what its place is taken from (its key)."""
        located = self.file is not None
        origin = Origin(
            self.layer, self.file, spot.line if located else None, spot.column if located else None
        )
        value: Any
        if node.kind == "mapping":
            value = self._mapping(node)
        elif node.kind == "sequence":
            value = tuple(self.entry(element, element) for element in node.elements)
        else:
            value = self._scalar(node)
        return Entry(value, origin, self._tag(node))

    def _mapping(self, node: SyntaxNode) -> dict[str, Entry]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.items:
            if key.text == MERGE_KEY and key.plain:
                merged = {**self._merged(value), **merged}
            else:
                own[key.text] = self.entry(value, key)
        if not merged:
            return own
        inherited = {name: entry for name, entry in merged.items() if name not in own}
        overridden = {
            name: replace(entry, overridden=(merged[name],)) if name in merged else entry
            for name, entry in own.items()
        }
        return {**inherited, **overridden}

    def _merged(self, value: SyntaxNode) -> dict[str, Entry]:
        sources = value.elements if value.kind == "sequence" else (value,)
        result: dict[str, Entry] = {}
        for source in sources:
            if source.kind == "mapping":
                result = {**self._mapping(source), **result}
            else:
                self._report(source, "<< takes a mapping or a list of mappings, usually an *alias")
        return result

    def _scalar(self, node: SyntaxNode) -> Any:
        if not node.plain or node.tag == _STRING_TAG:
            return node.text
        try:
            return value_of_scalar(node.text)
        except NotFinite:
            shown = node.text if len(node.text) < 30 else node.text[:30] + "…"
            self._report(
                node, f"{shown} is not a finite number; put quotes around it if it is text"
            )
            return None

    def _tag(self, node: SyntaxNode) -> Tag:
        if node.tag in (None, _STRING_TAG, "!"):
            return ""
        if node.tag not in _TAGS:
            self._report(node, f"the tag {node.tag} has no meaning here; known: {', '.join(_TAGS)}")
            return ""
        return cast("Tag", node.tag)

    def _report(self, node: SyntaxNode, message: str) -> None:
        place = Place(file=self.file or self.layer, line=node.line, column=node.column)
        self.problems.append(Diagnostic(code="D006", message=message, place=place))
