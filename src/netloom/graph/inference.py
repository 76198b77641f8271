"""The request-time graph: what is left of a graph when there is one picture to predict, and no labels.

Every node has a role (:attr:`netloom.graph.operator.Operator.infer_role`):

=======  ============================================================================================
request  stands for the picture of the request: sources of data
pass     hands on what it takes: splitting and selecting are over by then, and what is done to pixels
         belongs to the models, which learned it with their data
model    a model looks at pictures. Training gives that model itself; other operators say with the role
         ``model`` of a port where it comes from, and with ``request`` where the pictures come from
stage    the same step as in the graph, with the same settings: crops, filters, routes
drop     has no part in it: evaluation, statistics, descriptions of models
=======  ============================================================================================

The same model on the same pictures is one step, however many nodes train, evaluate and apply it.

Codes:
    G140 pictures of a model do not exist at request time    G142 an unknown node was chosen
    G141 no trained model reaches a node                     G143 no model at all
    G144 a stage works on objects that no model has found
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.core.settings import Settings
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Node
from netloom.graph.operator import Operator, PortRole
from netloom.graph.topology import topological_order
from netloom.graph.validation import CheckedGraph


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model looks at pictures.

    Attributes:
        model: The node whose model it is.
        input: The step that gives the pictures; None for that of the request.
    """

    id: str
    model: NodeId
    input: str | None


@dataclass(frozen=True, slots=True)
class StageUse:
    """A stage works on what a model has said.

    Attributes:
        input: The step whose results it takes.
    """

    id: str
    node: NodeId
    operator: OperatorId
    settings: Settings
    input: str


@dataclass(frozen=True, slots=True)
class RequestGraph:
    """What happens to a picture, in order.

    Attributes:
        handed_on: Nodes that give the model of another node in another form, such as an export.
    """

    steps: tuple[ModelUse | StageUse, ...]
    handed_on: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The models, in order."""
        return tuple(step for step in self.steps if isinstance(step, ModelUse))


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What an edge brings at request time.

    Attributes:
        step: The step that gives the pictures; None for the request itself.
        found: The step that says what is in them, if any did.
    """

    step: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class _Brings:
    """Everything the output of a node stands for at request time."""

    pictures: tuple[_Pictures, ...] = ()
    models: tuple[NodeId, ...] = ()


def request_graph(
    checked: CheckedGraph, catalogue: Catalogue, *, outputs: Collection[str] | None = None
) -> RequestGraph:
    """Derive the request-time graph of a valid graph.

    Args:
        outputs: Steps (nodes) whose predictions are wanted; with them comes what they need. None wants
            every model that no other model was made from.

    Raises:
        InvalidPipeline: There is none. Every reason, with its node and port.
    """
    derivation = _Derivation(checked, catalogue)
    for node in topological_order(checked.flat):
        derivation.visit(checked.flat[node])
    steps = derivation.steps
    if outputs is None:
        wanted = [step.id for step in _last(steps, derivation.made_from)]
        problems = derivation.problems
    else:
        wanted = list(outputs)
        problems = list(_unknown(outputs, steps, derivation.problems))
    if problems:
        raise InvalidPipeline(*problems)
    if not steps:
        raise InvalidPipeline(_no_model())
    return RequestGraph(tuple(_needed(steps, wanted)), derivation.handed_on)


