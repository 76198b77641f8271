"""Keys of a node that its operator or component does not have, or has as something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.identifiers import NodeId
from netloom.graph.graph import Node


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What can be written at a node.

    Attributes:
        subject: Operator or component, as diagnostics name it.
    """

    subject: str
    inputs: Collection[str]
    settings: Collection[str]


def key_problems(node: Node, known: KnownKeys, *, node_id: NodeId) -> Iterator[Diagnostic]:
    """One G102 for each key that is unknown, a value for an input, or a connection to a setting."""
    for name in node.settings:
        place = Place(node=node_id, setting=name)
        if name in known.inputs:
            yield Diagnostic(
                code="G102",
                message=f"{name!r} of {known.subject} is an input, not a setting",
                place=Place(node=node_id, port=name),
                fix="Connect the output of another node to it",
            )
        elif name not in known.settings:
            yield _unknown(known, name, place)
    for name in node.inputs:
        place = Place(node=node_id, port=name)
        if name in known.inputs:
            continue
        if name in known.settings:
            yield Diagnostic(
                code="G102",
                message=f"{name!r} of {known.subject} is a setting, not an input",
                place=place,
                fix="Write its value; outputs of nodes cannot be settings",
            )
        else:
            yield _unknown(known, name, place)


def _unknown(known: KnownKeys, name: str, place: Place) -> Diagnostic:
    names = [*known.inputs, *known.settings]
    return Diagnostic(
        code="G102",
        message=f"{known.subject} has no input or setting {name!r}",
        place=place,
        expected=", ".join(names) or "no inputs and no settings",
        got=name,
        fix=did_you_mean(name, names) or "Remove it",
    )
