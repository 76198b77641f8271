"""Round numbers along an axis."""

from __future__ import annotations

import math

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(low: float, high: float, *, most: int = 5) -> tuple[float, ...]:
    """At most ``most`` round numbers of equal distance between two ends.

    Example:
        >>> ticks(-3.0, 17.0)
        (0.0, 5.0, 10.0, 15.0)
        >>> ticks(0.012, 0.049)
        (0.02, 0.03, 0.04)
    """
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        return (low,)
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(
        size * power
        for size in _STEPS
        if math.floor(high / (size * power)) - math.ceil(low / (size * power)) < most
    )
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(round(place * step, 12) + 0.0 for place in range(first, last + 1))


def tick_label(value: float) -> str:
    """A number beside an axis.

    Example:
        >>> tick_label(-2500.0), tick_label(0.02), tick_label(3e9)
        ('−2500', '0.02', '3e+09')
    """
    return f"{value:.4g}".replace("-", "−") if abs(value) < 1 else f"{value:.6g}".replace("-", "−")
