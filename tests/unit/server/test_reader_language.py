"""Answers are in the language of the request, whichever route gives them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import anyio
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged
from netloom.execution.states import RunState
from netloom.server.reader_language import ReaderLanguage, worded_event
from netloom.server.schemas.wire import Answer

from .conftest import TEXT

ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def test_refusals_are_in_the_language_that_is_asked_for(site: Any) -> None:
    missing = site.get("ada", "/runs/none", headers=ZH).json()
    assert (missing["title"], missing["detail"]) == ("未找到", "没有运行 'none'。")
    assert [each["message"] for each in missing["diagnostics"]] == ["没有运行 'none'"]
    assert missing["type"] == "urn:netloom:problem:not-found"
    nowhere = site.get("ada", "/nowhere", headers=ZH).json()
    assert nowhere["detail"] == "该地址下没有内容。"
    assert site.get("ada", "/runs/none").json()["detail"] == "There is no run 'none'."


def test_refusals_of_what_cannot_be_parsed_are_in_chinese(site: Any) -> None:
    refused = site.post("ada", "/pipelines", {"text": 3}, headers=ZH).json()
    assert refused["detail"] == "text：应为文本。"


def test_mistakes_and_plans_are_in_chinese(site: Any) -> None:
    wrong = site.post("ada", "/text/check", {"text": TEXT.replace("value", "valu")}, headers=ZH)
    assert [(each["message"], each["fix"]) for each in wrong.json()["diagnostics"]] == [
        ("算子 small.number 没有输入或设置项 'valu'", "是不是要写 'value'？")
    ]
    plan = site.post("ada", "/text/plan", {"text": TEXT}, headers=ZH).json()
    assert [node["why"] for node in plan["nodes"]] == ["从未运行过", "依赖于可能变化的 first"]


def test_a_stream_is_in_the_language_of_its_address(site: Any) -> None:
    event = {
        "kind": "node_changed",
        "why": "it never ran",
        "diagnostics": [Diagnostic("G106", "there is no node 'x'").to_json()],
    }
    said: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        said.append(worded_event(event))

    for query in (b"", b"after=3&lang=zh-CN"):
        scope = {"type": "http", "query_string": query, "headers": [(b"accept-language", b"en")]}
        anyio.run(ReaderLanguage(app), scope, None, None)
    assert said[0] == event
    assert said[1]["why"] == "从未运行过"
    assert said[1]["diagnostics"][0]["message"] == "没有节点 'x'"


def test_what_is_stored_stays_english(site: Any) -> None:
    run = RunId(site.post("ada", "/runs", {"text": TEXT}, headers=ZH).json()["id"])
    why = "it never ran"
    queued = NodeChanged(run, NodeId("first"), RunState.QUEUED, time.time(), why=why)
    site.hosting.bench.workspace.store.emit(queued)
    english = site.get("ada", f"/runs/{run}").json()
    chinese = site.get("ada", f"/runs/{run}", headers=ZH).json()
    assert [node["why"] for node in english["nodes"]] == [why, ""]
    assert [node["why"] for node in chinese["nodes"]] == ["从未运行过", ""]


# Fields of answers whose text is shown as it is: names, ids, values, what people and programs wrote.
DATA_FIELDS = {
    "about", "accepts", "action", "address", "after", "architecture", "artifact", "author", "before",
    "bypassed", "changed_by", "classes", "coarse", "colour", "column", "column_type", "columns",
    "created_by", "csrf_token", "css", "date", "defined_in", "deployment", "description",
    "details", "digest", "display_name", "drawing",
    "environment", "family", "file", "file_name", "fill", "fingerprint", "first", "force",
    "form", "found_label", "group", "high", "icon", "id", "identity", "inputs", "keys", "label",
    "labels", "language", "last_run", "layout", "location", "low", "media_type", "metric_columns",
    "metrics", "name", "needs", "node", "nodes", "note", "only_first", "only_second", "operator",
    "outputs", "owner", "parent", "part", "parts", "path", "pipeline", "port", "prediction", "preview",
    "project", "provenance", "reader", "reference", "refs", "request", "resolved", "retried_from",
    "roots", "rows", "run", "second", "secret", "setting", "setting_columns", "settings", "sha256", "shares",
    "snippet", "source", "stand_in", "start", "state", "stored_pipeline", "task", "text", "to", "token",
    "type", "unit", "url", "used_by", "user", "value", "version", "word", "workspace", "written",
}  # fmt: skip
# Those that are translated in another way: of diagnostics as a whole, of problems, of the palette.
TRANSLATED_FIELDS = {
    "code", "detail", "expected", "fix", "got", "group_title", "help", "message", "summary", "title",
}  # fmt: skip


def test_every_sentence_of_an_answer_is_in_the_readers_language() -> None:
    plain = {
        name
        for model in _below(Answer)
        for name, field in model.model_fields.items()
        if _holds_plain_text(field)
    }
    assert plain == DATA_FIELDS | TRANSLATED_FIELDS


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for inner in model.__subclasses__():
        if inner.__module__.startswith("netloom."):
            yield inner
        yield from _below(inner)


def _holds_plain_text(field: FieldInfo) -> bool:
    return _is_plain_text(field.annotation) and not _is_worded(field.metadata)


def _is_plain_text(kind: Any) -> bool:
    inner = get_args(kind)
    return kind is str or (not _is_worded(inner) and any(map(_is_plain_text, inner)))


def _is_worded(declared: Iterable[Any]) -> bool:
    return any(isinstance(each, AfterValidator) for each in declared)
