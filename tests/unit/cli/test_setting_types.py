from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.cli.setting_types import groups, setting_rows
from netloom.core.settings import Fraction, PositiveInt, Settings


class Plain(Settings):
    """The plain way.

    More about it.

    Attributes:
        rate: How fast.
    """

    type: Literal["plain"] = "plain"
    rate: Fraction = 0.5


class Rich(Settings):
    type: Literal["rich"] = "rich"
    sizes: list[PositiveInt] = Field([1, 2])


class Window(Settings):
    width: int


PLAIN = Plain()


class Example(Settings):
    way: Annotated[Plain | Rich, Field(discriminator="type")] = PLAIN
    window: Window | None = None
    mode: Literal["a", "b"] = Field(description="Which one.")


SCHEMA = Example.model_json_schema()


def test_each_setting_has_type_default_and_help() -> None:
    assert setting_rows(SCHEMA) == [
        ("way", "{type: plain} | {type: rich}", '{"type": "plain", "rate": 0.5}', ""),
        ("window", "Window | null", "null", ""),
        ("mode", '"a" | "b"', "required", "Which one."),
    ]


def test_what_settings_that_are_mappings_hold_is_told_for_each_choice() -> None:
    assert groups(SCHEMA) == [
        (
            "way: {type: plain}",
            "The plain way.",
            [("rate", "number ≥ 0 and ≤ 1", "0.5", "How fast.")],
        ),
        ("way: {type: rich}", "", [("sizes", "list of integer > 0", "[1, 2]", "")]),
        ("window: Window", "", [("width", "integer", "required", "")]),
    ]
