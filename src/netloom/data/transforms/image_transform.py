"""What all image transforms have in common."""

from __future__ import annotations

from netloom.core.settings import Fraction, Settings


class ImageTransform(Settings):
    """Base of all image transforms: what to do with every image, as a value.

    A transform is part of a data set's description, travels in JSON and costs nothing until an image is
    read. ``netloom.data.apply`` turns a list of them into a function on pixels.
    """

    @property
    def augments(self) -> bool:
        """True if it acts on the training part only and does nothing anywhere else."""
        return False

    @property
    def is_random(self) -> bool:
        """True if it draws random numbers in the training part."""
        return self.augments

    @property
    def is_for_batches(self) -> bool:
        """True if it is done for whole batches rather than for each image when it is read."""
        return False


class Augmentation(ImageTransform):
    """Base of transforms that only ever augment."""

    @property
    def augments(self) -> bool:
        """Always."""
        return True


class OptionalAugmentation(ImageTransform):
    """Base of transforms that augment, or prepare every image in the same way.

    Attributes:
        random: True changes images of the training part with probability ``p``; False changes every
            image of every part.
        p: Probability, if ``random``.
    """

    random: bool = True
    p: Fraction = 0.5

    @property
    def augments(self) -> bool:
        """Only the random form does."""
        return self.random
