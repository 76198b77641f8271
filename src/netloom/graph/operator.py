"""Operators: typed functions that can be nodes.

One signature says everything. Positional parameters are input ports, keyword-only parameters are
settings, a parameter annotated ``RunContext`` is handed in by the run, the return annotation gives the
output ports (a NamedTuple gives several), and the docstring is the help text.
"""

from __future__ import annotations

import inspect
import re
import typing
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, Protocol, TypeVar

from pydantic import create_model

from netloom.core.identifiers import OPERATOR_ID_PATTERN, OperatorId, PortName
from netloom.core.settings import NonNegativeFloat, NonNegativeInt, PositiveInt, Settings
from netloom.graph.docstrings import argument_help, docstring_sections
from netloom.graph.operator_signature import check_signature
from netloom.graph.types import element_type, named_tuple_fields, without_deferral, without_none

if TYPE_CHECKING:
    from netloom.graph.prospect import Foresee

P = ParamSpec("P")
R = TypeVar("R")

RESERVED_KEYS = frozenset({"op", "needs", "retries", "timeout_s", "note", "reuse", "bypass"})
"""Keys of a node in a pipeline file that are not ports or settings."""


class Needs(Settings):
    """What a job must be granted before it starts.

    Attributes:
        cpus: CPU cores (fractions allowed; 0 for work that is over in milliseconds). The worker's
            thread count is the larger of 1 and this, rounded down.
        gpus: Number of GPUs, or the smallest and largest number that make sense.
        gpu: Whether a GPU is refused, preferred (falls back to CPU) or required.
        memory_mb: Main memory the job may use; None leaves it to the workspace's limit.
        gpu_memory_mb: Memory per GPU to reserve; None reserves the whole card.
        keep_worker: Run in a worker process that serves further jobs afterwards: starts in a few
            milliseconds, but what one job leaves behind in the process the next one finds.
    """

    cpus: NonNegativeFloat = 1.0
    gpus: NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt] = 0
    gpu: Literal["never", "preferred", "required"] = "never"
    memory_mb: PositiveInt | None = None
    gpu_memory_mb: PositiveInt | None = None
    keep_worker: bool = False


@dataclass(frozen=True, slots=True)
class InputPort:
    """A positional parameter.

    Attributes:
        type: Annotation of one incoming value (the element type if ``many``).
        required: False if the parameter has a default or may be None.
        takes_none: None is a value of it, so an output that may be None fits.
        many: True for ``list[X]``: any number of edges, in order.
    """

    name: PortName
    type: Any
    required: bool
    many: bool
    help: str
    takes_none: bool = False


@dataclass(frozen=True, slots=True)
class OutputPort:
    """One value an operator returns."""

    name: PortName
    type: Any
    help: str


InferRole = Literal["request", "pass", "model", "stage", "drop"]
"""What a node is when a picture is predicted; see :mod:`netloom.graph.inference`."""
PortRole = Literal["request", "label", "model"]


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """What a recorded call may say besides ports and settings; see :class:`netloom.graph.graph.Node`."""

    id: str | None = None
    needs: Mapping[str, Any] | None = None
    retries: int = 0
    timeout_s: float | None = None
    note: str = ""
    reuse: str | None = None
    bypass: bool = False


