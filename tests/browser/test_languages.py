"""Every screen in both languages and both themes, in a large and in a small window."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from api import Api, wait_until
from canvas import Canvas
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PIPELINE = """\
netloom: 1
name: digits
description: Classify handwritten digits.
vars: {size: 8}
nodes:
  digits: {op: data.digits}
  parts:  {op: data.split, dataset: digits, valid: 0.1, test: 0.2, seed: 7}
  images: {op: image.normalize, images: parts}
  model:  {op: models.image_classifier, backbone: {type: convnet}}
  fit:    {op: train, model: model, dataset: images, epochs: EPOCHS}
  score:  {op: evaluate, model: fit.model, dataset: images}
"""
WINDOWS = {"large": {"width": 1440, "height": 900}, "small": {"width": 1100, "height": 700}}
# Names, keys and units that no language translates.
SCREENSHOTS = os.environ.get("NETLOOM_SCREENSHOTS")
"""A folder for pictures of all screens; read now, since tests begin without such variables."""
METHODS = {"RandAugment", "TrivialAugment", "Mixup", "MixUp", "CutMix", "Cutmix"}
LATIN = re.compile(
    r"\b(?!(?:API|ID|YAML|Netloom|Ctrl|Shift|Alt|Enter|Del|local|SVG|PNG|zip|px)\b)[A-Za-z]{2,}\b"
)


@dataclass
class Filled:
    """What there is to look at."""

    pipeline: str
    runs: list[str]
    model: str
    deployment: str

    def screens(self) -> dict[str, str]:
        run = self.runs[0]
        tabs = ("overview", "curves", "logs", "files", "environment", "diagnostics")
        sections = ("account", "tokens", "appearance", "server", "people", "audit")
        return {
            "welcome": "/welcome",
            "pipelines": "/pipelines",
            "canvas": f"/pipelines/{self.pipeline}",
            "runs": "/runs",
            **{f"run-{tab}": f"/runs/{run}?tab={tab}" for tab in tabs},
            "compare": f"/runs/compare?runs={','.join(self.runs)}",
            "data": "/data",
            "models": "/models",
            "deployments": "/deployments",
            "model": f"/models/{self.model}",
            "deployment": f"/deployments/{self.deployment}",
            "queue": "/queue",
            **{f"settings-{section}": f"/settings/{section}" for section in sections},
            "nothing": "/no/such/place",
        }


@pytest.fixture(scope="module")
def _filled() -> list[Filled]:
    return []


@pytest.fixture
def filled(page: Page, _filled: list[Filled]) -> Filled:
    """Two runs of a small training; made once for this file."""
    if not _filled:
        api = Api(page)
        text = PIPELINE.replace("EPOCHS", "1")
        pipeline = api.new_pipeline(text)
        runs = [
            api.call("POST", "/runs", {"text": PIPELINE.replace("EPOCHS", epochs)})["id"]
            for epochs in ("1", "2")
        ]
        wait_until(
            lambda: all(api.call("GET", f"/runs/{run}")["state"] == "succeeded" for run in runs),
            what="two runs",
        )
        model = api.call("GET", "/models")["models"][0]["id"]
        deployment = api.call("POST", "/deployments", {"run": runs[0], "name": "digits"})["id"]
        _filled.append(Filled(pipeline, runs, model, deployment))
    return _filled[0]


def remembered(url: str, language: str, theme: str) -> dict[str, Any]:
    """What a browser keeps of somebody who chose these before."""
    chosen = {"netloom.language": language, "mantine-color-scheme-value": theme}
    stored = [{"name": name, "value": value} for name, value in chosen.items()]
    return {"origin": url, "localStorage": stored}


# Each language, theme and size twice, in different company.
LOOKS = [
    ("en", "light", "large"),
    ("en", "dark", "small"),
    ("zh", "dark", "large"),
    ("zh", "light", "small"),
]


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_every_screen_fits(
    page: Page, filled: Filled, visitors: Any, workbench: Any, look: tuple[str, str, str]
) -> None:
    language, theme, window = look
    known = {
        "cookies": page.context.cookies(),
        "origins": [remembered(workbench.url, language, theme)],
    }
    options = {"base_url": workbench.url, "viewport": WINDOWS[window]}
    other = visitors.open("about:blank", storage_state=known, **options)
    wide = {
        name: width
        for name, path in filled.screens().items()
        if (width := opened(other, name, path, look)) > WINDOWS[window]["width"]
    }
    stranger = {"cookies": [], "origins": known["origins"]}
    other = visitors.open("about:blank", storage_state=stranger, **options)
    opened(other, "sign-in", "/sign-in", look)
    assert wide == {}
    expect(other.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)
    expect(other.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))


def opened(page: Page, name: str, path: str, look: tuple[str, ...]) -> int:
    """Go to a screen; returns how wide its contents are."""
    page.goto(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    page.wait_for_load_state("load")
    if name == "canvas":
        expect(Canvas(page).node("digits")).to_be_visible()
    if SCREENSHOTS:
        expect(page.get_by_role("progressbar", name=re.compile("Loading|加载"))).to_have_count(0)
        page.wait_for_timeout(300)  # what fades in has done so: for people who look at the pictures
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{'-'.join(look)}.png")
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_chinese_leaves_no_english_behind_and_is_remembered(page: Page, filled: Filled) -> None:
    page.goto(f"/pipelines/{filled.pipeline}")
    canvas = Canvas(page)
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitem", name="中文").click()
    rail = page.get_by_role("navigation", name="主导航")
    words = ["流水线", "运行", "数据", "模型", "部署", "队列", "设置"]
    expect(rail.get_by_role("link").filter(has_text=re.compile("."))).to_have_text(words)

    page.reload()
    expect(rail.get_by_role("link").filter(has_text=re.compile("."))).to_have_text(words)
    expect(canvas.state("score").get_by_role("img").first).to_have_attribute(
        "aria-label", re.compile("^(已缓存|完成)")
    )
    palette = page.get_by_role("complementary", name="算子面板")
    lines = palette.inner_text().partition("我的模型")[0].splitlines()
    latin = {line for line in lines if re.search("[A-Za-z]", line)}
    assert {line for line in latin if not re.search("[\u4e00-\u9fff]", line)} <= METHODS
    assert len(lines) > 100
    canvas.node("fit").click(button="right")
    assert LATIN.findall(page.get_by_role("menu").inner_text()) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="下载", exact=True).click()
    assert LATIN.findall(page.get_by_role("menu").inner_text()) == []
    page.keyboard.press("Escape")
    canvas.node("fit").click()
    inspector = page.get_by_role("complementary", name="检查器")
    expect(inspector.get_by_role("tab").first).to_be_visible()
    assert LATIN.findall("".join(inspector.get_by_role("tab").all_inner_texts())) == []
