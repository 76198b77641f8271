"""The command line in Chinese: who asks for it, or whose locale does."""

from __future__ import annotations

import pytest

from netloom.cli.problems import diagnostic_text
from netloom.cli.reader_language import reader_language, said, word
from netloom.core.diagnostics import Diagnostic, Place, did_you_mean

LOCALES = ("NETLOOM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_TW", "NETLOOM_LANG": "en"}, "en"),
        ({"LANG": "de_DE", "NETLOOM_LANG": "zh"}, "zh"),
        ({"LC_MESSAGES": "ZH"}, "zh"),
    ],
)
def test_the_language_is_what_was_asked_for_or_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert reader_language() == language


def test_problems_reasons_and_states_are_said_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LANG", "zh")
    diagnostic = Diagnostic(
        "G106",
        "there is no node 'fot'",
        Place(node="score", port="model"),
        fix=did_you_mean("fot", ["fit"]),
    )
    assert diagnostic_text(diagnostic).plain.splitlines() == [
        "错误[G106] score.model",
        "  没有节点 'fot'。",
        "  是不是要写 'fit'？",
    ]
    assert (word("succeeded"), said("it never ran")) == ("成功", "从未运行过")
