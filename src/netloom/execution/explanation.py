"""Why a node runs, or why its result is reused: one sentence for each reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from netloom.core.identifiers import NodeId
from netloom.graph.fingerprint import Ingredients


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what went into a node before and what goes in now.

    Attributes:
        name: Setting path or port; empty for operator, code and data.
    """

    kind: Literal["operator", "code", "setting", "input", "data", "answer"]
    name: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.kind == "setting":
            return f"{self.name} changed from {_shown(self.before)} to {_shown(self.after)}"
        if self.kind == "input":
            return f"the input {self.name} changed"
        if self.kind == "operator":
            return f"the operator changed from {self.before} to {self.after}"
        sentences = {
            "code": "the operator's code changed",
            "data": "the source data changed",
            "answer": "there is a new answer",
        }
        return sentences[self.kind]

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {"kind": self.kind, "name": self.name, "before": self.before, "after": self.after}


def changes(before: Ingredients, after: Ingredients) -> list[Change]:
    """What differs, most telling first; empty if the fingerprints are equal."""
    found: list[Change] = []
    if before.operator != after.operator:
        return [Change("operator", "", before.operator, after.operator)]
    found += _setting_changes(before.settings, after.settings)
    found += [
        Change("input", port, before.inputs.get(port), after.inputs.get(port))
        for port in sorted({*before.inputs, *after.inputs})
        if before.inputs.get(port) != after.inputs.get(port)
    ]
    if before.identity != after.identity:
        found.append(Change("data", "", before.identity, after.identity))
    if before.code != after.code:
        found.append(Change("code", "", before.code, after.code))
    if before.answers != after.answers:
        found.append(Change("answer", "", before.answers, after.answers))
    return found


@dataclass(frozen=True, slots=True)
class Explanation:
    """Answer of ``netloom why``: the state of a node in the plan and every reason for it."""

    node: NodeId
    state: str
    why: str
    changes: tuple[Change, ...] = ()
    last_run: str | None = None
    ingredients: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.node}: {self.state}: {self.why}"

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "node": self.node,
            "state": self.state,
            "why": self.why,
            "changes": [change.to_json() for change in self.changes],
            "last_run": self.last_run,
            "ingredients": self.ingredients,
        }


def _setting_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> list[Change]:
    found: list[Change] = []
    if prefix and "type" in before and "type" in after and before["type"] != after["type"]:
        # Another thing stands there now: that its fields differ goes without saying.
        return [Change("setting", f"{prefix}type", before["type"], after["type"])]
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += _setting_changes(old, new, f"{prefix}{name}.")
        elif old != new:
            found.append(Change("setting", prefix + name, old, new))
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
