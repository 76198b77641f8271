"""Lines where the keys of HOCON files are written. pyhocon forgets them.

This follows braces and keys and nothing else. What it cannot follow, it leaves out: a line is a help for the
reader of a message, and what a file says is never taken from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from netloom.core.diagnostics import Place
from netloom.workspace.dlflow.hocon_includes import included_files

_TOKEN = re.compile(
    r'(?P<space>[ \t\r]+)|(?P<end>\n|,)|(?P<comment>(?:#|//)[^\n]*)|(?P<text>""".*?"""+|"(?:[^"\\\n]|\\.)*")'
    r"|(?P<reference>\$\{[^}\n]*\})|(?P<mark>\+=|[{}\[\]=:()])"
    r"|(?P<word>(?:(?!//)[^\s,{}\[\]=:()\"#$+]|\+(?!=)|\$(?!\{))+)|(?P<rest>.)",
    re.DOTALL,
)
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def places_in(path: Path, texts: Mapping[Path, str]) -> Iterator[tuple[str, Place]]:
    """Dotted keys of a file, and of those it includes, with file and line. Later ones replace earlier ones.

    Args:
        texts: The file and all it includes.
    """
    yield from _Reading(path, texts, depth=0).entries("")


class _Reading:
    """One file being followed from its beginning to its end."""

    def __init__(self, path: Path, texts: Mapping[Path, str], *, depth: int) -> None:
        self._path, self._texts, self._depth = path, texts, depth
        self._tokens = list(_tokens(texts[path]))
        self._at = 0

    def entries(self, prefix: str) -> Iterator[tuple[str, Place]]:
        """Keys up to the brace that closes them."""
        self._depth += 1
        while (token := self._next()) is not None and token.text != "}":
            if token.kind == "word" and token.text.lower() == "include":
                yield from self._included(prefix)
            elif token.kind in ("word", "text"):
                key = f"{prefix}{self._key(token)}"
                yield key, Place(file=str(self._path), line=token.line)
                yield from self._value(f"{key}.")
            elif token.text == "{" and self._depth < _DEEPEST:  # braces around the whole file
                yield from self.entries(prefix)
        self._depth -= 1

    def _key(self, first: _Token) -> str:
        parts = [_key_text(first)]
        while (token := self._peek()) is not None and token.kind in ("word", "text"):
            parts.append(_key_text(token))
            self._at += 1
        return "".join(parts)

    def _value(self, prefix: str) -> Iterator[tuple[str, Place]]:
        has_begun = False
        while (token := self._peek()) is not None:
            if token.text in ("}", "]") or (token.kind == "end" and has_begun):
                return
            self._at += 1
            if token.kind == "end":  # a value may begin on the line after its key
                continue
            if token.text == "{" and self._depth < _DEEPEST:
                yield from self.entries(prefix)
            elif token.text == "[" and self._depth < _DEEPEST:
                yield from self._elements(prefix)
            has_begun = has_begun or token.text not in ("=", ":", "+=")

    def _elements(self, prefix: str) -> Iterator[tuple[str, Place]]:
        self._depth += 1
        number = 0
        while (token := self._peek()) is not None:
            if token.kind == "end":
                self._at += 1
                continue
            if token.text == "]":
                self._at += 1
                break
            yield f"{prefix}{number}", Place(file=str(self._path), line=token.line)
            before = self._at
            yield from self._value(f"{prefix}{number}.")
            self._at = max(self._at, before + 1)
            number += 1
        self._depth -= 1

    def _included(self, prefix: str) -> Iterator[tuple[str, Place]]:
        while (token := self._next()) is not None and token.kind != "end":
            if token.kind == "text" and self._depth < _DEEPEST:
                for path in included_files(self._path, token.text[1:-1]):
                    if path in self._texts:
                        inner = _Reading(path, self._texts, depth=self._depth)
                        yield from inner.entries(prefix)
            if (after := self._peek()) is not None and after.text == "}":
                return

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> _Token | None:
        token = self._peek()
        self._at += 1
        return token


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "rest"
        if kind not in ("space", "comment"):
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")


def _key_text(token: _Token) -> str:
    return token.text.strip('"') if token.kind == "text" else token.text
