from __future__ import annotations

import pytest

from netloom.core.errors import NotFound
from netloom.core.tasks import TASK_MARKERS
from netloom.tasks.catalogue import task_named, task_names


def test_every_task_type_has_its_code() -> None:
    assert set(task_names()) == set(TASK_MARKERS)
    assert [task_named(name).name for name in task_names()] == list(task_names())


def test_a_misspelt_task_gets_a_suggestion() -> None:
    with pytest.raises(NotFound, match="image_classification"):
        task_named("image_clasification")
