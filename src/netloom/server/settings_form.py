"""The JSON Schema of an operator's settings as a form needs it: titled, explained, in one language.

Pydantic gives titles that repeat the names, and leaves the help of attributes in docstrings of classes.
Here every property carries its own help, and a title only where that says more than the name does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from netloom.core.settings import Settings
from netloom.graph.docstrings import argument_help, docstring_sections
from netloom.server.translation import Texts, texts_in

Schema = dict[str, Any]

WORD_TITLES = "x-enum-titles"
"""Keyword beside ``enum``: titles of its words, by word."""

_INNER = ("items", "additionalProperties")
_INNER_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


@lru_cache(maxsize=512)
def settings_form(
    settings: type[Settings], *, operator: str, language: str, is_built_in: bool
) -> Schema:
    """Schema of the settings of an operator; not to be changed, for it is given out again.

    Args:
        is_built_in: Whether names are known to mean what the translations say.
    """
    texts = texts_in(language)
    schema = settings.model_json_schema()
    return form_of(schema, texts if is_built_in else texts.without_names(), operator=operator)


def form_of(schema: Schema, texts: Texts, *, operator: str) -> Schema:
    """The same schema with titles and help in the words of a language."""
    form = _described(schema, texts, owner=operator)
    if models := schema.get("$defs"):
        form["$defs"] = {
            name: _titled(_described(model, texts, owner=name), texts.models.get(name, name))
            for name, model in models.items()
        }
    return form


def _described(model: Schema, texts: Texts, *, owner: str) -> Schema:
    """A model whose properties say themselves what its docstring says of them."""
    sections = docstring_sections(model.get("description", ""))
    helps = argument_help(sections.get("Attributes", ""))
    described = _value(model, texts)
    if "description" in model:
        described["description"] = texts.said(sections[""])
    if properties := model.get("properties"):
        described["properties"] = {
            name: _property(prop, texts, help=helps.get(name, ""), name=name, owner=owner)
            for name, prop in properties.items()
        }
    return described


def _property(prop: Schema, texts: Texts, *, help: str, name: str, owner: str) -> Schema:
    if "const" in prop:  # says which kind of value this is; nobody fills it in
        return {key: value for key, value in prop.items() if key != "title"}
    form = _value(prop, texts)
    if english := prop.get("description") or help or texts.help_of(name, owner=owner):
        form["description"] = texts.said(english)
    return _titled(form, texts.title_of(name, owner=owner))


def _value(schema: Schema, texts: Texts) -> Schema:
    """A value of any depth: generated titles out, titles of words in."""
    form = {key: value for key, value in schema.items() if key != "title"}
    for key in _INNER:
        if isinstance(form.get(key), dict):
            form[key] = _value(form[key], texts)
    for key in _INNER_LISTS:
        if key in form:
            form[key] = [_value(inner, texts) for inner in form[key]]
    words = schema.get("enum", [schema.get("const")])
    if titles := {word: texts.words[word] for word in words if word in texts.words}:
        form[WORD_TITLES] = titles
    return form


def _titled(schema: Schema, title: str | None) -> Schema:
    return {"title": title, **schema} if title else schema
