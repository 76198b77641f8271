"""The pipeline file that is being written: variables and nodes, in order, each with a remark if need be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netloom.graph.pipeline_file.yaml_writer import entry_lines, section_lines

_NOT_IN_IDS = re.compile(r"\W+", re.ASCII)
_LONGEST_ID = 40


class Draft:
    """Nodes and variables of a pipeline."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.variables: dict[str, Any] = {}
        self.nodes: dict[str, dict[str, Any]] = {}

    def add(self, name: str, node: Mapping[str, Any]) -> str:
        """Add a node; returns its id, which is the name unless another node has it.

        Settings that are None or empty are left out.
        """
        plain = _NOT_IN_IDS.sub("_", name).strip("_").lower()[:_LONGEST_ID]
        plain = plain if plain and not plain[0].isdigit() else f"n_{plain}".rstrip("_")
        candidates = (plain if number == 1 else f"{plain}_{number}" for number in _numbers())
        chosen = next(each for each in candidates if each not in self.nodes)
        self.nodes[chosen] = {
            key: value for key, value in node.items() if value is not None and value not in ({}, [])
        }
        return chosen

    def text(self, *, remarks: Sequence[str] = ()) -> str:
        """The pipeline file; remarks stand above it as comments."""
        lines = [f"# {remark}".rstrip() for remark in remarks]
        lines += ["netloom: 1", *entry_lines("name", self.name)]
        if self.variables:
            lines += ["", *section_lines("vars", self.variables)]
        lines += ["", *section_lines("nodes", self.nodes)]
        return "\n".join(lines) + "\n"


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number
