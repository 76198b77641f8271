"""The command line in Chinese: who asks for it, or whose locale does."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from netloom.cli import operators
from netloom.cli.logs import said_log
from netloom.cli.problems import diagnostic_text
from netloom.cli.reader_language import reader_language, said, word
from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.operators.tables_shaping import split

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


def test_operators_are_described_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LANG", "zh")
    written = io.StringIO()
    operators._show_one(Console(file=written, width=200), operators._description(split))
    shown = written.getvalue()
    assert "tables.split  (作业)\n按键把行划分为训练、验证和测试三部分。\n\n同一个键" in shown
    assert re.search(r"seed +integer ≥ 0 +0 +换一个种子会得到不同的划分。", shown)
    assert re.search(r"^table +Table +要划分的表。", shown, re.MULTILINE)


def test_lines_that_netloom_wrote_into_a_log_are_translated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = "--- attempt 1\nmlp: 3 parameters; 2 rows to learn from, 1 for validation\nprinted\n"
    assert said_log(log) == log
    monkeypatch.setenv("NETLOOM_LANG", "zh")
    assert said_log(log) == "--- attempt 1\nmlp：3 个参数；2 行用于训练，1 行用于验证\nprinted\n"
