"""The OpenAPI document: written by hand, since what is answered depends on the models that are served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netloom.serving.answer_schemas import Schema
from netloom.serving.served import Served
from netloom.serving.settings import ServingSettings

_CODES = "200: predicted · 400: the request is wrong · 401: the prediction failed"


def document(models: Sequence[Served], settings: ServingSettings, version: str) -> Schema:
    """What this server answers.

    Args:
        models: The first one answers ``/aip`` and ``/v1/predict``.
    """
    paths: dict[str, Any] = {
        **({"/aip": {"post": _aip(models[0], settings)}} if models[0].takes_aip else {}),
        "/v1/predict": {"post": _predict(models[0], settings, "predict")},
        "/v1/models": {"get": _get("models", "The models that are served.", _ref("Models"))},
        **{
            f"/v1/models/{model.name}/predict": {
                "post": _predict(model, settings, f"predict_{_identifier(model.name)}")
            }
            for model in models
        },
        "/healthz": {"get": _get("health", "200 while the process lives.", _ref("State"))},
        "/readyz": {"get": _readiness()},
        "/metrics": {"get": _metrics()},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Netloom serving",
            "version": version,
            "description": "Predictions of trained models. Problems are problem documents (RFC 9457).",
        },
        "paths": paths,
        "components": {"schemas": _schemas(models)} | _security(settings),
        **({"security": [{"token": []}]} if settings.token else {}),
    }


def _security(settings: ServingSettings) -> Schema:
    if settings.token is None:
        return {}
    return {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}


def _schemas(models: Sequence[Served]) -> Schema:
    stage = {
        "type": "object",
        "required": ["id", "task", "labels", "input"],
        "properties": {
            "id": {"type": "string"},
            "task": {"type": "string"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "input": {"type": ["string", "null"], "description": "the stage it looks closer at"},
        },
    }
    text = {"type": ["string", "null"]}
    facts = _needing(
        name={"type": "string"},
        task={"type": "string"},
        labels={"type": "array", "items": {"type": "string"}},
        input={
            "type": ["object", "null"],
            "description": "what the network sees: any picture fits; null for tables",
        },
        inputs={
            "type": ["array", "null"],
            "items": {"type": "object"},
            "description": "the columns of a row; null for pictures",
        },
        targets={
            "type": "array",
            "items": {"type": "object"},
            "description": "the columns that are predicted; none for pictures",
        },
        version=text,
        created=text,
        run=text,
        stages={"type": "array", "items": stage},
    )
    return {
        "Models": _needing(models={"type": "array", "items": facts}),
        "State": _needing(state={"type": "string"}),
        "Problem": _needing(
            type={"type": "string"},
            title={"type": "string"},
            status={"type": "integer"},
            detail={"type": "string"},
            diagnostics={"type": "array", "items": {"type": "object"}},
        ),
        **{_schema_name(model): model.schema for model in models},
    }


def _aip(model: Served, settings: ServingSettings) -> Schema:
    picture = {
        **_base64("a picture file"),
        "description": f"base64, at most {settings.max_image_bytes / (1 << 20):g} MiB decoded",
    }
    answer = _needing(
        code={"type": "integer", "enum": [200, 400, 401], "description": _CODES},
        message={"type": "string"},
        data={"anyOf": [_ref(_schema_name(model)), {"type": "null"}]},
        time={"type": "string", "examples": ["2026-12-21 20:26:41"]},
    )
    body = {**_needing(image=picture), "additionalProperties": False}
    return {
        "operationId": "aip",
        "summary": "Predict one picture; the status is in the answer's code.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": _json("Predicted, or why not.", answer),
            "default": _json("Not answered: token, queue, time.", answer),
        },
    }


def _predict(model: Served, settings: ServingSettings, name: str) -> Schema:
    exchange = model.exchange(settings, _ref(_schema_name(model)))
    answer = _needing(model={"type": "string"}, **exchange.answer)
    return {
        "operationId": name,
        "summary": exchange.summary,
        "requestBody": {"required": True, "content": exchange.bodies},
        "responses": {"200": _json(exchange.meaning, answer), "default": _problem()},
    }


def _get(name: str, summary: str, schema: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _json("It.", schema), "default": _problem()},
    }


def _readiness() -> Schema:
    answer = _get("readiness", "Whether requests should be sent here.", _ref("State"))
    answer["responses"]["503"] = _json("It starts or stops.", _ref("State"))
    return answer


def _metrics() -> Schema:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "metrics",
        "summary": "Numbers for Prometheus.",
        "responses": {"200": {"description": "Them.", "content": text}, "default": _problem()},
    }


def _base64(meaning: str) -> Schema:
    return {"type": "string", "contentEncoding": "base64", "description": meaning}


def _needing(**properties: Any) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problem() -> Schema:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": "Refused; the document says why.", "content": content}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _schema_name(model: Served) -> str:
    return f"Prediction_{_identifier(model.name)}"


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
