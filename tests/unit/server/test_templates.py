from __future__ import annotations

from typing import Any


def test_templates_are_listed_simplest_first(site: Any) -> None:
    answer = site.get("vera", "/templates")
    found = answer.json()["templates"]
    assert [template["id"] for template in found] == [
        "digits",
        "compare",
        "own_pictures",
        "predict_column",
        "few_examples",
        "find_objects",
        "read_text",
        "two_stages",
    ]
    filled = [t["id"] for t in found if (t["needs"], t["fill"]) == ("images", "pictures.path")]
    assert filled == ["own_pictures", "find_objects", "read_text", "two_stages"]
    assert (answer.json()["language"], answer.headers["content-language"]) == ("en", "en")
    assert found[0]["title"] == "Recognise handwritten digits"


def test_they_speak_the_readers_language(site: Any) -> None:
    by_header = site.get("ada", "/templates", headers={"Accept-Language": "zh-CN,en;q=0.5"})
    by_query = site.get("ada", "/templates", params={"lang": "zh"})
    assert by_header.json() == by_query.json()
    assert by_query.json()["templates"][0]["title"] == "识别手写数字"
    wanted = {"params": {"lang": "en"}, "headers": {"Accept-Language": "zh"}}
    assert site.get("ada", "/templates", **wanted).json()["language"] == "en"
    assert site.get("ada", "/templates", params={"lang": "fr"}).status_code == 422


def test_a_pipeline_can_be_made_of_each(site: Any) -> None:
    for template in site.get("ada", "/templates").json()["templates"]:
        made = site.pipeline(text=template["text"])
        checked = site.post("ada", "/text/check", {"text": template["text"]}).json()
        assert checked["diagnostics"] == []
        assert made["id"]
