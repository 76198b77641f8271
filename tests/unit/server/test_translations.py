from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest

from netloom.core.settings import Settings
from netloom.graph.operator import Operator, operator
from netloom.server import palette, settings_form
from netloom.server.settings_form import WORD_TITLES
from netloom.server.translation import LANGUAGES, Texts, language_of, texts_in
from netloom.workspace.workspace import catalogue

BUILT_IN = tuple(catalogue([]))
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LATIN_PUNCTUATION = re.compile("[\u4e00-\u9fff][,;:!?]")


class Asked(dict[str, Any]):
    """Texts that remember which of them were found."""

    def __init__(self, texts: Any) -> None:
        super().__init__(texts)
        self.found: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.found.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        if key in self:
            self.found.add(key)
        return super().get(key, default)


@pytest.fixture(params=LANGUAGES)
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    """Texts of a language after everything that is built in was described in it."""
    texts = texts_in(request.param)
    fields = [field.name for field in dataclasses.fields(texts) if field.name != "language"]
    recording = dataclasses.replace(texts, **{name: Asked(getattr(texts, name)) for name in fields})
    monkeypatch.setattr(palette, "texts_in", lambda language: recording)
    monkeypatch.setattr(settings_form, "texts_in", lambda language: recording)
    settings_form.settings_form.cache_clear()
    for each in BUILT_IN:
        palette.description(each, request.param)
    palette.port_types(catalogue([]), request.param)
    yield recording
    settings_form.settings_form.cache_clear()


def test_no_text_is_left_over(asked: Texts) -> None:
    left = {
        field.name: sorted(texts.keys() - texts.found)
        for field in dataclasses.fields(asked)
        if isinstance(texts := getattr(asked, field.name), Asked)
    }
    assert {name: texts for name, texts in left.items() if texts} == {}


@pytest.mark.parametrize("each", BUILT_IN, ids=lambda each: each.id)
def test_a_built_in_operator_is_described_in_chinese(each: Operator[Any, Any]) -> None:
    described = palette.description(each, "zh")
    texts = texts_in("zh")
    missing = [
        *(
            name
            for name in ("title", "summary", "help", "group_title")
            if not _is_chinese(described, name)
        ),
        *(
            f"port {port.name}: {port.help}"
            for port in (*described.inputs, *described.outputs)
            if port.help and not _CHINESE.search(port.help)
        ),
        *_missing_in(each.id, described.settings),
    ]
    for name, model in described.settings.get("$defs", {}).items():
        missing += [] if name in texts.models else [f"title of {name}"]
        missing += _missing_in(name, model)
    assert missing == []


def test_every_setting_has_help_in_english() -> None:
    blank = {
        f"{owner}.{name}"
        for each in BUILT_IN
        for owner, model in _models(each, "en")
        for name, prop in model.get("properties", {}).items()
        if "const" not in prop and not prop.get("description")
    }
    assert blank == set()


def test_every_port_type_has_a_chinese_name() -> None:
    listed = palette.port_types(catalogue([]), "zh").types
    assert [each.id for each in listed if not _CHINESE.search(each.title)] == []
    titles = {each.id: each.title for each in listed}
    assert titles["TrainedModel or ExportedModel"] == "训练好的模型或导出的模型"
    assert titles["Dataset[ImageClassification]"] == "数据集"


def test_code_in_chinese_help_is_that_of_the_english_help() -> None:
    wrong = {
        code
        for english, chinese in texts_in("zh").prose.items()
        for code in re.findall("`([^`]+)`", chinese)
        if code.isascii() and code not in english
    }
    assert wrong == set()


def test_chinese_is_punctuated_as_chinese() -> None:
    texts = texts_in("zh")
    written = [*texts.prose.values(), *texts.titles.values(), *texts.models.values()]
    written += [text for pair in texts.operators.values() for text in pair]
    assert [text for text in written if _LATIN_PUNCTUATION.search(text)] == []


class Part(Settings):
    """A value of somebody else's.

    Attributes:
        scale: How large.
        mode: "auto" finds out.
    """

    scale: float = 1.0
    mode: str = "auto"


@operator(group="own")
def measure(*, epochs: int = 1, part: Part = Part()) -> int:
    """Measure something.

    Args:
        epochs: How often every training sample is seen.
        part: What is measured.
    """
    return epochs


def test_names_of_other_peoples_settings_are_not_guessed() -> None:
    form = palette.description(measure, "zh").settings
    assert form["properties"] == {
        "epochs": {"default": 1, "type": "integer", "description": "每个训练样本会被看到多少遍。"},
        "part": {
            "$ref": "#/$defs/Part",
            "default": {"scale": 1.0, "mode": "auto"},
            "description": "What is measured.",
        },
    }
    assert form["$defs"]["Part"] == {
        "title": "Part",
        "type": "object",
        "additionalProperties": False,
        "description": "A value of somebody else's.",
        "properties": {
            "scale": {"default": 1.0, "type": "number", "description": "How large."},
            "mode": {"default": "auto", "type": "string", "description": '"auto" finds out.'},
        },
    }


def test_texts_are_chosen_by_the_query_or_the_header(site: Any) -> None:
    by_query = site.get("ada", "/operators/train", params={"lang": "zh"})
    by_header = site.get("ada", "/operators/train", headers={"Accept-Language": "zh-CN"})
    assert by_query.json() == by_header.json()
    assert by_query.headers["content-language"] == "zh"
    settings = by_query.json()["settings"]
    assert settings["properties"]["batch_size"]["title"] == "批大小"
    assert settings["properties"]["precision"][WORD_TITLES]["16-mixed"] == "16 位混合"
    assert settings["$defs"]["Cosine"]["title"] == "余弦退火"
    assert settings["$defs"]["AdamW"]["properties"]["learning_rate"]["title"] == "学习率"
    types = site.get("ada", "/port-types", params={"lang": "zh"}).json()["types"]
    assert {each["title"] for each in types if each["id"] == "Table"} == {"表格"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr,en;q=0.5,zh;q=0.7", "zh"),
        ("zh;q=0,en;q=0.1", "en"),
        ("zh;q=much", "en"),
    ],
)
def test_the_best_accepted_language_is_taken(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def _is_chinese(described: Any, name: str) -> bool:
    text = getattr(described, name)
    return bool(_CHINESE.search(text)) or text in (
        "Mixup",
        "CutMix",
        "RandAugment",
        "TrivialAugment",
    )


def _models(each: Operator[Any, Any], language: str) -> list[tuple[str, dict[str, Any]]]:
    form = palette.description(each, language).settings
    return [(each.id, form), *form.get("$defs", {}).items()]


def _missing_in(owner: str, model: dict[str, Any]) -> Iterator[str]:
    if "description" in model and not _CHINESE.search(model["description"]):
        yield f"help of {owner}: {model['description']}"
    for name, prop in model.get("properties", {}).items():
        if "const" in prop:
            continue
        if "title" not in prop:
            yield f"title of {owner}.{name}"
        if not _CHINESE.search(prop.get("description", "")):
            yield f"help of {owner}.{name}: {prop.get('description')}"
        yield from (f"word of {owner}.{name}: {word}" for word in _untitled_words(prop))


def _untitled_words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        titled = schema.get(WORD_TITLES, {})
        words = schema.get("enum", [schema.get("const")])
        yield from (word for word in words if isinstance(word, str) and word not in titled)
        for inner in schema.values():
            yield from _untitled_words(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _untitled_words(inner)
