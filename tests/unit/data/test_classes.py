from __future__ import annotations

import pytest

from netloom.data.classes import listed, remarks_on_classes


@pytest.mark.parametrize(
    ("labels", "remarks"),
    [
        ([], []),
        ([None, None], []),
        (["a", "a", "b", "b"], []),
        (["a", "a"], ["all labelled images are of one class, a: there is nothing to tell apart"]),
        (["a", "a", "b"], ["b has a single image, which can be in one part only"]),
        (["a", "b"], ["a, b have a single image, which can be in one part only"]),
        (["a", "a", "b", "b", None], ["1 of 5 images have no label"]),
    ],
)
def test_labels_are_remarked_on(labels: list[str | None], remarks: list[str]) -> None:
    assert remarks_on_classes(labels) == remarks


def test_long_lists_of_names_are_cut() -> None:
    assert listed(["a"]) == "a"
    assert listed(list("abcde")) == "a, b, c, d, e"
    assert listed(list("abcdefgh")) == "a, b, c, d, e and 3 more"
