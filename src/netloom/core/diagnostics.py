"""Diagnostics: everything wrong (or doubtful) about a user's input, as values.

A diagnostic is data, not text, so that the same object can mark a node on the canvas, a line in an
editor and a row in a terminal. Codes are stable and never reused; the letter says which layer speaks:

    D…  pipeline file (syntax, layers, references)       G…  graph (operators, ports, settings, topology)
    I…  input data (images, archives, tables)            X…  execution (a job failed, timed out, was killed)
    W…  workspace (folders, queue, runs)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any


class Severity(StrEnum):
    """How much a diagnostic matters: an error blocks, a warning does not, a notice informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Place:
    """What a diagnostic is about: a spot in a graph, in a file, or both.

    Attributes:
        node: Node id, as written by the user (nested nodes as ``component/node``).
        port: Port name on that node.
        setting: Dotted path of a setting on that node, e.g. ``backbone.depth``.
        file: Path of the file, as the user named it.
        line: 1-based line in ``file``.
        column: 1-based column in ``line``.
    """

    node: str | None = None
    port: str | None = None
    setting: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        spot = ".".join(part for part in (self.node, self.port or self.setting) if part)
        source = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{source}: {spot}" if spot and source else spot or source


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem, in the formula *where: what is wrong. Expected …; got …. What to do.*"""

    code: str
    message: str
    place: Place = field(default_factory=Place)
    expected: str | None = None
    got: str | None = None
    fix: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = str(self.place)
        sentences = [sentence(self.message)]
        facts = [
            f"expected {self.expected}" if self.expected else "",
            f"got {self.got}" if self.got else "",
        ]
        if any(facts):
            sentences.append(sentence("; ".join(fact for fact in facts if fact)))
        if self.fix:
            sentences.append(sentence(self.fix))
        text = " ".join(sentences)
        return f"{where}: {text}" if where else text

    def to_json(self) -> dict[str, Any]:
        """The wire form used by ``--json``, the event stream and HTTP problem details."""
        place = {
            name: value
            for name in Place.__dataclass_fields__
            if (value := getattr(self.place, name)) is not None
        }
        return {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "place": place,
            "expected": self.expected,
            "got": self.got,
            "fix": self.fix,
        }

    def seen_from(self, folder: Path) -> Diagnostic:
        """The same with paths below a folder shortened to what they are from there.

        So people read the paths they wrote, not where a server keeps its projects.
        """
        below = re.compile(rf"(?<![\w./~-]){re.escape(str(folder))}/(?=\S)")

        def shortened(text: str | None) -> str | None:
            return text and below.sub("", text)

        return replace(
            self,
            message=below.sub("", self.message),
            place=replace(self.place, file=shortened(self.place.file)),
            expected=shortened(self.expected),
            got=shortened(self.got),
            fix=shortened(self.fix),
        )

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Diagnostic:
        """Inverse of :meth:`to_json`."""
        return cls(
            code=document["code"],
            message=document["message"],
            place=Place(**document.get("place", {})),
            expected=document.get("expected"),
            got=document.get("got"),
            fix=document.get("fix"),
            severity=Severity(document.get("severity", "error")),
        )


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """A sentence naming the closest candidates to a misspelt word, or None if nothing is close."""
    names = sorted(set(candidates))
    close = _closest(word, names)
    if not close:
        lowered = {name.lower(): name for name in names}
        close = [lowered[match] for match in _closest(word.lower(), list(lowered))]
    if not close:
        return None
    return "Did you mean " + " or ".join(repr(name) for name in close) + "?"


def _closest(word: str, names: list[str]) -> list[str]:
    """Up to three names that resemble a word, nearly as much as the best of them does."""
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    likeness = [difflib.SequenceMatcher(None, name, word).ratio() for name in close]
    return [name for name, ratio in zip(close, likeness) if ratio >= likeness[0] - 0.1]


def sentence(text: str) -> str:
    """Text with a capital letter and a full stop, but for names, commands, paths and quoted lines."""
    text = text.strip()
    first = text.partition(" ")[0]
    if first.isalpha() and first != "netloom":  # neither an identifier nor a command
        text = text[0].upper() + text[1:]
    ends = text.endswith((".", "!", "?")) or "\n" in text
    return text if ends else text + "."
