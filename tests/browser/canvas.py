"""What a person does with mouse and keyboard on the canvas, and what they see there."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Locator, Page, expect

LONG_MS = 90_000
"""Training on a machine that others use too."""


class Canvas:
    """The canvas of an open pipeline."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.surface = page.locator(".react-flow")
        expect(self.surface).to_be_visible()

    def node(self, name: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{name}"]')

    def nodes(self) -> set[str]:
        return set(
            self.page.locator(".react-flow__node").evaluate_all("all => all.map(n => n.dataset.id)")
        )

    def port(self, name: str, side: Literal["source", "target"]) -> Locator:
        """``node.port``: an output is a source of links, an input a target."""
        node, _, port = name.partition(".")
        handle = f'.react-flow__handle.{side}[data-nodeid="{node}"][data-handleid="{port}"]'
        return self.page.locator(handle)

    def drag_from_palette(self, title: str, x: float, y: float) -> None:
        """Find an operator and drag it to a place, in pixels from the canvas's upper left corner."""
        palette = self.page.get_by_role("complementary", name="Palette")
        palette.get_by_role("textbox").fill(title)
        entry = palette.get_by_role("button").filter(has_text=title).first
        entry.drag_to(self.surface, target_position={"x": x, "y": y})

    def connect(self, source: str, target: str) -> None:
        """Drag a link from an output to an input with the mouse."""
        begin = self.port(source, "source").bounding_box()
        end = self.port(target, "target").bounding_box()
        assert begin is not None, source
        assert end is not None, target
        mouse = self.page.mouse
        mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
        mouse.down()
        mouse.move(begin["x"] + 40, begin["y"] + 10, steps=4)
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
        mouse.up()

    def setting(self, label: str) -> Locator:
        """The field of a setting of the chosen node, in the inspector."""
        inspector = self.page.get_by_role("complementary", name="Inspector")
        return inspector.get_by_role("textbox", name=label, exact=True)

    def set(self, label: str, value: str) -> None:
        self.setting(label).fill(value)
        self.setting(label).press("Enter")

    def text(self) -> str:
        """The draft as the server has it."""
        pipeline = self.page.url.rpartition("/")[2]
        answer = self.page.request.get(f"/api/v1/pipelines/{pipeline}")
        return str(answer.json()["text"])

    def run(self) -> None:
        self.page.get_by_role("button", name="Run", exact=True).click()

    def state(self, node: str) -> Locator:
        return self.node(node).locator("[data-state]").first

    def states(self) -> dict[str, str]:
        """Of all nodes that are drawn."""
        return {name: self.state(name).get_attribute("data-state") or "" for name in self.nodes()}

    def expect_state(self, node: str, state: str, *, timeout_ms: float = LONG_MS) -> None:
        expect(self.state(node)).to_have_attribute("data-state", state, timeout=timeout_ms)
