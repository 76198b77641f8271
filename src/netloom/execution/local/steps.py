"""Steps: calling the operators of a job with their inputs and settings, and keeping what they return."""

from __future__ import annotations

import inspect
import shutil
import traceback
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from netloom.core.artifacts import ArtifactStore
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput, NetloomError
from netloom.core.files import storage_errors
from netloom.core.identifiers import ArtifactId, NodeId, PortName
from netloom.core.settings import Settings
from netloom.execution.context import RunContext
from netloom.execution.events import Output
from netloom.execution.jobs import ArtifactInput, InputSource, Step, Waiting
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import Operator
from netloom.graph.types import type_name, without_none

Values = dict[PortName, Any]


@dataclass
class StepRunner:
    """Runs the steps of one job in order.

    Attributes:
        results: Outputs of the steps done so far, by step number.
    """

    catalogue: Catalogue
    artifacts: ArtifactStore
    context: RunContext
    results: list[Values] = field(default_factory=list)
    _loaded: dict[ArtifactId, Any] = field(default_factory=dict)

    def run(self, steps: Sequence[Step]) -> Values | Waiting:
        """Run all steps; the outputs of the last, or its request to a person.

        Raises:
            NetloomError: An input cannot be read, settings do not validate, or an operator returned
                something else than it declares.
        """
        for number, step in enumerate(steps):
            operator = self.catalogue.operator(step.operator)
            self.context.node = step.node
            returned = call_operator(
                operator, self._inputs(step), step.settings, context=self.context, node=step.node
            )
            if isinstance(returned, Waiting) and number == len(steps) - 1:
                return returned
            self.results.append(outputs_of(operator, returned, node=step.node))
        return self.results[-1]

    def _inputs(self, step: Step) -> Values:
        return {
            port: [self._value(each) for each in source]
            if isinstance(source, list)
            else self._value(source)
            for port, source in step.inputs.items()
        }

    def _value(self, source: InputSource) -> Any:
        if not isinstance(source, ArtifactInput):
            return self.results[source.step][source.port]
        if source.artifact not in self._loaded:
            self._loaded[source.artifact] = load_artifact(
                source.artifact, self.artifacts, self.catalogue
            )
        return self._loaded[source.artifact]


def call_operator(
    operator: Operator[Any, Any],
    inputs: Mapping[PortName, Any],
    settings: Mapping[str, Any],
    *,
    context: RunContext | None = None,
    node: NodeId | None = None,
) -> Any:
    """Call an operator's function with values for its ports and JSON settings.

    An unset optional port without a default gets None, an unset fan-in port an empty list.

    Raises:
        InvalidInput: The settings do not validate; one diagnostic each.
    """
    validated = validated_settings(operator, settings, node=node)
    arguments: dict[str, Any] = {name: getattr(validated, name) for name in operator.setting_names}
    arguments.update({str(port): value for port, value in inputs.items()})
    parameters = inspect.signature(operator.function).parameters
    for name, port in operator.inputs.items():
        if name not in arguments and parameters[name].default is inspect.Parameter.empty:
            arguments[name] = [] if port.many and port.required else None
    if operator.context_name is not None:
        arguments[operator.context_name] = context
    return operator.function(**arguments)


def validated_settings(
    operator: Operator[Any, Any], settings: Mapping[str, Any], *, node: NodeId | None = None
) -> Settings:
    """Settings as the operator's own type.

    Raises:
        InvalidInput: Some do not validate; one diagnostic each.
    """
    try:
        return operator.settings_type.model_validate(dict(settings))
    except ValidationError as error:
        problems = [
            Diagnostic(
                code="G103",
                message=f"{operator.id} cannot use this value: {problem['msg']}",
                place=Place(node=node, setting=".".join(map(str, problem["loc"]))),
                got=repr(problem["input"])[:200],
            )
            for problem in error.errors(include_url=False)
        ]
        raise InvalidInput(*problems) from error


