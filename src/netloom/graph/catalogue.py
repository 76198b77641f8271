"""The catalogue: an explicit mapping from operator ids to operators, and from types to codecs.

Nothing registers itself. Whoever needs a catalogue builds one from modules, entry points and the
project folder; a name that occurs twice is an error that names both places.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from netloom.core.codecs import Codec
from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidInput, NotFound
from netloom.core.identifiers import OperatorId
from netloom.core.values import File, FileCodec, JsonCodec
from netloom.graph.operator import InputPort, Operator, OutputPort

ENTRY_POINT_GROUP = "netloom.operators"
"""Installed packages announce modules of operators under this entry-point group."""

PROJECT_OPERATORS = "operators"
"""Folder of a project whose Python files may define operators."""

CodecTable = Mapping[type, Codec[Any]]


class Catalogue:
    """Operators by id and codecs by type. Immutable; ``with_…`` methods return a larger one."""

    def __init__(
        self,
        operators: Iterable[Operator[Any, Any]] = (),
        *,
        codecs: CodecTable | None = None,
        problems: tuple[Diagnostic, ...] = (),
    ) -> None:
        by_id: dict[OperatorId, Operator[Any, Any]] = {}
        for operator in operators:
            known = by_id.get(operator.id)
            if known is not None and known is not operator:
                raise InvalidInput(_duplicate(known, operator))
            by_id[operator.id] = operator
        self.operators: Mapping[OperatorId, Operator[Any, Any]] = MappingProxyType(by_id)
        self.codecs: CodecTable = MappingProxyType({File: FileCodec(), **(codecs or {})})
        self.problems = problems
        """What could not be loaded; validation reports it."""

    def __iter__(self) -> Iterator[Operator[Any, Any]]:
        return iter(self.operators.values())

    def __len__(self) -> int:
        return len(self.operators)

    def get(self, operator: str) -> Operator[Any, Any] | None:
        """The operator of this id, or None."""
        return self.operators.get(OperatorId(operator))

    def operator(self, operator: str) -> Operator[Any, Any]:
        """The operator of this id.

        Raises:
            NotFound: There is none; the diagnostic suggests close names.
        """
        found = self.get(operator)
        if found is None:
            raise NotFound.of(
                f"there is no operator {operator!r}",
                code="G101",
                fix=did_you_mean(operator, self.operators) or "`netloom operators` lists them all",
            )
        return found

    def codec_for_value(self, value: object, annotation: Any = None) -> Codec[Any]:
        """The codec of the nearest registered class of ``value``; JSON if there is none."""
        for ancestor in type(value).__mro__:
            if ancestor in self.codecs:
                return self.codecs[ancestor]
        return _JSON

    def codec_for_media_type(self, media_type: str) -> Codec[Any]:
        """The codec that wrote an artifact.

        Raises:
            NotFound: No loaded package knows this media type.
        """
        for codec in (*self.codecs.values(), _JSON):
            if codec.media_type == media_type:
                return codec
        raise NotFound.of(
            f"nothing here can read artifacts of type {media_type}",
            code="W405",
            fix="Install the package that made them",
        )

    def port_type(self, name: str) -> Any:
        """The class with this name among all port types, e.g. ``Dataset``; None if unknown."""
        if name == "anything":
            return Any
        for operator in self:
            ports: list[InputPort | OutputPort] = [*operator.inputs.values()]
            for port in [*ports, *operator.outputs.values()]:
                origin = getattr(port.type, "__origin__", port.type)
                if getattr(origin, "__name__", None) == name:
                    return origin
        return None

    def with_operators(self, operators: Iterable[Operator[Any, Any]]) -> Catalogue:
        """This catalogue and further operators."""
        return Catalogue(
            (*self.operators.values(), *operators), codecs=self.codecs, problems=self.problems
        )

    def with_module(self, module: ModuleType) -> Catalogue:
        """This catalogue and what a module defines: its operators, and codecs in ``CODECS``."""
        codecs: CodecTable = getattr(module, "CODECS", {})
        return Catalogue(
            (*self.operators.values(), *operators_in(module)),
            codecs={**self.codecs, **codecs},
            problems=self.problems,
        )

    def with_problem(self, problem: Diagnostic) -> Catalogue:
        """This catalogue with one more thing that could not be loaded."""
        return Catalogue(
            self.operators.values(), codecs=self.codecs, problems=(*self.problems, problem)
        )


def operators_in(module: ModuleType) -> list[Operator[Any, Any]]:
    """Operators a module defines itself; imported ones belong to where they come from."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, Operator) and value.function.__module__ == module.__name__
    ]


def place_of_operator(operator: Operator[Any, Any]) -> Place:
    """File and line where an operator is defined."""
    code = inspect.unwrap(operator.function).__code__
    return Place(file=code.co_filename, line=code.co_firstlineno)


def _duplicate(known: Operator[Any, Any], other: Operator[Any, Any]) -> Diagnostic:
    first, second = place_of_operator(known), place_of_operator(other)
    return Diagnostic(
        code="G120",
        message=f"two operators are called {other.id!r}: {first} and {second}",
        place=second,
        fix="Give one of them another name with @operator(id=…)",
    )


def project_operator_files(project: Path) -> list[Path]:
    """Python files of a project that may define operators, in a stable order."""
    folder = project / PROJECT_OPERATORS
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


_JSON = JsonCodec()
