"""Whether two models that saw the same samples differ by more than chance."""

from __future__ import annotations


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided p-value of McNemar's exact test (1947): could the disagreements be coin tosses?

    Only samples that exactly one model gets right tell the two apart. If neither is better, each such
    sample is a fair coin, so the smaller count is binomial with p = ½.

    Args:
        only_first: Samples that only the first model got right.
        only_second: Samples that only the second got right.

    Returns:
        In [0, 1]; 1 if the models never disagree in being right.

    Example:
        >>> round(mcnemar_exact(2, 10), 4)
        0.0386
    """
    from scipy.special import bdtr

    disagreements = only_first + only_second
    if not disagreements:
        return 1.0
    return min(1.0, 2.0 * float(bdtr(min(only_first, only_second), disagreements, 0.5)))