def outputs_of(
    operator: Operator[Any, Any], returned: Any, *, node: NodeId | None = None
) -> Values:
    """What an operator returned, by output port.

    Raises:
        InvalidInput: It is not what the operator declares; one diagnostic for each wrong port.
    """
    declared = operator.outputs
    if not declared:
        if returned is not None:
            raise InvalidInput(_wrong_return(operator, node, None, "nothing (-> None)", returned))
        return {}
    if getattr(returned, "_fields", None) == tuple(declared):
        values = {port: getattr(returned, port) for port in declared}
    elif list(declared) == [PortName("out")]:
        values = {PortName("out"): returned}
    else:
        expected = f"named values {', '.join(declared)}"
        raise InvalidInput(_wrong_return(operator, node, None, expected, returned))
    problems = [
        _wrong_return(operator, node, port, type_name(declared[port].type), value)
        for port, value in values.items()
        if not is_instance_of(value, declared[port].type)
    ]
    if problems:
        raise InvalidInput(*problems)
    return values


def _wrong_return(
    operator: Operator[Any, Any],
    node: NodeId | None,
    port: PortName | None,
    expected: str,
    returned: Any,
) -> Diagnostic:
    what = f"output {port!r}" if port and port != "out" else "its output"
    kind = "nothing (None)" if returned is None else type(returned).__name__
    return Diagnostic(
        code="X206",
        message=f"{operator.id} returned something else than it declares for {what}",
        place=Place(node=node, port=port),
        expected=expected,
        got=kind,
        fix="Return the declared type, or correct the return annotation",
    )


def is_instance_of(value: Any, annotation: Any) -> bool:
    """Whether a value may be an output of this type. Arguments of generics are not looked into."""
    inner, optional = without_none(annotation)
    if inner is Any or inner is object or (optional and value is None):
        return True
    if isinstance(inner, TypeVar):
        return is_instance_of(value, inner.__bound__ or Any)
    origin = get_origin(inner)
    if origin in (Union, types.UnionType):
        return any(is_instance_of(value, member) for member in get_args(inner))
    expected = origin or inner
    if not isinstance(expected, type):
        return True  # Literal, NewType and the like say nothing about the class
    if expected is float and isinstance(value, int):
        return True
    try:
        return isinstance(value, expected)
    except TypeError:
        return True  # a protocol that cannot be checked at run time


def load_artifact(artifact: ArtifactId, artifacts: ArtifactStore, catalogue: Catalogue) -> Any:
    """Read a value back from the store.

    Raises:
        NotFound: There is no such artifact, or nothing that can read it.
        ArtifactDamaged: It is not what was stored.
    """
    stored = artifacts.get(artifact)
    codec = catalogue.codec_for_media_type(stored.manifest.media_type)
    return codec.load(stored.folder, artifact=artifact)


def save_outputs(
    operator: Operator[Any, Any],
    values: Values,
    *,
    catalogue: Catalogue,
    artifacts: ArtifactStore,
    workdir: Path,
) -> dict[PortName, Output]:
    """Keep every output as an artifact.

    Raises:
        NetloomError: A value cannot be kept, or the store cannot be written. Nothing half-written stays.
    """
    saved: dict[PortName, Output] = {}
    for port, value in values.items():
        codec = catalogue.codec_for_value(value, operator.outputs[port].type)
        staged = artifacts.stage()
        try:
            with storage_errors(staged):
                refs = codec.save(value, staged, workdir=workdir)
            stored = artifacts.commit(staged, media_type=codec.media_type, refs=tuple(refs))
        except NetloomError as error:
            raise type(error)(*_at_port(error, port)) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        try:
            preview = codec.preview(stored.folder)
        except Exception:  # noqa: BLE001 - a picture for people must not cost the result
            traceback.print_exc()
            preview = {}
        saved[port] = Output(stored.id, codec.media_type, stored.manifest.size_bytes, preview)
    return saved


def _at_port(error: NetloomError, port: PortName) -> list[Diagnostic]:
    return [
        replace(diagnostic, place=replace(diagnostic.place, port=diagnostic.place.port or port))
        for diagnostic in error.diagnostics
    ]
