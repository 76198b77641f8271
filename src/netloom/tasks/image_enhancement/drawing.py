"""Enhanced pictures for people: before, after and target.

Shape legend: H height, W width, C channels. Pictures are uint8 HWC.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.image_enhancement.outcome import MEASURES, Enhanced
from netloom.tasks.image_enhancement.picture_measures import peak_signal_to_noise_db
from netloom.tasks.panels import Panel, enlarged, in_colour, panels_png, scale_to
from netloom.tasks.picture_json import picture_png, pixels_of_json
from netloom.tasks.protocol import Prediction
from netloom.tasks.sections import Slider
from netloom.tasks.wording import UNKNOWN

_SIDE_PX = 256


def enhancement_png(
    image_HWC: NDArray[np.uint8], prediction: Prediction, truth: Prediction | None
) -> bytes:
    """A PNG of the picture before and after, and of the target with what is left to it in decibels."""
    channels = image_HWC.shape[2]
    after = pixels_of_json(prediction, channels=channels)
    views = [("before", image_HWC), ("after", after)]
    if truth is not None:
        target = pixels_of_json(truth, channels=channels)
        views = [
            (f"{name} {peak_signal_to_noise_db(pixels, target):.1f} dB", pixels)
            if pixels.shape == target.shape
            else (name, pixels)
            for name, pixels in views
        ]
        views.append(("target", target))
    return panels_png(
        [
            Panel(name, enlarged(in_colour(pixels), scale_to(pixels.shape, side=_SIDE_PX)))
            for name, pixels in views
        ]
    )


def slider(enhanced: Enhanced, source: str) -> Slider:
    """The picture before and after on top of one another, beside the target.

    Of a large picture the part is shown in which most is left to do.
    """
    window = telling_window(enhanced.after, enhanced.target, side=_SIDE_PX)
    value = dict(zip(MEASURES, enhanced.measures(), strict=True))
    before, after, target = (
        picture_png(pixels[window]) for pixels in (enhanced.before, enhanced.after, enhanced.target)
    )
    height, width = scale_to(enhanced.after[window].shape, side=_SIDE_PX)
    ssim = (
        UNKNOWN if np.isnan(value["ssim"]) else f"{value['input_ssim']:.3f} → {value['ssim']:.3f}"
    )
    return Slider(
        before=before,
        after=after,
        target=target,
        width_px=width,
        height_px=height,
        caption=f"{value['gain_db']:+.1f} dB".replace("-", "−"),
        detail=f"PSNR {value['input_psnr_db']:.1f} → {value['psnr_db']:.1f} dB, SSIM {ssim}",
        source=source,
        tone="good" if value["gain_db"] > 0 else "bad",
    )


def telling_window(
    first: NDArray[np.uint8], second: NDArray[np.uint8], *, side: int
) -> tuple[slice, slice]:
    """Rows and columns of the part, at most ``side`` by ``side``, in which two pictures differ most.

    Example:
        >>> first, second = np.zeros((2, 1, 9, 1), np.uint8)
        >>> second[0, 6] = 255
        >>> telling_window(first, second, side=3)
        (slice(0, 1, None), slice(4, 7, None))
    """
    apart_HW = np.abs(first.astype(np.int64) - second).sum(axis=2)
    height, width = (min(side, length) for length in apart_HW.shape)
    sums = np.zeros((apart_HW.shape[0] + 1, apart_HW.shape[1] + 1), np.int64)
    sums[1:, 1:] = apart_HW.cumsum(axis=0).cumsum(axis=1)
    inside = (
        sums[height:, width:]
        - sums[:-height, width:]
        - sums[height:, :-width]
        + sums[:-height, :-width]
    )
    top, left = (int(place) for place in np.unravel_index(inside.argmax(), inside.shape))
    return slice(top, top + height), slice(left, left + width)
