"""In which language the command line speaks of people's work: problems, reasons, notes and states.

``NETLOOM_LANG`` says so (``en`` or ``zh``), else the locale. Help texts and JSON stay English.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from netloom.core.diagnostics import sentence as english_sentence

if TYPE_CHECKING:
    from netloom.server.phrasebook import Phrasebook

LANGUAGE_VARIABLE = "NETLOOM_LANG"
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as in POSIX


def reader_language() -> str:
    """``zh`` for Chinese readers, else ``en``."""
    wanted = os.environ.get(LANGUAGE_VARIABLE)
    if not wanted:
        wanted = next(filter(None, map(os.environ.get, _LOCALE_VARIABLES)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def phrases() -> Phrasebook | None:
    """Translations for the reader; None where English will do, which costs no import."""
    return None if reader_language() == "en" else _phrasebook(reader_language())


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


@cache
def _phrasebook(language: str) -> Phrasebook:
    from netloom.server.phrasebook import phrasebook

    return phrasebook(language)
