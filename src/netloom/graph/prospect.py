"""What an operator is told when it is asked what is known of its outputs before it runs.

An operator may have a function (:attr:`netloom.graph.operator.Operator.foresee`) that says what follows for
its outputs from its settings and from what is known of its inputs: which columns a table will have, for
example. The graph passes what is told on from node to node (:mod:`netloom.graph.foresight`) and does not
look into it.
Not knowing is always an answer, and nothing is ever concluded from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import PortName
from netloom.core.locations import Resolve


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an operator is told when it is asked about its outputs.

    Attributes:
        settings: Complete and valid.
        inputs: What is known of each connection of a port, in order; None where nothing is.
        project: Folder that relative paths start from.
        resolve: Finds artifacts that settings name.
        looks_outside: Whether data outside of the graph may be looked at, on behalf of who asks.
        problems: What was blamed so far.
    """

    settings: Any
    inputs: Mapping[PortName, tuple[Any, ...]]
    project: Path
    resolve: Resolve
    looks_outside: bool = True
    problems: list[Diagnostic] = field(default_factory=list)

    def known(self, port: str, kind: type[Any]) -> Any:
        """What is known of the only connection of a port; None if nothing is, or something else."""
        found = self.inputs.get(PortName(port), ())
        return found[0] if len(found) == 1 and isinstance(found[0], kind) else None

    def all_known(self, port: str, kind: type[Any]) -> list[Any]:
        """The same of each connection of a port that takes several."""
        found = self.inputs.get(PortName(port), ())
        return [value if isinstance(value, kind) else None for value in found]

    def blame(self, problems: Iterable[Diagnostic], *, setting: str = "", port: str = "") -> None:
        """Tell what will go wrong.

        Args:
            setting: Dotted path of the setting at fault, or
            port: the input at fault, for problems that name neither themselves.
        """
        for problem in problems:
            place = problem.place
            if not (place.setting or place.port):
                place = replace(place, setting=setting or None, port=port or None)
            self.problems.append(replace(problem, place=place))


Foresee = Callable[[Prospect], Mapping[str, Any]]
"""From what is known before a run to what will be known of outputs, by port. It is pure and quick. What is
wrong is blamed (:meth:`Prospect.blame`), or raised as a NetloomError if nothing can be said then."""
