"""Transforms that change fine detail: blur, sharpness, noise, missing pieces."""

from __future__ import annotations

from typing import Literal

from netloom.core.settings import Fraction
from netloom.data.transforms.image_transform import Augmentation
from netloom.data.transforms.quantities import Amounts, Factors, Fractions, Level, Shares


class Blur(Augmentation):
    """Blur images of the training part at random, with a Gaussian.

    Attributes:
        sigma: Smallest and largest standard deviation of the Gaussian in pixels, drawn evenly.
        p: Probability that an image is blurred.
    """

    type: Literal["blur"] = "blur"
    sigma: Amounts = (0.1, 2.0)
    p: Fraction = 0.5


class Sharpen(Augmentation):
    """Sharpen images of the training part at random: add what a 3 × 3 smoothing takes away.

    Attributes:
        amount: Smallest and largest multiple of that difference, drawn evenly.
        p: Probability that an image is sharpened.
    """

    type: Literal["sharpen"] = "sharpen"
    amount: Amounts = (0.0, 1.0)
    p: Fraction = 0.5


class Noise(Augmentation):
    """Add Gaussian noise to images of the training part, another number to every level.

    Attributes:
        std: Smallest and largest standard deviation, as a share of the range from black to white.
        p: Probability that an image gets noise.
    """

    type: Literal["noise"] = "noise"
    std: Fractions = (0.0, 0.05)
    p: Fraction = 0.5


class Erase(Augmentation):
    """Overwrite a random rectangle of images of the training part.

    Random erasing (Zhong et al. 2017, arXiv:1708.04896).

    Attributes:
        scale: Smallest and largest share of the image's area, drawn evenly.
        ratio: Smallest and largest width divided by height, drawn evenly on a logarithmic scale.
        fill: One level, ``noise`` for random levels or ``mean`` for the mean of each channel.
        p: Probability that an image loses a rectangle.
    """

    type: Literal["erase"] = "erase"
    scale: Shares = (0.02, 0.33)
    ratio: Factors = (0.3, 3.3)
    fill: Level | Literal["noise", "mean"] = "noise"
    p: Fraction = 0.5
