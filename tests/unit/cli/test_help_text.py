"""Help pages in both languages: everything is translated, and lines fit a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from netloom.cli import help_text, reader_language
from netloom.cli.help_text import HelpContext, HelpPage
from netloom.cli.main import cli
from netloom.cli.reader_language import explained, told

TRANSLATIONS = Path(reader_language.__file__).parent / "translations" / "command_line.zh.json"
HAN = re.compile("[\u4e00-\u9fff]")
SAME_IN_CHINESE = re.compile(r"\x08.*|netloom .*", re.DOTALL)
"""Examples that are nothing but commands."""


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LANG", "zh")


def pages(command: click.Command, name: str, above: click.Context | None = None) -> Iterator[str]:
    context = HelpContext(command, info_name=name, parent=above)
    yield command.get_help(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from pages(found, inner, context)


@pytest.mark.usefixtures("chinese")
def test_every_text_of_every_help_page_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str] = {}

    def recorded(english: str) -> str:
        return asked.setdefault(english, explained(english))

    monkeypatch.setattr(help_text, "explained", recorded)
    monkeypatch.setenv("COLUMNS", "80")
    found = list(pages(cli, "netloom"))
    assert len(found) > 30
    untranslated = [
        english
        for english, said in asked.items()
        if not HAN.search(said.partition("  [")[0])
        and not SAME_IN_CHINESE.fullmatch(english.strip())
    ]
    assert untranslated == []
    texts = json.loads(TRANSLATIONS.read_text(encoding="utf-8"))["help"]
    used = " ".join(" ".join(english.split()) for english in asked)
    assert [english for english in texts if english not in used] == []


@pytest.mark.usefixtures("chinese")
def test_chinese_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = next(pages(cli, "netloom"))
    assert page.startswith(
        "用法：netloom [OPTIONS] COMMAND [ARGS]...\n\n  Netloom 运行深度学习流水线"
    )
    assert "  validate  检查流水线文件，不运行任何内容。\n" in page
    assert max(map(cell_len, page.splitlines())) <= 80


def test_a_line_ends_where_a_word_does_and_does_not_begin_with_punctuation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(help_text, "is_english", lambda: False)
    monkeypatch.setattr(
        help_text, "explained", lambda english: "写入这个文件，或 FOLDER（默认）。  [默认：a b]"
    )
    page = HelpPage(width=14)
    page.write_text("Write it")
    assert page.getvalue().splitlines() == [
        "写入这个文件，",
        "或 FOLDER（默",
        "认）。",
        "[默认：a b]",
    ]


def test_english_pages_are_those_of_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    command = cli.get_command(click.Context(cli), "cancel")
    assert command is not None
    ours, plain = HelpPage(width=78), click.HelpFormatter(width=78)
    command.format_help(HelpContext(command), ours)
    command.format_help(click.Context(command), plain)
    assert ours.getvalue() == plain.getvalue()


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("in 3.7 s, 8 of 12 nodes reused", "用时 3.7 s，复用 12 个节点中的 8 个"),
        ("look closer: netloom show 1 -w x", "进一步查看：netloom show 1 -w x"),
        ("1 of 3 nodes", "1/3 个节点"),
        ("Missing argument 'FILE'.", "缺少参数 'FILE'。"),
        ("something else", "something else"),
    ],
)
def test_summaries_and_hints_are_in_chinese(english: str, said: str) -> None:
    assert told(english) == said
