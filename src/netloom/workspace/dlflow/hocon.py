"""HOCON files as plain values with the lines where they are written.

pyhocon reads the values, after :mod:`netloom.workspace.dlflow.hocon_includes` has found nothing in the files
that would make it fetch something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidInput
from netloom.workspace.dlflow.hocon_includes import texts_of
from netloom.workspace.dlflow.hocon_places import places_in


@dataclass(frozen=True, slots=True)
class Configuration:
    """Values of one or several HOCON files, laid over each other.

    Attributes:
        values: Nested plain values; dotted keys are nested, quoted ones are not.
        places: File and line of keys, by their dotted path.
        files: All files that were read, included ones too.
    """

    values: Mapping[str, Any]
    places: Mapping[str, Place] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a dotted key; elements of lists have numbers as keys."""
        found: Any = self.values
        for part in key.split("."):
            if isinstance(found, Mapping) and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                return default
        return found

    def has(self, key: str) -> bool:
        """Whether a dotted key is written, be it as null."""
        missing = object()
        return self.get(key, missing) is not missing

    def place(self, key: str) -> Place:
        """Where a dotted key is written, or the nearest of those around it."""
        parts = key.split(".")
        for end in range(len(parts), 0, -1):
            if found := self.places.get(".".join(parts[:end])):
                return found
        return Place()

    def section(self, key: str) -> Configuration:
        """What is below a key, as a configuration of its own."""
        inner = self.get(key)
        start = f"{key}."
        below = {
            path.removeprefix(start): place
            for path, place in self.places.items()
            if path.startswith(start)
        }
        return Configuration(inner if isinstance(inner, Mapping) else {}, below, self.files)


def read_hocon(path: Path) -> Configuration:
    """Read one file and what it includes.

    Raises:
        InvalidInput: It is no HOCON, or includes something that is not there or not allowed, or pyhocon is
            not installed.
    """
    texts = texts_of(path)
    values = _values_of(path, texts[path])
    return Configuration(values, dict(places_in(path, texts)), tuple(texts))


def laid_over(below: Configuration, above: Configuration) -> Configuration:
    """Two configurations as one: mappings merge, everything else is replaced."""
    files = dict.fromkeys((*below.files, *above.files))
    places = {**below.places, **above.places}
    return Configuration(_merged(below.values, above.values), places, tuple(files))


def with_assignments(configuration: Configuration, assignments: Sequence[str]) -> Configuration:
    """Values of ``KEY=VALUE`` over those of the files, as ``--conf`` did.

    Raises:
        InvalidInput: An assignment has no ``=`` or no key.
    """
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not equals or not all(parts):
            raise InvalidInput.of(
                "this is no assignment",
                code="T380",
                got=assignment,
                expected="KEY=VALUE, e.g. FEATURE_DATE=20200131 or MODEL.epochs=3",
            )
        value: Any = _typed(text.strip())
        for part in reversed(parts):
            value = {part: value}
        path = ".".join(parts)
        above = Configuration(value, {path: Place(file=f"--set {path}")})
        configuration = laid_over(configuration, above)
    return configuration


def _typed(text: str) -> Any:
    if re.fullmatch(r"-?(0|[1-9]\d{0,6})", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+([eE][+-]?\d+)?|-?\d+[eE][+-]?\d+", text):
        return float(text)
    return {"true": True, "false": False, "null": None}.get(text, text)


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    return {
        **below,
        **{
            name: _merged(below[name], value) if name in below else value
            for name, value in above.items()
        },
    }


def _values_of(path: Path, text: str) -> Mapping[str, Any]:
    try:
        from pyhocon import ConfigFactory
        from pyhocon.exceptions import ConfigException
        from pyparsing import ParseBaseException
    except ImportError as error:
        raise InvalidInput.of(
            "HOCON files need pyhocon, which is not installed",
            code="T384",
            fix="Install it: pip install 'netloom[dlflow]'",
        ) from error
    try:
        tree = ConfigFactory.parse_string(text, basedir=str(path.parent))
    except ParseBaseException as error:
        raise InvalidInput.of(
            f"this is no HOCON: {error.msg[:1].lower()}{error.msg[1:]}",
            code="T385",
            place=Place(file=str(path), line=error.lineno, column=error.column),
            got=error.line.strip()[:80] or None,
        ) from error
    except (ConfigException, RecursionError) as error:
        first = str(error).partition("\n")[0][:200]
        raise InvalidInput.of(
            f"this HOCON cannot be understood: {first or type(error).__name__}",
            code="T385",
            place=Place(file=str(path)),
        ) from error
    if isinstance(tree, list):
        raise InvalidInput.of(
            "the file holds a list",
            code="T385",
            place=Place(file=str(path)),
            expected="keys with values",
        )
    return {name: _plain(value) for name, value in tree.as_plain_ordered_dict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    is_plain = value is None or isinstance(value, bool | int | float | str)
    return value if is_plain else str(value)
