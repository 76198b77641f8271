"""What a person does with mouse and keyboard on the canvas, and what they see there."""

from __future__ import annotations

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

    def port(self, name: str) -> Locator:
        """``node.port``."""
        return self.page.get_by_label(name, exact=True)

    def drag_from_palette(self, title: str, x: float, y: float) -> None:
        """Find an operator and drag it to a place, in pixels from the canvas's upper left corner."""
        palette = self.page.get_by_role("complementary", name="Palette")
        palette.get_by_role("textbox").fill(title)
        entry = palette.get_by_role("button").filter(has_text=title).first
        entry.drag_to(self.surface, target_position={"x": x, "y": y})

    def connect(self, source: str, target: str) -> None:
        """Drag a link from an output to an input with the mouse."""
        begin, end = self.port(source).bounding_box(), self.port(target).bounding_box()
        assert begin is not None, source
        assert end is not None, target
        mouse = self.page.mouse
        mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
        mouse.down()
        mouse.move(begin["x"] + 40, begin["y"] + 10, steps=4)
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
        mouse.up()

    def run(self) -> None:
        self.page.get_by_role("button", name="Run", exact=True).click()

    def state(self, node: str) -> Locator:
        return self.node(node).locator("[data-state]").first

    def expect_state(self, node: str, state: str, *, timeout_ms: float = LONG_MS) -> None:
        expect(self.state(node)).to_have_attribute("data-state", state, timeout=timeout_ms)
