"""In which language the command line speaks: help, problems, reasons, notes, logs and states.

``NETLOOM_LANG`` says so (``en`` or ``zh``), else the locale. JSON stays English.

What is said about people's work is translated as in the server (:mod:`netloom.server.phrasebook`). What
only the command line says is in ``translations/command_line.zh.json``: ``help`` has whole paragraphs of help,
``said`` has sentences with gaps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import sentence as english_sentence

if TYPE_CHECKING:
    from netloom.server.phrasebook import Phrasebook

LANGUAGE_VARIABLE = "NETLOOM_LANG"
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as in POSIX
_FOLDER = Path(__file__).parent / "translations"


def reader_language() -> str:
    """``zh`` for Chinese readers, else ``en``."""
    wanted = os.environ.get(LANGUAGE_VARIABLE)
    if not wanted:
        wanted = next(filter(None, map(os.environ.get, _LOCALE_VARIABLES)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def is_english() -> bool:
    """Whether nothing has to be translated."""
    return reader_language() == "en"


def phrases() -> Phrasebook | None:
    """Translations for the reader; None where English will do, which costs no import."""
    return None if is_english() else _phrasebook(reader_language())


def said(english: str) -> str:
    """A sentence about somebody's work in the reader's language."""
    found = phrases()
    return english if found is None else found.said(english)


def sentence(text: str) -> str:
    """A text that was said to the reader, with what ends a sentence in the reader's language."""
    if phrases() is None:
        return english_sentence(text)
    from netloom.server.phrasebook import closed

    return closed(text)


def word(english: str) -> str:
    """A state, or a word around it, in the reader's language."""
    found = phrases()
    if found is None:
        return english
    from netloom.server.phrasebook import WORDS

    return found.said(english, WORDS)


def told(english: str) -> str:
    """What only the command line says: a heading, a summary, what to do next."""
    return english if is_english() else _own_phrases(reader_language()).said(english)


def described(english: str) -> str:
    """What an operator, a port or a setting is for, in the reader's language."""
    if is_english():
        return english
    from netloom.server.translation import texts_in

    return texts_in(reader_language()).said(english)


def summary_of(operator: str, english: str) -> str:
    """What an operator does, in one sentence."""
    if is_english():
        return english
    from netloom.server.translation import texts_in

    _, summary = texts_in(reader_language()).operators.get(operator, ("", ""))
    return summary or english


def explained(english: str) -> str:
    """A paragraph of a help text, or what an option does, in the reader's language."""
    if is_english():
        return english
    texts: Mapping[str, str] = _own_texts(reader_language())["help"]
    whole = " ".join(english.split())
    if whole in texts:
        return texts[whole]
    text, opens, facts = whole.partition(" [")
    if not opens:
        return english
    said = "；".join(
        _fact(each, texts) for each in facts.removesuffix("]").replace("] [", "; ").split("; ")
    )
    return f"{texts.get(text, text)}  [{said}]"


def _fact(english: str, texts: Mapping[str, str]) -> str:
    """What click puts behind the help of an option: ``default: 3``, ``required``, ``0<=x<=5``."""
    name, colon, value = english.partition(": ")
    if not colon or english in texts:
        return texts.get(english, english)
    return f"{texts.get(name, name)}：{texts.get(value, value)}"


@cache
def _own_texts(language: str) -> Mapping[str, Any]:
    file = _FOLDER / f"command_line.{language}.json"
    read: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


@cache
def _own_phrases(language: str) -> Phrasebook:
    from netloom.server.phrasebook import REASONS, WORDS, Phrasebook

    words = _phrasebook(language).groups[WORDS].texts
    return Phrasebook.of({REASONS: _own_texts(language)["said"], WORDS: words})


@cache
def _phrasebook(language: str) -> Phrasebook:
    from netloom.server.phrasebook import phrasebook

    return phrasebook(language)
