"""The palette: operators as the canvas needs them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netloom.core.settings import Settings
from netloom.graph.catalogue import Catalogue, place_of_operator
from netloom.graph.operator import Operator
from netloom.graph.types import is_assignable, type_name
from netloom.server.schemas import operators as schemas
from netloom.server.schemas.diagnostics import diagnostics
from netloom.server.settings_form import settings_form
from netloom.server.translation import Texts, texts_in
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.table import Table

_SHOWN_AS_TABLES = (Table, FeatureMap)


def palette(catalogue: Catalogue, language: str) -> schemas.OperatorList:
    """All operators, in palette order."""
    texts = texts_in(language)
    return schemas.OperatorList(
        language=language,
        operators=[schemas.OperatorSummary(**_summary(operator, texts)) for operator in catalogue],
        problems=diagnostics(catalogue.problems),
    )


def description(operator: Operator[Any, Any], language: str) -> schemas.Operator:
    """One operator with its form."""
    place = place_of_operator(operator)
    texts = texts_in(language)
    return schemas.Operator(
        **_summary(operator, texts),
        help=_help(operator, texts),
        settings=settings_form(
            operator.settings_type,
            operator=operator.id,
            language=language,
            is_built_in=_is_built_in(operator),
        ),
        needs=_default_needs(operator),
        defined_in=_origin(operator, place.file or ""),
    )


def port_types(catalogue: Catalogue, language: str) -> schemas.PortTypeList:
    """Every port type, with what may be connected to it."""
    produced: dict[str, Any] = {}
    required: dict[str, Any] = {}
    for operator in catalogue:
        produced |= {type_name(port.type): port.type for port in operator.outputs.values()}
        required |= {type_name(port.type): port.type for port in operator.inputs.values()}
    texts = texts_in(language)
    wanted = {**produced, **required}
    return schemas.PortTypeList(
        types=[
            schemas.PortType(
                id=name,
                family=name.partition("[")[0],
                title=texts.type_title(name.partition("[")[0]),
                accepts=sorted(_accepted(wanted[name], produced)),
            )
            for name in sorted(wanted)
        ]
    )


def _accepted(wanted: Any, produced: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, given in produced.items() if is_assignable(given, wanted))


def _summary(operator: Operator[Any, Any], texts: Texts) -> dict[str, Any]:
    title, summary = texts.operators.get(operator.id) or (_title(operator.id), "")
    return {
        "id": operator.id,
        "group": operator.group,
        "group_title": texts.groups.get(operator.group) or _title(operator.group),
        "title": title,
        "summary": summary or operator.summary,
        "is_job": operator.is_job,
        "is_source": operator.is_source,
        "stand_in": operator.stand_in,
        "inputs": [
            schemas.InputPort(
                name=port.name,
                type=type_name(port.type),
                required=port.required,
                many=port.many,
                help=texts.said(port.help),
            )
            for port in operator.inputs.values()
        ],
        "outputs": [
            schemas.OutputPort(
                name=port.name,
                type=type_name(port.type),
                help=texts.said(port.help),
                preview="table" if port.type in _SHOWN_AS_TABLES else None,
            )
            for port in operator.outputs.values()
        ],
    }


def _help(operator: Operator[Any, Any], texts: Texts) -> str:
    """The summary and, below it, what else there is to say."""
    _, summary = texts.operators.get(operator.id) or ("", operator.summary)
    more = operator.sections.get("", "").partition("\n")[2].strip()
    return f"{summary}\n\n{texts.said(more)}" if more else summary


def _default_needs(operator: Operator[Any, Any]) -> dict[str, Any] | None:
    if operator.needs is None:
        return None
    if not callable(operator.needs):
        return operator.needs.model_dump(mode="json")
    settings: type[Settings] = operator.settings_type
    if any(field.is_required() for field in settings.model_fields.values()):
        return None
    return operator.needs_for(settings()).model_dump(mode="json")


def _origin(operator: Operator[Any, Any], file: str) -> str:
    named_by_file = file and not _is_built_in(operator)
    return Path(file).name if named_by_file else operator.function.__module__


def _is_built_in(operator: Operator[Any, Any]) -> bool:
    return operator.function.__module__.startswith("netloom.")


def _title(identifier: str) -> str:
    words = identifier.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]
