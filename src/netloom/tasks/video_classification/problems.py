"""What may be wrong with videos to be learned from, beyond their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from netloom.data.datasets import Samples


def clip_problems(samples: Samples, *, part: str) -> list[Diagnostic]:
    """A warning that names videos which are shorter than a clip."""
    from netloom.data.clip_frames import num_frames
    from netloom.data.clip_sampling import clips_of, span_of

    span = span_of(clips_of(samples.transforms))
    lengths = [num_frames(samples, position) for position in range(len(samples))]
    short = [position for position, length in enumerate(lengths) if length < span]
    if not short:
        return []
    first = short[0]
    return [
        Diagnostic(
            code="X360",
            message=f"{len(short)} of {len(samples)} videos of the {part} part are shorter than a clip; "
            "their last frame is repeated",
            expected=f"at least {span} frames",
            got=f"{lengths[first]} frames in {samples.ids[first]}",
            fix="Set fewer frames or a smaller stride in data.clips, or leave these videos out",
            severity=Severity.WARNING,
        )
    ]
