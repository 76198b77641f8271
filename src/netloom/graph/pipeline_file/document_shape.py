"""The outer shape of a pipeline file: its sections, their kinds, and the ids in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.identifiers import NODE_ID_PATTERN
from netloom.graph.pipeline_file.provenance import Entry, Path, place_at

TOP_LEVEL_KEYS: Mapping[str, str] = {
    "netloom": "format version of the file, 1",
    "name": "name of the pipeline",
    "description": "what the pipeline is for",
    "extends": "files that this one builds on",
    "vars": "values that ${vars.…} refers to",
    "nodes": "the graph: node ids and what each node is",
    "components": "graphs that can be used as operators",
    "layout": "positions of nodes on the canvas",
}
COMPONENT_KEYS: Mapping[str, str] = {
    "description": "what the component does",
    "inputs": "input names and the names of their types",
    "settings": "setting names and their defaults; !required for none",
    "nodes": "the inner graph",
    "outputs": "output names and the inner outputs they expose, such as fit.model",
    "components": "components used only inside this one",
    "file": "a file with the keys above",
}
_MAPPINGS = ("vars", "nodes", "components", "layout")
_TEXTS = ("name", "description")


def check_shape(document: Entry, *, format: int) -> tuple[Entry, list[Diagnostic]]:
    """The document without what has no place in it, and everything wrong with its outer shape."""
    problems = list(_version_problems(document, format))
    kept: dict[str, Entry] = {}
    for key, entry in document.fields.items():
        if key not in TOP_LEVEL_KEYS:
            problems.append(_unknown_key(key, entry, (key,), TOP_LEVEL_KEYS))
        elif key in _MAPPINGS and entry.value is None:
            continue  # "nodes:" with nothing under it is an empty section
        elif problem := _section_problem(key, entry):
            problems.append(problem)
        else:
            kept[key] = entry
    problems.extend(_id_problems(kept))
    return document.with_value(kept), problems


def unknown_component_keys(component: Entry, path: Path) -> list[Diagnostic]:
    """Keys a component cannot have."""
    return [
        _unknown_key(key, entry, (*path, key), COMPONENT_KEYS)
        for key, entry in component.fields.items()
        if key not in COMPONENT_KEYS
    ]


def wrong_kind(entry: Entry, path: Path, expected: str) -> Diagnostic:
    """A section, node or component that is not what it has to be."""
    kinds = {dict: "a mapping", tuple: "a list", type(None): "nothing"}
    got = kinds.get(type(entry.value)) or repr(entry.value)
    return Diagnostic(
        code="D007",
        message=f"{'.'.join(str(step) for step in path)} has the wrong shape",
        place=place_at(path, entry.origin),
        expected=expected,
        got=got,
    )


def bad_ids(names: Iterable[tuple[str, Entry]], path: Path, what: str) -> Iterator[Diagnostic]:
    """Ids that are not made of letters, digits and underscores."""
    for name, entry in names:
        if not NODE_ID_PATTERN.match(name) or "/" in name:
            yield Diagnostic(
                # The same code as for a node that comes from the canvas or from Python.
                code="G113" if what == "node" else "D016",
                message=f"{name!r} cannot be the id of a {what}",
                place=place_at((*path, name), entry.origin),
                expected="letters, digits and underscores, not starting with a digit",
                fix=f"Rename it, for example to {_suggested_id(name)}",
            )


def _version_problems(document: Entry, format: int) -> Iterator[Diagnostic]:
    entry = document.fields.get("netloom")
    if entry is None:
        origin = document.origin
        yield Diagnostic(
            code="D009",
            message="the file does not say which format it is written in",
            place=Place(file=origin.file, line=1, column=1),
            fix=f"Write as its first line: netloom: {format}",
        )
    elif entry.value != format or isinstance(entry.value, bool):
        newer = isinstance(entry.value, int) and entry.value > format
        yield Diagnostic(
            code="D009",
            message="this version of Netloom does not know the format of the file",
            place=place_at(("netloom",), entry.origin),
            expected=str(format),
            got=str(entry.plain()),
            fix="Update Netloom" if newer else f"Write netloom: {format}",
        )


def _section_problem(key: str, entry: Entry) -> Diagnostic | None:
    if key in _MAPPINGS and not entry.is_mapping:
        return wrong_kind(entry, (key,), "a mapping")
    if key in _TEXTS and not isinstance(entry.value, str):
        return wrong_kind(entry, (key,), "text")
    return None


def _id_problems(sections: Mapping[str, Entry]) -> Iterator[Diagnostic]:
    for key, what in (("nodes", "node"), ("components", "component")):
        if key in sections:
            yield from bad_ids(sections[key].fields.items(), (key,), what)


def _unknown_key(key: str, entry: Entry, path: Path, known: Mapping[str, str]) -> Diagnostic:
    where = "a pipeline file" if len(path) == 1 else f"the component {path[-2]!r}"
    return Diagnostic(
        code="D008",
        message=f"{where} has no key {key!r}",
        place=place_at(path, entry.origin),
        fix=did_you_mean(key, known) or f"Keys: {', '.join(known)}",
    )


def _suggested_id(name: str) -> str:
    cleaned = "".join(character if character.isalnum() else "_" for character in name)
    cleaned = cleaned.encode("ascii", "replace").decode().replace("?", "_").strip("_") or "node"
    return f"n{cleaned}" if cleaned[0].isdigit() else cleaned
