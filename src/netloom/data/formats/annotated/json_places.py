"""Places in JSON documents: which entry of which list, and in which line that is."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from netloom.core.diagnostics import Place
from netloom.data.formats.annotated.problems import Problem
from netloom.data.formats.annotated.source_folder import SourceFolder

_SPACE = re.compile(r"[\s,]*")
_LINE_END = re.compile(r"\n")
_POINTER = re.compile(r"(?P<file>.+)#/(?:(?P<key>[^/]*[^/\d][^/]*)/)?(?P<number>\d+)(?:/.*)?")


def entry_place(file: str, number: int, key: str | None = None) -> Place:
    """The place of an entry in a list of a JSON file, as a JSON pointer behind the file (RFC 6901).

    Args:
        key: Name of the list in the document; None if the document is the list.

    >>> entry_place("a.json", 17, "annotations").file
    'a.json#/annotations/17'
    """
    return Place(file=f"{file}#/{key}/{number}" if key else f"{file}#/{number}")


def with_lines(problems: Iterable[Problem], folder: SourceFolder) -> list[Problem]:
    """The problems, with lines in place of pointers into files that have more than one line.

    Each file is read once more, but only if something is wrong with it.
    """
    lines = _Lines(folder)
    return [replace(problem, place=lines.place(problem.place)) for problem in problems]


class _Lines:
    def __init__(self, folder: SourceFolder) -> None:
        self._folder = folder
        self._texts: dict[str, str] = {}
        self._known: dict[tuple[str, str | None], list[int]] = {}

    def place(self, given: Place) -> Place:
        found = _POINTER.fullmatch(given.file or "")
        if found is None:
            return given
        file, key, number = found["file"], found["key"], int(found["number"])
        if (file, key) not in self._known:
            text = self._text(file)
            self._known[file, key] = lines_of_entries(text, key) if "\n" in text.strip() else []
        lines = self._known[file, key]
        return Place(file=file, line=lines[number]) if number < len(lines) else given

    def _text(self, file: str) -> str:
        if file not in self._texts:
            try:
                self._texts[file] = self._folder.text(file)
            except (ValueError, KeyError):
                self._texts[file] = ""
        return self._texts[file]


def lines_of_entries(text: str, key: str | None = None) -> list[int]:
    r"""The line at which each entry of the list begins; what cannot be told is missing at the end.

    Args:
        key: Name of the list in the document; None if the document is the list.

    >>> lines_of_entries('{"a": [\n{"x": 1},\n{"x": 2}]}', "a")
    [2, 3]
    """
    start = re.search(rf'"{key}"\s*:\s*\[' if key else r"\[", text)
    if start is None:
        return []
    ends = [found.start() for found in _LINE_END.finditer(text)]
    decoder = json.JSONDecoder()
    lines: list[int] = []
    place = start.end()
    while True:
        spaces = _SPACE.match(text, place)
        place = spaces.end() if spaces else place
        if place >= len(text) or text[place] == "]":
            return lines
        try:
            _, after = decoder.raw_decode(text, place)
        except ValueError:
            return lines
        lines.append(bisect_right(ends, place) + 1)
        place = after
