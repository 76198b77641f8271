"""The palette: operators as the canvas needs them, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from netloom.core.settings import Settings
from netloom.graph.catalogue import Catalogue, place_of_operator
from netloom.graph.operator import Operator
from netloom.graph.types import is_assignable, type_name
from netloom.server.schemas import operators as schemas
from netloom.server.schemas.diagnostics import diagnostics

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "translations"


def language_of(accepted: str) -> str:
    """The best of our languages for an ``Accept-Language`` header; English if none fits."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            ranked.append((-_quality(quality), position, language))
    wanted = [language for quality, _, language in sorted(ranked) if quality < 0]
    return wanted[0] if wanted else "en"


def palette(catalogue: Catalogue, language: str) -> schemas.OperatorList:
    """All operators, in palette order."""
    return schemas.OperatorList(
        language=language,
        operators=[
            schemas.OperatorSummary(**_summary(operator, language)) for operator in catalogue
        ],
        problems=diagnostics(catalogue.problems),
    )


def description(operator: Operator[Any, Any], language: str) -> schemas.Operator:
    """One operator with its form."""
    place = place_of_operator(operator)
    return schemas.Operator(
        **_summary(operator, language),
        help=operator.sections.get("", ""),
        settings=operator.settings_type.model_json_schema(),
        needs=_default_needs(operator),
        defined_in=_origin(operator, place.file or ""),
    )


def port_types(catalogue: Catalogue) -> schemas.PortTypeList:
    """Every port type, with what may be connected to it."""
    produced: dict[str, Any] = {}
    required: dict[str, Any] = {}
    for operator in catalogue:
        produced |= {type_name(port.type): port.type for port in operator.outputs.values()}
        required |= {type_name(port.type): port.type for port in operator.inputs.values()}
    return schemas.PortTypeList(
        types=[
            schemas.PortType(
                id=name,
                family=name.partition("[")[0],
                accepts=sorted(_accepted(required[name], produced)) if name in required else [],
            )
            for name in sorted({*produced, *required})
        ]
    )


def _accepted(wanted: Any, produced: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, given in produced.items() if is_assignable(given, wanted))


def _summary(operator: Operator[Any, Any], language: str) -> dict[str, Any]:
    title, summary = _texts(language)["operators"].get(operator.id) or (
        _title(operator.id),
        operator.summary,
    )
    return {
        "id": operator.id,
        "group": operator.group,
        "group_title": _texts(language)["groups"].get(operator.group) or _title(operator.group),
        "title": title,
        "summary": summary,
        "is_job": operator.is_job,
        "is_source": operator.is_source,
        "inputs": [
            schemas.InputPort(
                name=port.name,
                type=type_name(port.type),
                required=port.required,
                many=port.many,
                help=port.help,
            )
            for port in operator.inputs.values()
        ],
        "outputs": [
            schemas.OutputPort(name=port.name, type=type_name(port.type), help=port.help)
            for port in operator.outputs.values()
        ],
    }


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
    module = operator.function.__module__
    is_built_in = module.startswith("netloom.")
    return module if is_built_in or not file else Path(file).name


def _title(identifier: str) -> str:
    words = identifier.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text else 1.0
    except ValueError:
        return 0.0


@cache
def _texts(language: str) -> dict[str, dict[str, Any]]:
    file = _FOLDER / f"operators.{language}.json"
    if not file.is_file():
        return {"groups": {}, "operators": {}}
    texts: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return texts
