"""What the server says about people's work is said in Chinese too, wherever in the source it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest

from netloom.server import problems
from netloom.server.phrasebook import TITLES, WORDS, Pattern, Phrasebook, Texts, phrasebook

from .english_texts import EnglishText, EnglishTexts

CHINESE = phrasebook("zh")
_ENGLISH = re.compile("[A-Za-z]{2,} [a-z]{2,}[a-z ]*")
_COMMANDS = re.compile(
    r"`[^`]*`|netloom [a-z]+ ?|pip (un)?install|--set [a-z]+|def name|state dict|Bearer nl"
)
_HAN = re.compile("[\u4e00-\u9fff]")

# Texts that only look like words: keys, values and units that people write or read in any language.
SAME_IN_CHINESE = re.compile(
    r"(path|work):\S*|cpu|cuda:\S+|cpu, cuda|null|\S+ [GM]B|valid \S+ \+ test \S+ = \S+|pretrained: \S+"
    r"|model_type \S+|\S+NODE\.NAME"
)
# Texts that others wrote (pydantic, in these cases), of which the usual ones are translated.
OF_OTHERS = {"body: ⟪1⟫", "server.⟪1⟫: ⟪2⟫"}

OF_THE_FRAMEWORK = {"S110", "S113", "S114", "S116", "S117", "G103"}
"""Codes that also say what libraries found wrong."""

# Expressions whose text comes from somewhere that is read as well, or from elsewhere than the source.
READ_ELSEWHERE = {
    "_waiting(job, inventory, usable, free, is_next=job.id in next_up)": "what _waiting gives",
    "_similar_file(path, place)": "did_you_mean",
    "error.diagnostics[0].message": "a diagnostic of whatever code",
    "f'image {name} cannot be used: {self.reason}'": "its codes are also those of errors; under shared",
    "f'{text_from_path(self.name)} cannot be used: {self.reason}'": "codes of ProblemKind; under shared",
    "fault[1]": "given to Problem",
    "fix": "of callers with a text of their own",
    "message": "of callers with a text of their own",
    "problem": "what _problem of a row gives",
    "problem or 'it never ran'": "given to Lookup",
    "problem.fix": "a diagnostic of whatever code",
    "problem.message": "a diagnostic of whatever code",
    "problem.reason": "given to Problem",
    "line": "of a list of texts that are read",
    "reason": "given to Reject, Problem or Inspection",
    "remark": "given to remark, or what a remarks_on gives; those of reports are English",
    "seen": "given to Inspection",
    "seen.problem": "given to Inspection",
    "sentence(error.diagnostics[0].message)": "a diagnostic of whatever code",
    "str(problem)": "a diagnostic of whatever code",
    "str(frozen)": "what a FreezingReport says",
    "str(match)": "counts of tensors",
    "str(error)": "BadDate, BadReference, BadExpression and the ValueErrors that are read",
    "text[:1].lower() + text[1:]": "pydantic's words",
    "verdict.why": "given to Verdict",
    "why": "given to Lookup, or changes in words",
}


@pytest.fixture(scope="module")
def english() -> EnglishTexts:
    return EnglishTexts()


def _needs_translation(text: str) -> bool:
    words = re.sub("⟪\\d+⟫", "", text)
    is_words = re.search("[A-Za-z]{2}", words) is not None
    return is_words and text not in OF_OTHERS and not SAME_IN_CHINESE.fullmatch(text)


def _untranslated(each: EnglishText) -> str | None:
    text, marks = each.filled()
    if not _needs_translation(text):
        return None
    said = CHINESE.said(text, each.group)
    if said == text:
        return f"{each.where}: {each.group}: {text!r} has no translation"
    left = _ENGLISH.search(_COMMANDS.sub("", said))
    if left is not None:
        return f"{each.where}: {each.group}: {left[0]!r} is left of {text!r}"
    lost = [mark for mark in marks if mark not in said]
    return f"{each.where}: {each.group}: {said!r} lacks {lost} of {text!r}" if lost else None


def test_every_text_of_the_source_is_translated_with_all_that_is_filled_in(
    english: EnglishTexts,
) -> None:
    assert len(english.texts) > 1000
    missing = {problem for each in english.texts if (problem := _untranslated(each))}
    assert sorted(missing) == []


def test_a_text_that_cannot_be_read_from_the_source_is_known(english: EnglishTexts) -> None:
    unknown = [each for each in english.unreadable if each.source not in READ_ELSEWHERE]
    assert unknown == []


class Asked(dict[str, str]):
    """Texts that remember which of them were found."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(texts)
        self.found: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.found.add(key)
        return super().__getitem__(key)


def test_no_translation_is_left_over(
    english: EnglishTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: set[tuple[str, ...]] = set()
    fill = Phrasebook._filled

    def recorded(book: Phrasebook, pattern: Pattern, *given: Any) -> str:
        filled.add(pattern.fixed)
        return fill(book, pattern, *given)

    monkeypatch.setattr(Phrasebook, "_filled", recorded)
    book = Phrasebook({name: Texts(texts.texts) for name, texts in CHINESE.groups.items()})
    for texts in book.groups.values():
        vars(texts)["whole"] = Asked(texts.whole)
    for each in english.texts:
        book.said(each.filled()[0], each.group)
    left = {
        f"{name}: {''.join(pattern.fixed)}"
        for name, texts in book.groups.items()
        for pattern in texts.all
        if pattern.fixed not in filled and pattern.fixed[0] not in vars(texts)["whole"].found
    }
    expected = {WORDS, TITLES, *OF_THE_FRAMEWORK}
    left = {each for each in left if each.partition(": ")[0] not in expected}
    assert left == {"shared:  cannot be used: "}  # of problems whose code is not read


def test_titles_of_problems_are_translated() -> None:
    titles = [title for _, _, title in problems._STATUS]
    assert [title for title in titles if not _HAN.search(CHINESE.said(title, TITLES))] == []
    assert {
        code: CHINESE.said(message, code) == message
        for code, message in problems._MEANINGS.values()
    } == dict.fromkeys(("S110", "S113", "S114", "S115", "S116", "S117"), False)


def test_chinese_is_punctuated_and_spaced_as_chinese() -> None:
    written = [text for group in CHINESE.groups.values() for text in group.texts.values()]
    badly = re.compile(
        "[\u4e00-\u9fff][,;:!?](?![\\w/])|[\u4e00-\u9fff][A-Za-z0-9{]|[A-Za-z0-9}][\u4e00-\u9fff]"
    )
    plain = [re.sub(r"{\w+:word}", "词", text) for text in written]
    assert [text for text in plain if badly.search(text)] == []
