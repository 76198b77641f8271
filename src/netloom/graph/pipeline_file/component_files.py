"""Components kept in files of their own: ``components: {prepare: {file: prepare.yaml}}``."""

from __future__ import annotations

from pathlib import Path

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.layers import LayerReader
from netloom.graph.pipeline_file.provenance import Entry

_HEADER = ("netloom", "name")
"""Keys of a component file that are not part of the component."""


def with_component_files(document: Entry, reader: LayerReader) -> Entry:
    """The document with every component file read into its place.

    Keys beside ``file`` are laid over what the file says. Components of components may be files too.

    Raises:
        InvalidPipeline: A file cannot be read, or files contain each other in a circle.
    """
    return _filled(document, reader, ())


def _filled(holder: Entry, reader: LayerReader, chain: tuple[Path, ...]) -> Entry:
    components = holder.fields.get("components")
    if components is None or not components.is_mapping:
        return holder
    fields = {
        name: _filled(*_component(component, reader, chain))
        for name, component in components.fields.items()
    }
    return holder.with_value({**holder.fields, "components": components.with_value(fields)})


def _component(
    component: Entry, reader: LayerReader, chain: tuple[Path, ...]
) -> tuple[Entry, LayerReader, tuple[Path, ...]]:
    """A component's entry with its file read, and the chain of files that led to it."""
    named = component.fields.get("file")
    if named is None:
        return component, reader, chain
    place = Place(file=named.origin.file, line=named.origin.line, column=named.origin.column)
    if not isinstance(named.value, str) or "${" in named.value:
        raise InvalidPipeline.of(
            "file takes the name of a component file", code="D010", place=place
        )
    path = reader.located(named.value, beside=Path(named.origin.file or "."))
    if path in chain:
        circle = " → ".join(str(link) for link in (*chain, path))
        raise InvalidPipeline.of(
            f"these component files contain each other in a circle: {circle}",
            code="D011",
            place=place,
        )
    content = reader.read_one(path, named_at=place)
    inner = {key: entry for key, entry in content.fields.items() if key not in _HEADER}
    own = {key: entry for key, entry in component.fields.items() if key != "file"}
    merged = reader.over(content.with_value(inner), component.with_value(own))
    return merged, reader, (*chain, path)
