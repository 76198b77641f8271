"""Known contents: the fingerprint of each node, as far as the content of its inputs is known.

Planning and running share this: planning asks it once for everything, a run asks again whenever a job
has finished and more contents are known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData, NetloomError
from netloom.core.identifiers import Fingerprint, NodeId, PortName
from netloom.core.settings import Settings
from netloom.execution.events import Output
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import Ingredients, inline_digest, operator_code_hash
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import Operator
from netloom.graph.validation import CheckedGraph


class KnownContents:
    """What is known about the contents flowing through one checked graph.

    Args:
        checked: A valid graph.
        selected: The nodes this is about; the others are as if they were not there.
        project: Folder that relative data paths of sources start from.
    """

    def __init__(
        self,
        checked: CheckedGraph,
        catalogue: Catalogue,
        *,
        selected: Collection[NodeId],
        project: Path,
    ) -> None:
        self.graph: Graph = checked.flat
        self.settings: dict[NodeId, Mapping[str, Any]] = {
            node: settings.model_dump(mode="json") for node, settings in checked.settings.items()
        }
        self._validated = checked.settings
        self._catalogue = catalogue
        self._project = project
        self._digests: dict[NodeId, dict[PortName, str]] = {}
        self._codes: dict[str, str] = {}
        self._consumed = {ref.node for node in selected for _, ref in self.graph[node].edges()}

    def operator(self, node: NodeId) -> Operator[Any, Any]:
        """The operator of a node."""
        return self._catalogue.operator(self.graph[node].operator)

    def is_scheduled(self, node: NodeId) -> bool:
        """Whether a run starts a job for this node: jobs, and inline nodes nobody consumes."""
        return self.operator(node).is_job or node not in self._consumed

    def code(self, node: NodeId) -> str:
        """Code hash of a node's operator."""
        operator = self.operator(node)
        if operator.id not in self._codes:
            self._codes[operator.id] = operator_code_hash(operator)
        return self._codes[operator.id]

    def identity(self, node: NodeId) -> str | None:
        """Content identity of a source node; None for other nodes and for volatile sources.

        Raises:
            NetloomError: The source cannot be found or read.
        """
        operator = self.operator(node)
        if operator.identity is None:
            return None
        settings: Settings = self._validated[node]
        values = {name: getattr(settings, name) for name in type(settings).model_fields}
        try:
            return operator.identity(**values, project=self._project)
        except NetloomError as error:
            seen = (diagnostic.seen_from(self._project) for diagnostic in error.diagnostics)
            raise type(error)(*seen) from error
        except Exception as error:  # the identity of a user's source is user code
            raise InvalidData.of(
                f"the source {operator.id} cannot be read: {type(error).__name__}: {error}",
                place=Place(node=node),
            ) from error

    def ingredients(
        self,
        node: NodeId,
        *,
        identity: str | None = None,
        answers: Sequence[Mapping[str, Any]] = (),
    ) -> Ingredients | None:
        """Everything the result of a node depends on; None while an input's content is unknown."""
        inputs = self._input_digests(self.graph[node])
        if inputs is None:
            return None
        return Ingredients(
            operator=self.operator(node).id,
            code=self.code(node),
            settings=self.settings[node],
            inputs=inputs,
            identity=identity,
            answers=digest_of_json(list(answers)) if answers else None,
        )

    def settle_outputs(self, node: NodeId, outputs: Mapping[PortName, Output]) -> None:
        """The node's outputs exist: their content is known from now on."""
        self._digests[node] = {port: output.artifact for port, output in outputs.items()}

    def settle_inline(self, node: NodeId, fingerprint: Fingerprint) -> None:
        """The node is inline: its fingerprint stands for the content of its outputs."""
        ports = self.operator(node).outputs
        self._digests[node] = {port: inline_digest(fingerprint, port) for port in ports}

    def is_settled(self, node: NodeId) -> bool:
        """Whether the content of the node's outputs is known."""
        return node in self._digests

    def digest(self, ref: OutputRef) -> str | None:
        """Content digest of an output; None while unknown."""
        ports = self._digests.get(ref.node)
        return None if ports is None else ports[self.port(ref)]

    def port(self, ref: OutputRef) -> PortName:
        """The port a reference means: the named one, or the first."""
        return ref.port or next(iter(self.operator(ref.node).outputs))

    def _input_digests(self, node: Node) -> dict[str, list[str]] | None:
        found: dict[str, list[str]] = {}
        for port, ref in node.edges():
            digest = self.digest(ref)
            if digest is None:
                return None
            found.setdefault(port, []).append(digest)
        return found
