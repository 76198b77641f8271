"""A use of a component that is bypassed: it stays one node, of which only the ports matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netloom.core.identifiers import PortName


@dataclass(frozen=True, slots=True)
class OutputOrigin:
    """What gives an output of a component its type.

    Attributes:
        operator: The operator inside whose output it is, and ``port`` which one of them.
        input_type: Name of the type of the input that is handed through; None if it is none.
    """

    operator: str = ""
    port: PortName | None = None
    input_type: str | None = None


@dataclass(frozen=True, slots=True)
class BypassedUse:
    """A use of a component that stands aside, as a node with ports.

    Attributes:
        inputs: Names of the inputs, in the order of the component.
    """

    inputs: tuple[PortName, ...] = ()
    outputs: Mapping[PortName, OutputOrigin] = field(default_factory=dict)
