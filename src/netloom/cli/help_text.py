"""Help pages in the reader's language: what commands and click say is translated where it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from netloom.cli.reader_language import explained, is_english

_NOT_WRAPPED = "\b"
"""A paragraph that begins with this line stays as it is."""
_UNBROKEN = re.compile(r"(?:\[[^]]{1,24}\]|[（“]?[!-\u2e7f]+|[（“]?.)[，。；：、）！？”]*\s*")
"""A word of Latin letters or a single wide one, with the punctuation that belongs to it."""


class HelpPage(click.HelpFormatter):
    """Writes a help page; in Chinese where a text has a translation."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that begins with ``Usage:``."""
        said = explained(prefix or "Usage:")
        super().write_usage(prog, args, said if said.endswith("：") else f"{said} ")

    def write_heading(self, heading: str) -> None:
        """A heading with its colon."""
        self.write(f"{'':>{self.current_indent}}{explained(f'{heading}:')}\n")

    def write_text(self, text: str) -> None:
        """Paragraphs."""
        super().write_text(_translated(text, self.width - self.current_indent))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Names, and what they mean."""
        rows = list(rows)
        names = min(max((len(name) for name, _ in rows), default=0), col_max) + col_spacing
        width = max(self.width - names - 2, 10)
        said = [(name, _translated(text, width)) for name, text in rows]
        super().write_dl(said, col_max, col_spacing)


class HelpContext(click.Context):
    """A context whose help is a :class:`HelpPage`."""

    formatter_class = HelpPage


class Verb(click.Command):
    """One command."""

    context_class = HelpContext

    def get_short_help_str(self, limit: int = 0) -> str:
        """What a list of commands says of it: the first paragraph of its help."""
        return " ".join(paragraphs(self.help or "")[0].split())


class VerbGroup(click.Group):
    """Several commands under one name."""

    context_class = HelpContext


def paragraphs(text: str) -> list[str]:
    """The parts of a help text that are translated each by itself."""
    return text.split("\n\n")


def _translated(text: str, width: int) -> str:
    """Paragraphs in the reader's language, in lines of at most ``width`` cells where it has wide letters."""
    if is_english():
        return text
    return "\n\n".join(_paragraph(each, width) for each in paragraphs(text))


def _paragraph(english: str, width: int) -> str:
    said = explained(english)
    if said == english or said.startswith(_NOT_WRAPPED):
        return said
    return "\n".join((_NOT_WRAPPED, *_lines(said, width)))


def _lines(text: str, width: int) -> Iterator[str]:
    """Lines of at most ``width`` cells; between wide letters there is a place to break everywhere."""
    from rich.cells import cell_len

    line = ""
    for piece in _UNBROKEN.findall(text):
        if line and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()
