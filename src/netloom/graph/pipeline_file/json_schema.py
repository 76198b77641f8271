"""JSON Schema of pipeline files, for completion, hover text and checks while typing.

The schema knows the operators of one catalogue. It is a little more lenient than Netloom itself, because an
editor sees one file while Netloom sees all layers: a node may leave out its ``op`` (a lower layer has it),
no setting is required, and any value may be a text with ``${…}``.
"""

from __future__ import annotations

import re
from typing import Any

from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import InputPort, Needs, Operator
from netloom.graph.pipeline_file.document import FORMAT
from netloom.graph.pipeline_file.document_shape import COMPONENT_KEYS, TOP_LEVEL_KEYS
from netloom.graph.pipeline_file.provenance import JSON
from netloom.graph.types import type_name

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ID = "^[A-Za-z_][A-Za-z0-9_]*$"
_REF = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$"
_VALUE_WITH_REFERENCE: dict[str, JSON] = {"type": "string", "pattern": r"\$\{"}
_ANNOTATIONS = ("title", "description", "default", "examples", "deprecated")


def pipeline_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The JSON Schema (2020-12) of pipeline files that use the operators of a catalogue."""
    definitions: dict[str, Any] = {
        "reference": {"type": "string", "pattern": _REF},
        "needs": _definition_of_needs(),
        "nodes": _mapping_of("#/$defs/node", "node ids and what each node is"),
        "components": _mapping_of("#/$defs/component", TOP_LEVEL_KEYS["components"]),
        "component": _component_schema(),
        "node": _node_schema(catalogue),
    }
    for operator in catalogue:
        definitions[f"op:{operator.id}"] = _operator_schema(operator, definitions)
    properties: dict[str, Any] = {
        "netloom": {"const": FORMAT},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "extends": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        "vars": {"type": ["object", "null"]},
        "nodes": {"$ref": "#/$defs/nodes"},
        "components": {"$ref": "#/$defs/components"},
        "layout": {"type": ["object", "null"]},
    }
    for key, help in TOP_LEVEL_KEYS.items():
        properties[key] = {"description": help, **properties[key]}
    return {
        "$schema": DIALECT,
        "title": "Netloom pipeline",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _node_schema(catalogue: Catalogue) -> dict[str, Any]:
    operators = [
        {"const": str(operator.id), "description": operator.summary} for operator in catalogue
    ]
    component = {"type": "string", "pattern": _ID, "description": "a component of this file"}
    choices = [
        {
            "if": {"properties": {"op": {"const": str(operator.id)}}, "required": ["op"]},
            "then": {"$ref": f"#/$defs/op:{operator.id}"},
        }
        for operator in catalogue
    ]
    return {
        "type": "object",
        "properties": {
            "op": {
                "description": "what the node is: an operator or a component",
                "anyOf": [*operators, component],
            },
            **_reserved_properties(),
        },
        "allOf": choices,
    }


def _operator_schema(operator: Operator[Any, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    prefix = f"{operator.id}."
    settings = operator.settings_type.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    for name, definition in settings.get("$defs", {}).items():
        definitions[prefix + name] = _lenient(definition)
    ports = {str(name): _port_schema(port) for name, port in operator.inputs.items()}
    values = {
        name: _or_reference(_with_help(schema, operator.argument_help.get(name)))
        for name, schema in settings.get("properties", {}).items()
    }
    return {
        "title": str(operator.id),
        "description": _paragraphs(operator),
        "properties": {
            "op": True,
            **ports,
            **values,
            **dict.fromkeys(_reserved_properties(), True),
        },
        "additionalProperties": False,
    }


def _port_schema(port: InputPort) -> dict[str, Any]:
    kind = f"{type_name(port.type)} from another node" + (", or several" if port.many else "")
    reference = {"$ref": "#/$defs/reference"}
    accepted: list[dict[str, Any]] = [reference, {"type": "null"}]
    if port.many:
        accepted.append({"type": "array", "items": reference})
    description = f"Input: {kind}." + (f" {port.help}" if port.help else "")
    return {"description": description, "anyOf": accepted}


def _reserved_properties() -> dict[str, Any]:
    return {
        "needs": {
            "description": "resources of the job, over the operator's own",
            "$ref": "#/$defs/needs",
        },
        "retries": {
            "description": "how often a failed job is tried again",
            "type": "integer",
            "minimum": 0,
        },
        "timeout_s": {
            "description": "seconds after which one attempt is ended",
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
        },
        "note": {"description": "a remark for people", "type": "string"},
        "reuse": {
            "description": "a trained model to use instead of training: a registered model (NAME@VERSION "
            "or its id), an output of a run (RUN:NODE.PORT), or a folder",
            "type": ["string", "null"],
        },
        "bypass": {
            "description": "do not run the node: what goes into it goes on to what comes after it",
            "type": "boolean",
        },
    }


def _component_schema() -> dict[str, Any]:
    properties: dict[str, Any] = {
        "description": {"type": "string"},
        "inputs": {"type": "object", "additionalProperties": {"type": "string"}},
        "settings": {"type": "object"},
        "nodes": {"$ref": "#/$defs/nodes"},
        "outputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/reference"}},
        "components": {"$ref": "#/$defs/components"},
        "file": {"type": "string"},
    }
    for key, help in COMPONENT_KEYS.items():
        properties[key] = {"description": help, **properties[key]}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _mapping_of(definition: str, description: str) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["object", "null"],
        "propertyNames": {"pattern": _ID},
        "additionalProperties": {"$ref": definition},
    }


def _definition_of_needs() -> dict[str, Any]:
    schema = Needs.model_json_schema()
    schema.pop("description", None)
    return schema


def _with_help(schema: dict[str, Any], help: str | None) -> dict[str, Any]:
    return {**schema, "description": help} if help and "description" not in schema else schema


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that also accepts ``"${…}"``; what editors show stays on the outside."""
    shown = {key: schema[key] for key in _ANNOTATIONS if key in schema}
    rest = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    return {**shown, "anyOf": [_lenient(rest), _VALUE_WITH_REFERENCE]}


def _lenient(schema: Any) -> Any:
    """The schema with every value inside it open to ``"${…}"``."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if "properties" in result:
        result["properties"] = {
            name: _or_reference(inner) for name, inner in result["properties"].items()
        }
        # What is missing in one file may be in a lower layer; the discriminator of a union is needed.
        result["required"] = [
            name for name in result.get("required", []) if "const" in schema["properties"][name]
        ]
    for key in ("items", "additionalProperties"):
        if isinstance(result.get(key), dict):
            result[key] = _or_reference(result[key])
    if "prefixItems" in result:
        result["prefixItems"] = [_or_reference(inner) for inner in result["prefixItems"]]
    # "type: ${vars.kind}" fits every member of a union, so exactly-one would refuse it.
    members = [*result.pop("oneOf", []), *result.pop("anyOf", [])]
    if members:
        result["anyOf"] = [_lenient(member) for member in members]
    result.pop("discriminator", None)
    return result


def _paragraphs(operator: Operator[Any, Any]) -> str:
    text = operator.sections.get("", operator.summary)
    return re.sub(r"``([^`]+)``", r"`\1`", text)
