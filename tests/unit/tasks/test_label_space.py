from __future__ import annotations

import pytest

from netloom.core.errors import InvalidData
from netloom.tasks.label_space import matched


def test_labels_are_matched_by_name() -> None:
    assert matched(["dog", "cat"], ["cat", "cow", "dog"]).tolist() == [2, 0]


def test_all_unknown_labels_are_listed() -> None:
    with pytest.raises(InvalidData, match="owl, elk") as caught:
        matched(["owl", "cat", "elk"], ["cat"])
    assert caught.value.diagnostics[0].code == "I305"
