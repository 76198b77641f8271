"""Texts in the reader's language.

English stands in the code; the files in ``translations/`` say the same in other languages. Prose is
found by its English wording, so that a text that was reworded is shown in English until somebody
translates it anew, never in a translation of what it once said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said in one language; what is missing is said in English.

    Attributes:
        language: ``en`` or ``zh``.
        groups: Titles of groups of operators.
        operators: Title and summary by id.
        types: Names of port types by family.
        titles: Of settings by name, or by ``operator.name`` or ``Model.name`` where the name alone is
            not enough.
        models: Titles of the structured values that settings have, by class name.
        words: Titles of the words to choose from.
        helps: English help of settings whose classes say nothing of them, found as ``titles`` are.
        prose: Whole texts by their English wording, spaces and line ends aside.
    """

    language: str
    groups: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    helps: Mapping[str, str] = field(default_factory=dict)
    prose: Mapping[str, str] = field(default_factory=dict)

    def said(self, english: str) -> str:
        """A text of more than a few words."""
        return self.prose.get(one_line(english), english)

    def title_of(self, setting: str, *, owner: str) -> str | None:
        """Title of a setting of an operator or a model; None if its name is good enough."""
        return self.titles.get(f"{owner}.{setting}") or self.titles.get(setting)

    def help_of(self, setting: str, *, owner: str) -> str:
        """English help of a setting for which the code has none."""
        return self.helps.get(f"{owner}.{setting}") or self.helps.get(setting, "")

    def type_title(self, family: str) -> str:
        """Name of a port type, also of several of which one has to come."""
        joint = "或" if self.language == "zh" else " or "
        return joint.join(self.types.get(name, name) for name in family.split(" or "))

    def without_names(self) -> Texts:
        """Prose only: names of other people's operators and settings may mean something else."""
        return replace(self, titles={}, models={}, words={}, helps={})


def one_line(text: str) -> str:
    """A text without its line ends and indentation: what translations are found by."""
    return " ".join(text.split())


@cache
def texts_in(language: str) -> Texts:
    """Everything that is said in a language."""
    names = _read(f"operators.{language}.json") | _read(f"settings.{language}.json")
    names["helps"] = _read("settings.en.json")["helps"]
    return Texts(language, **names, prose=_read(f"help.{language}.json"))


def language_of(accepted: str) -> str:
    """The best of our languages for an ``Accept-Language`` header; English if none fits."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            ranked.append((-_quality(quality), position, language))
    wanted = [language for quality, _, language in sorted(ranked) if quality < 0]
    return wanted[0] if wanted else "en"


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text else 1.0
    except ValueError:
        return 0.0


def _read(name: str) -> dict[str, Any]:
    file = _FOLDER / name
    if not file.is_file():
        return {}
    texts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return texts
