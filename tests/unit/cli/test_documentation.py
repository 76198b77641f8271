"""docs/command-line.md says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from netloom.cli.exit_codes import MEANINGS
from netloom.cli.main import COMMANDS


def rows(document: str, heading: str) -> list[tuple[str, str]]:
    table = document.partition(f"| {heading} | ")[2].partition("\n\n")[0]
    cells = [
        re.split(r"(?<!\\)\|", line.strip("|\n")) for line in table.splitlines() if line[:1] == "|"
    ]
    return [(cell[0].strip(), cell[1].strip()) for cell in cells if not cell[0].startswith("---")]


def test_every_command_is_described_as_in_its_help(repository: Path) -> None:
    document = (repository / "docs" / "command-line.md").read_text(encoding="utf-8")
    described = {
        usage.strip("`").split()[0]: text.replace("`", "")
        for usage, text in rows(document, "command")
    }
    assert described == {
        name: text[:1].lower() + text[1:].rstrip(".") for name, text in COMMANDS.items()
    }


def test_every_exit_code_is_described_as_in_the_help(repository: Path) -> None:
    document = (repository / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert rows(document, "code") == [(str(int(code)), text) for code, text in MEANINGS.items()]
