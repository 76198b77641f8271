"""Google-style docstrings: the text that palettes and forms show."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(
    r"^(Args|Arguments|Attributes|Returns|Raises|Example|Examples|Note|Notes):\s*$"
)


def docstring_sections(text: str) -> dict[str, str]:
    """Split a Google-style docstring into its sections; ``""`` holds what comes before them."""
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in text.splitlines():
        match = _SECTION.match(line)
        if match:
            current = "Args" if match[1] == "Arguments" else match[1]
            sections[current] = []
        else:
            sections[current].append(line)
    return {title: inspect.cleandoc("\n".join(lines)) for title, lines in sections.items()}


def argument_help(text: str) -> dict[str, str]:
    """Help of each parameter from the body of an ``Args`` section."""
    helps: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        match = re.match(r"(\w+)(?: \([^)]*\))?:\s*(.*)$", line)
        if match:
            current = helps.setdefault(match[1], [])
            current.append(match[2])
        elif line.strip():
            current.append(line.strip())
    return {name: " ".join(lines) for name, lines in helps.items()}
