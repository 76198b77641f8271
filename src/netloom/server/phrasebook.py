"""What is said about people's work (diagnostics, reasons, remarks) in the reader's language.

English stands in the code, mostly as f-strings, and in what is stored. ``translations/diagnostics.zh.json``
has for each code the English texts with gaps for what f-strings fill in, and the same in Chinese::

    "G106": {"there is no node {node}": "没有节点 {node}"}

A text is found by its fixed parts, from left to right, so it costs microseconds however long the gaps
are. What is not found is said in English. Texts of several codes are under ``shared``, sentences
without a code under ``reasons``. A gap may hold words of ours in turn (``words``, or another text); where
that is a single word the Chinese text asks for it, ``{kind:word}``, because it may as well be somebody's
name for something. A gap called ``number`` holds no spaces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache, reduce
from pathlib import Path
from string import Formatter

from netloom.core.diagnostics import Diagnostic, sentence

SHARED = "shared"
REASONS = "reasons"
TITLES = "titles"
WORDS = "words"
_WORD = "word"
_NUMBER = "number"
_LONGEST = 4_000
"""Of longer texts most is somebody's log."""
_MOST_NESTED = 4
_OPENING = 4
_QUOTED_OPENING = 8
_NEXT = "; "
_AFTER = ": "
_JOINTS = ((_NEXT, "；"), (_AFTER, "："), (", or ", " 或 "), (" or ", " 或 "), (" and ", " 和 "))
_HAN = re.compile("[\u4e00-\u9fff（）：，；]")
_PLAIN = re.compile(r"""[^\s'"]+|'[^']*'|"[^"]*\"""")
"""What needs no translation in a list: a name, a number, something quoted."""
_FOLDER = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An English text with gaps and its translation.

    Attributes:
        fixed: What stands before, between and behind the gaps; one more than there are gaps.
        names: Of the gaps, in the order of the English text.
        translation: Fixed parts and gaps in turn, as ``string.Formatter.parse`` gives them.
    """

    fixed: tuple[str, ...]
    names: tuple[str, ...]
    translation: tuple[tuple[str, str | None, str | None], ...]

    @classmethod
    def of(cls, english: str, translated: str) -> Pattern:
        """From the two texts; literal braces are doubled."""
        fixed, names = [""], []
        for literal, name, _, _ in Formatter().parse(english):
            fixed[-1] += literal
            if name is not None:
                names.append(name)
                fixed.append("")
        parts = [(text, name, asks) for text, name, asks, _ in Formatter().parse(translated)]
        return cls(tuple(fixed), tuple(names), tuple(parts))

    @property
    def length(self) -> int:
        """Of what is fixed: the longer, the more particular."""
        return sum(map(len, self.fixed))

    def gaps(self, text: str) -> dict[str, str] | None:
        """What stands in the gaps; None if this is another text.

        The leftmost place of each fixed part is enough: if any fits, so does that.
        """
        if not self.names:
            return {} if text == self.fixed[0] else None
        first, *middle, last = self.fixed
        end = len(text) - len(last)
        position = len(first)
        if position > end or not text.startswith(first) or not text.endswith(last):
            return None
        found = []
        for part in middle:
            place = text.find(part, position, end)
            if place < 0:
                return None
            found.append(text[position:place])
            position = place + len(part)
        found.append(text[position:end])
        if any(" " in gap for name, gap in zip(self.names, found, strict=True) if name == _NUMBER):
            return None  # "the table holds no bytes" is no number of bytes
        return dict(zip(self.names, found, strict=True))


@dataclass(frozen=True)
class Texts:
    """Translations of one group: of a code, or of what has none."""

    texts: Mapping[str, str]

    @cached_property
    def whole(self) -> dict[str, str]:
        """Those without gaps."""
        return {
            pattern.fixed[0]: "".join(text for text, _, _ in pattern.translation)
            for pattern in self.all
            if not pattern.names
        }

    def fitting(self, text: str) -> Iterator[tuple[Pattern, dict[str, str]]]:
        """Those with gaps that a text may be of, with what stands there; the most particular first."""
        for patterns in (self._by_opening.get(text[:_OPENING], ()), self._open):
            for needle, pattern in patterns:
                if needle in text:  # says no to almost all of them in no time
                    gaps = pattern.gaps(text)
                    if gaps is not None:
                        yield pattern, gaps

    @cached_property
    def _by_opening(self) -> dict[str, list[tuple[str, Pattern]]]:
        found: dict[str, list[tuple[str, Pattern]]] = {}
        for needle, pattern in self._with_gaps:
            if len(pattern.fixed[0]) >= _OPENING:
                found.setdefault(pattern.fixed[0][:_OPENING], []).append((needle, pattern))
        return found

    @cached_property
    def _open(self) -> list[tuple[str, Pattern]]:
        """Those that begin with a gap."""
        return [each for each in self._with_gaps if len(each[1].fixed[0]) < _OPENING]

    @cached_property
    def _with_gaps(self) -> list[tuple[str, Pattern]]:
        """Each with the longest of its fixed parts."""
        found = [pattern for pattern in self.all if pattern.names]
        found.sort(key=lambda pattern: -pattern.length)
        return [(max(pattern.fixed, key=len), pattern) for pattern in found]

    @cached_property
    def all(self) -> list[Pattern]:
        """All of them, in the order of the file."""
        return [Pattern.of(english, translated) for english, translated in self.texts.items()]


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """Everything that is said in one language about people's work."""

    groups: Mapping[str, Texts] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Mapping[str, Mapping[str, str]]) -> Phrasebook:
        """From the translations of each group."""
        return cls({name: Texts(texts) for name, texts in groups.items()})

    def diagnostic(self, english: Diagnostic) -> Diagnostic:
        """A diagnostic in the reader's language."""
        if not self.groups:
            return english
        code = english.code
        return replace(
            english,
            message=self.said(english.message, code),
            expected=english.expected and self.said(english.expected, code),
            got=english.got and self.said(english.got, code),
            fix=english.fix and self.said(english.fix, code),
        )

    def said(self, english: str, group: str = REASONS) -> str:
        """A text in the reader's language; unchanged where there is no translation."""
        if not self.groups or len(english) > _LONGEST:
            return english
        return _said(self, english, group)

    def detail(self, diagnostics: Sequence[Diagnostic]) -> str:
        """What is wrong, of diagnostics in the reader's language, as running text."""
        if not self.groups:
            return " ".join(sentence(each.message) for each in diagnostics)
        return "".join(closed(each.message) for each in diagnostics)

    def _find(self, english: str, group: str, depth: int) -> str | None:
        if depth > _MOST_NESTED:
            return None
        for texts in self._of(group):
            if english in texts.whole:
                return texts.whole[english]
        if _NEXT in english and (listed := self._listed(english, group, depth)) is not None:
            return listed
        for texts in self._of(group):
            for pattern, gaps in texts.fitting(english):
                return self._filled(pattern, gaps, group, depth)
        return self._joined(english, group, depth) or self._otherwise_written(english, group, depth)

    def _listed(self, english: str, group: str, depth: int) -> str | None:
        """Several texts of which each is ours; looked for first, as a gap would take in all that follow."""
        said = [self._find(part, group, depth + 1) for part in english.split(_NEXT)]
        known = [each for each in said if each is not None]
        return "；".join(known) if len(known) == len(said) else None

    def _of(self, group: str) -> Iterator[Texts]:
        for name in (group, SHARED):
            if name in self.groups:
                yield self.groups[name]

    def _filled(self, pattern: Pattern, gaps: Mapping[str, str], group: str, depth: int) -> str:
        filled, is_ours = "", True
        for text, name, asks in pattern.translation:
            filled = _together(filled, text) if is_ours else filled + text
            if name is not None:
                value = gaps[name]
                said = self._in_gap(value, group, depth, is_word=asks == _WORD)
                is_ours = said != value
                filled = _together(filled, said) if is_ours else filled + said
        return filled

    def _in_gap(self, value: str, group: str, depth: int, *, is_word: bool) -> str:
        """What stands in a gap: words of ours, a list, another text, or something to be left alone."""
        if not is_word and " " not in value:
            return value
        for each in dict.fromkeys((WORDS, group, REASONS)):
            found = self._find(value, each, depth + 1)
            if found is not None:
                return found
        return self._quoted(value, depth + 1) or value

    def _quoted(self, text: str, depth: int) -> str | None:
        """A text of whatever code, for those that quote another."""
        if depth > _MOST_NESTED:
            return None
        for group, pattern in self._by_opening.get(text[:_QUOTED_OPENING], ()):
            gaps = pattern.gaps(text)
            if gaps is not None:
                return self._filled(pattern, gaps, group, depth)
        return None

    def _joined(self, english: str, group: str, depth: int) -> str | None:
        """Several texts in a row, of which at least one is ours."""
        for joint, ours in _JOINTS:
            parts = english.split(joint)
            if len(parts) == 1:
                continue
            said = [self._find(part, group, depth + 1) for part in parts]
            known = [
                part if ours_ is None else ours_ for part, ours_ in zip(parts, said, strict=True)
            ]
            all_plain = all(
                ours_ is not None or all(map(_PLAIN.fullmatch, part.split(", ")))
                for part, ours_ in zip(parts, said, strict=True)
            )
            has_ours = any(each is not None for each in said)
            if (all_plain and (has_ours or joint != _AFTER)) or (has_ours and joint == _NEXT):
                return reduce(lambda left, right: _together(_together(left, ours), right), known)
        return None

    def _otherwise_written(self, english: str, group: str, depth: int) -> str | None:
        """A text that was made a sentence of, with a capital letter and a full stop, or an alternative."""
        rest = english.removeprefix("or ")
        if rest != english:
            found = self._find(rest, group, depth + 1)
            return found and f"或{found}"
        ends = english.endswith(".") and not english.endswith("..")
        stem = english[:-1] if ends else english
        for text in (stem, stem[:1].lower() + stem[1:]):
            found = None if text == english else self._find(text, group, depth + 1)
            if found is not None:
                return closed(found) if ends else found
        return None

    @cached_property
    def _by_opening(self) -> dict[str, list[tuple[str, Pattern]]]:
        """Texts of all codes, with their codes, by their first characters."""
        found: dict[str, list[tuple[str, Pattern]]] = {}
        for name, texts in self.groups.items():
            for pattern in texts.all:
                if len(pattern.fixed[0]) >= _QUOTED_OPENING:
                    found.setdefault(pattern.fixed[0][:_QUOTED_OPENING], []).append((name, pattern))
        for patterns in found.values():
            patterns.sort(key=lambda each: -each[1].length)
        return found


@lru_cache(8192)
def _said(book: Phrasebook, english: str, group: str) -> str:
    found = book._find(english, group, 0)
    if found is None and group == REASONS:  # often what a diagnostic said
        found = book._quoted(english, 0)
    return english if found is None else found


def _together(left: str, right: str) -> str:
    """Two texts in a row; a space between them is for foreign words, not for Chinese ones."""
    if left.endswith(" ") and _HAN.match(right) and _HAN.match(left[-2:-1]):
        left = left[:-1]
    if right.startswith(" ") and _HAN.match(left[-1:]) and _HAN.match(right[1:2]):
        right = right[1:]
    return left + right


def closed(text: str) -> str:
    """A Chinese text with its full stop; one that ends with foreign words keeps its own."""
    if text.endswith(("。", "！", "？", "…", "\n")):
        return text
    return f"{text if text.endswith('..') else text.removesuffix('.')}。"


ENGLISH = Phrasebook()


@cache
def phrasebook(language: str) -> Phrasebook:
    """The translations into a language; nothing for English."""
    file = _FOLDER / f"diagnostics.{language}.json"
    if not file.is_file():
        return ENGLISH
    return Phrasebook.of(json.loads(file.read_text(encoding="utf-8")))