class _Derivation:
    """Follows pictures and models along the edges, node by node."""

    def __init__(self, checked: CheckedGraph, catalogue: Catalogue) -> None:
        self.steps: list[ModelUse | StageUse] = []
        self.problems: list[Diagnostic] = []
        self.made_from: dict[NodeId, set[NodeId]] = {}
        self.handed_on: dict[NodeId, tuple[NodeId, ...]] = {}
        self._checked = checked
        self._catalogue = catalogue
        self._brings: dict[NodeId, _Brings] = {}

    def visit(self, node: Node) -> None:
        """Find out what a node is at request time; those before it were visited."""
        operator = self._catalogue.operator(node.operator)
        match operator.infer_role:
            case "request":
                brings = _Brings(pictures=(_Pictures(),))
            case "pass":
                brings = self._handed_on(node, operator)
            case "model":
                brings = self._model(node, operator)
            case "stage":
                brings = _Brings(pictures=self._stage(node, operator))
            case "drop":
                brings = _Brings()
        self._brings[node.id] = brings

    def _handed_on(self, node: Node, operator: Operator[Any, Any]) -> _Brings:
        every = tuple(operator.inputs)
        models = self._models(node, _ports(operator, "model") or every)
        if "model" in operator.roles.values():
            for model in models:
                self.handed_on[model] = (*self.handed_on.get(model, ()), node.id)
            return _Brings(models=models)
        return _Brings(self._pictures(node, _ports(operator, "request") or every), models)

    def _model(self, node: Node, operator: Operator[Any, Any]) -> _Brings:
        """A node that trains a model, brings one in from outside, or applies the one it is given."""
        from_ports = _ports(operator, "model")
        pictures_ports = _ports(operator, "request")
        if from_ports:
            models = self._models(node, from_ports)
            if not models:
                self.problems.append(_no_trained_model(node, from_ports[0]))
        else:
            models = (node.id,)
            others = self._models(node, operator.inputs)
            self.made_from[node.id] = {
                each for other in others for each in (other, *self.made_from.get(other, ()))
            }
        if not any(port in pictures_ports for port, _ in node.edges()):
            return _Brings(models=models)
        pictures = self._pictures(node, pictures_ports)
        if models and not pictures:
            self.problems.append(self._no_pictures(node, pictures_ports[0]))
        found = tuple(
            _Pictures(each.step, self._use(model, each.step, node.id))
            for model in models
            for each in _distinct(pictures)
        )
        return _Brings(found, () if from_ports else models)

    def _use(self, model: NodeId, pictures: str | None, user: NodeId) -> str:
        """The step in which a model looks at pictures; a new one if it has not yet."""
        for step in self.steps:
            if isinstance(step, ModelUse) and (step.model, step.input) == (model, pictures):
                return step.id
        taken = {step.id for step in self.steps}
        names = (model, user, f"{model}_{pictures or 'request'}", f"{user}_{pictures or 'request'}")
        id = next(name for name in names if name not in taken)
        self.steps.append(ModelUse(id, model, pictures))
        return id

    def _stage(self, node: Node, operator: Operator[Any, Any]) -> tuple[_Pictures, ...]:
        ports = _ports(operator, "request") or tuple(operator.inputs)[:1]
        pictures = self._pictures(node, ports)
        if not any(each.found for each in pictures):
            self.problems.append(_nothing_found(node, ports[0]))
        given: list[_Pictures] = []
        for each in pictures:
            if each.found is None:
                continue
            id = node.id if not given else f"{node.id}_{each.found}"
            settings = self._checked.settings[node.id]
            self.steps.append(StageUse(id, node.id, node.operator, settings, each.found))
            given.append(
                _Pictures(each.step, id) if _keeps_pictures(node.operator) else _Pictures(id)
            )
        return tuple(given)

    def _pictures(self, node: Node, ports: Iterable[str]) -> tuple[_Pictures, ...]:
        found = (each for source in self._sources(node, ports) for each in source.pictures)
        return tuple(dict.fromkeys(found))

    def _models(self, node: Node, ports: Iterable[str]) -> tuple[NodeId, ...]:
        found = (model for source in self._sources(node, ports) for model in source.models)
        return tuple(dict.fromkeys(found))

    def _sources(self, node: Node, ports: Iterable[str]) -> Iterator[_Brings]:
        wanted = set(ports)
        for port, ref in node.edges():
            if port in wanted:
                yield self._brings[ref.node]

    def _no_pictures(self, node: Node, port: str) -> Diagnostic:
        sources = [ref.node for name, ref in node.edges() if name == port]
        return Diagnostic(
            code="G140",
            message="the pictures this node works on do not exist when a picture is predicted",
            place=Place(node=node.id, port=port),
            expected="pictures of a source, or what a stage makes of them",
            got=", ".join(f"{each} ({self._checked.flat[each].operator})" for each in sources),
            fix="Choose other nodes as outputs, or give the operator a part in prediction (`infer`)",
        )


def _keeps_pictures(stage: OperatorId) -> bool:
    """Whether a stage only says less about its pictures, instead of giving others."""
    return stage.rpartition(".")[2] == "filter"


def _ports(operator: Operator[Any, Any], role: PortRole) -> tuple[PortName, ...]:
    return tuple(port for port in operator.inputs if operator.roles.get(port) == role)


def _distinct(pictures: Iterable[_Pictures]) -> Iterator[_Pictures]:
    """One of those with the same pixels, whatever was found in them."""
    return iter({each.step: each for each in pictures}.values())


def _last(
    steps: Sequence[ModelUse | StageUse], made_from: Mapping[NodeId, Collection[NodeId]]
) -> Iterator[ModelUse | StageUse]:
    """Models that nothing comes after, and that did not go into another one for the same pictures."""
    followed = {step.input for step in steps}
    models = [step for step in steps if isinstance(step, ModelUse)]
    for step in models:
        is_superseded = any(
            step.model in made_from.get(other.model, ()) and other.input == step.input
            for other in models
        )
        if step.id not in followed and not is_superseded:
            yield step


def _needed(
    steps: Sequence[ModelUse | StageUse], wanted: Collection[str]
) -> Iterator[ModelUse | StageUse]:
    inputs = {step.id: step.input for step in steps}
    needed: set[str] = set()
    for id in wanted:
        step: str | None = id
        while step is not None:
            needed.add(step)
            step = inputs[step]
    return (step for step in steps if step.id in needed)


def _unknown(
    outputs: Collection[str],
    steps: Sequence[ModelUse | StageUse],
    problems: Sequence[Diagnostic],
) -> Iterator[Diagnostic]:
    """Choices that are no step: because of a problem of that node, or because there is none."""
    models = [step.id for step in steps if isinstance(step, ModelUse)]
    for output in outputs:
        if output in models:
            continue
        own = [problem for problem in problems if problem.place.node == output]
        yield from own or [
            Diagnostic(
                code="G142",
                message=f"no model {output!r} looks at pictures when one is predicted",
                expected=", ".join(models) or "none does",
                got=output,
                fix=did_you_mean(output, models),
            )
        ]


def _no_trained_model(node: Node, port: str) -> Diagnostic:
    return Diagnostic(
        code="G141",
        message="no trained model reaches this node when a picture is predicted",
        place=Place(node=node.id, port=port),
        expected="the model of a node that trains or loads one",
        fix="Connect a trained model",
    )


def _nothing_found(node: Node, port: str) -> Diagnostic:
    return Diagnostic(
        code="G144",
        message="no model has looked at these pictures, so there is nothing to work on when one is predicted",
        place=Place(node=node.id, port=port),
        expected="what stages.apply gives",
        fix="Put stages.apply with a trained model in between",
    )


def _no_model() -> Diagnostic:
    return Diagnostic(
        code="G143",
        message="no model looks at pictures here, so there is nothing to predict with",
        expected="a node that trains a model, or applies one",
        fix="Train a model, or apply a loaded one with predict",
    )