class Recorder(Protocol):
    """Receives operator calls made inside ``with Pipeline(...)``."""

    def record(
        self,
        operator: Operator[Any, Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: NodeOptions,
    ) -> Any:
        """Add a node for this call and return handles for its outputs."""


active_recorder: ContextVar[Recorder | None] = ContextVar("active_recorder", default=None)


@dataclass(eq=False)
class Operator(Generic[P, R]):
    """A function with the contract that lets a graph use it. Calling it runs or records the function.

    Attributes:
        function: The plain Python function.
        id: Name in files and palettes, e.g. ``data.split``.
        group: Palette group.
        needs: Resources if the operator is a job (a value, or a function of the settings); None if
            it is inline: cheap, pure and only describing.
        version: Raised by the author when results change although the source text does not show it.
        identity: For sources, and for descriptions that refer to files: identity of the content outside
            the graph, from the settings (and ``project``, the project folder). It enters the
            fingerprint. None from it means volatile: always run. Must be quick.
        preload: Heavy modules worth importing once in the fork-server rather than in each job.
        infer: What the node is at request time; None lets its ports decide (:attr:`infer_role`).
        stand_in: Id of the operator that takes this one's place in nodes that use a trained model
            (:mod:`netloom.graph.stand_ins`); None if there is nothing trained in it.
        foresee: What is known of the outputs before it runs, from the settings and what is known of the
            inputs (:mod:`netloom.graph.prospect`); None if nothing is.
        roles: Which inputs bring the request, labels or a trained model then. Where some are named,
            the others bring nothing.
    """

    function: Callable[P, R]
    id: OperatorId
    group: str
    needs: Needs | Callable[[Settings], Needs] | None = None
    version: int = 1
    identity: Callable[..., str | None] | None = None
    preload: tuple[str, ...] = ()
    infer: InferRole | None = None
    roles: Mapping[str, PortRole] = field(default_factory=dict)
    stand_in: OperatorId | None = None
    foresee: Foresee | None = None

    def __post_init__(self) -> None:
        update_wrapper(self, self.function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        recorder = active_recorder.get()
        if recorder is None:
            return self._called(*args, **kwargs)
        return typing.cast("R", recorder.record(self, args, dict(kwargs), NodeOptions()))

    def _called(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.context_name is not None and self.context_name not in kwargs:
            raise TypeError(
                f"operator {self.id} needs a run: call it inside `with Pipeline(…):`, or pass "
                f"{self.context_name}=RunContext.in_process(folder) to try it alone"
            )
        return self.function(*args, **kwargs)

    def node(
        self,
        id: str | None = None,
        *,
        needs: Mapping[str, Any] | None = None,
        retries: int = 0,
        timeout_s: float | None = None,
        note: str = "",
        reuse: str | None = None,
        bypass: bool = False,
    ) -> Callable[P, R]:
        """This operator with a node id and other node keys, to be called inside ``with Pipeline``.

        ``fit = train.node("fit", retries=2)(model, parts, epochs=5)``
        """
        options = NodeOptions(id, needs, retries, timeout_s, note, reuse, bypass)

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            recorder = active_recorder.get()
            if recorder is None:
                return self._called(*args, **kwargs)
            return typing.cast("R", recorder.record(self, args, dict(kwargs), options))

        return call

    def __repr__(self) -> str:
        return f"<operator {self.id}>"

    @property
    def is_job(self) -> bool:
        """Whether a run must schedule this operator."""
        return self.needs is not None

    @property
    def is_source(self) -> bool:
        """Whether this operator brings data in from outside."""
        return self.identity is not None and self.is_job

    @property
    def looks_outside(self) -> bool:
        """Whether the result depends on content outside the graph."""
        return self.identity is not None

    @cached_property
    def infer_role(self) -> InferRole:
        """What the node is at request time.

        Unless its author says so: a job without inputs stands for the request; with an output of the kind
        of an input it hands that input on (its work is done by then, or is part of the model); else it has
        no part in it.
        """
        if self.infer is not None:
            return self.infer
        if not self.inputs:
            return "request" if self.is_job else "drop"
        taken = {typing.get_origin(port.type) or port.type for port in self.inputs.values()}
        given = {typing.get_origin(port.type) or port.type for port in self.outputs.values()}
        return "pass" if taken & given - {Any} else "drop"

    def needs_for(self, settings: Settings) -> Needs:
        """Resources for these settings; inline operators need none."""
        if self.needs is None:
            return Needs(cpus=0)
        return self.needs(settings) if callable(self.needs) else self.needs

    @cached_property
    def inputs(self) -> dict[PortName, InputPort]:
        """Input ports in the order of the signature."""
        ports = {}
        for parameter in self._parameters:
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY or self._is_injected(parameter):
                continue
            inner, optional = without_none(self._hints.get(parameter.name, Any))
            element, many = element_type(inner)
            name = PortName(parameter.name)
            has_default = parameter.default is not inspect.Parameter.empty
            ports[name] = InputPort(
                name=name,
                type=element,
                required=not (has_default or optional),
                many=many,
                help=self.argument_help.get(name, ""),
                takes_none=optional,
            )
        return ports

    @cached_property
    def outputs(self) -> dict[PortName, OutputPort]:
        """Output ports; empty for a function annotated ``-> None``."""
        returned = without_deferral(self._hints.get("return", Any))
        if returned is type(None):
            return {}
        fields = named_tuple_fields(returned)
        if fields is None:
            name = PortName("out")
            return {name: OutputPort(name, returned, self.sections.get("Returns", ""))}
        described = inspect.getdoc(typing.get_origin(returned) or returned) or ""
        help_of = argument_help(docstring_sections(described).get("Attributes", ""))
        return {
            PortName(name): OutputPort(PortName(name), annotation, help_of.get(name, ""))
            for name, annotation in fields.items()
        }

    @cached_property
    def settings_type(self) -> type[Settings]:
        """A frozen pydantic model with one field per keyword-only parameter."""
        fields: dict[str, Any] = {}
        for parameter in self._setting_parameters:
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[parameter.name] = (self._hints.get(parameter.name, Any), default)
        name = "".join(part.title() for part in re.split(r"[._]", self.id)) + "Settings"
        with warnings.catch_warnings():
            # Pydantic warns of settings called like its old methods, such as copy, json or schema.
            warnings.filterwarnings("ignore", category=UserWarning, module="pydantic")
            warnings.filterwarnings("ignore", message=".*(shadows an|protected namespace)")
            model: type[Settings] = create_model(name, __base__=Settings, **fields)
        for setting, info in model.model_fields.items():
            info.description = info.description or self.argument_help.get(setting) or None
        model.model_rebuild(force=True)
        return model

    @cached_property
    def setting_names(self) -> tuple[str, ...]:
        """Names of the settings in the order of the signature (without building the model)."""
        return tuple(parameter.name for parameter in self._setting_parameters)

    @cached_property
    def context_name(self) -> str | None:
        """Name of the parameter that receives the run context, if there is one."""
        for parameter in self._parameters:
            if self._is_injected(parameter):
                return parameter.name
        return None

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def sections(self) -> dict[str, str]:
        """Sections of the Google-style docstring by title (``Args``, ``Returns``, ``Raises`` …)."""
        return docstring_sections(inspect.getdoc(self.function) or "")

    @cached_property
    def argument_help(self) -> dict[str, str]:
        """Help text of each parameter from the ``Args`` section."""
        return argument_help(self.sections.get("Args", ""))

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    @property
    def _parameters(self) -> list[inspect.Parameter]:
        return list(self._signature.parameters.values())

    @property
    def _setting_parameters(self) -> list[inspect.Parameter]:
        return [
            parameter
            for parameter in self._parameters
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not self._is_injected(parameter)
        ]

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return typing.get_type_hints(self.function, include_extras=True)

    def _is_injected(self, parameter: inspect.Parameter) -> bool:
        annotation = self._hints.get(parameter.name)
        return isinstance(annotation, type) and getattr(annotation, "__injected__", False)


def operator(
    *,
    group: str,
    id: str | None = None,
    job: Needs | Callable[[Settings], Needs] | bool = False,
    version: int = 1,
    identity: Callable[..., str | None] | None = None,
    preload: tuple[str, ...] = (),
    infer: InferRole | None = None,
    roles: Mapping[str, PortRole] | None = None,
    stand_in: str | None = None,
    foresee: Foresee | None = None,
) -> Callable[[Callable[P, R]], Operator[P, R]]:
    """Make a function an operator. See :class:`Operator` for the meaning of each argument.

    Args:
        group: Palette group, and the default prefix of the id.
        id: Id if it should not be ``<group>.<function name>``.
        job: False for inline operators; True or a :class:`Needs` for jobs.

    Raises:
        TypeError: The signature cannot be an operator's: ``*args``, ``**kwargs``, a parameter without
            annotation, a reserved name; or its id is no id.
    """

    def decorate(function: Callable[P, R]) -> Operator[P, R]:
        check_signature(function, reserved=RESERVED_KEYS, roles=roles or {})
        name = id or f"{group}.{function.__name__}"
        if not OPERATOR_ID_PATTERN.match(name):
            raise TypeError(
                f"operator {function.__module__}.{function.__qualname__}: {name!r} cannot be an id; "
                "it takes letters, digits and underscores, with points in between"
            )
        return Operator(
            function=function,
            id=OperatorId(name),
            group=group,
            needs=Needs() if job is True else (job or None),
            version=version,
            identity=identity,
            preload=preload,
            infer=infer,
            roles=dict(roles or {}),
            stand_in=OperatorId(stand_in) if stand_in else None,
            foresee=foresee,
        )

    return decorate
