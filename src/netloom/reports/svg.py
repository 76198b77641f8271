"""Pieces of inline SVG, coloured by the page's own style so that they follow its theme."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

CHARACTER_WIDTH = 6.6
"""Average width of a letter of a label, in pixels."""

_LONGEST_LABEL = 22


def text(
    style: str,
    x: float,
    y: float,
    content: str,
    *,
    anchor: str = "middle",
    turn_degrees: int = 0,
) -> str:
    """A line of text at a point.

    Example:
        >>> text("label", 1, 2, "a<b")
        '<text class="label" x="1" y="2" text-anchor="middle">a&lt;b</text>'
    """
    turn = f' transform="rotate({turn_degrees} {x:g} {y:g})"' if turn_degrees else ""
    return (
        f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"{turn}>'
        f"{escaped(content)}</text>"
    )


def drawing(parts: Sequence[str], *, width: float, height: float, title: str) -> Markup:
    """A whole picture from escaped parts."""
    # Every text inside went through `escaped` and the rest is numbers of ours.
    return Markup(  # noqa: S704 - see above
        f'<svg role="img" aria-label="{escaped(title)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" xmlns="http://www.w3.org/2000/svg">'
        + "".join(parts)
        + "</svg>"
    )


def shortened(label: str) -> str:
    """A label that fits beside a chart.

    Example:
        >>> len(shortened("a label that goes on and on"))
        22
    """
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def text_width(label: str) -> float:
    """About how wide a label is, in pixels; Chinese characters take twice the room.

    Example:
        >>> text_width("ab") < text_width("猫狗")
        True
    """
    return CHARACTER_WIDTH * sum(1.8 if ord(letter) > 0x2E80 else 1.0 for letter in label)


def escaped(content: str) -> str:
    """Text that cannot break out of an element or an attribute."""
    return str(Markup.escape(content))
