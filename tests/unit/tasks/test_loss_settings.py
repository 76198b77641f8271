"""Losses name the learning tasks that understand them, so that a wrong one is found in the graph."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from netloom.core.tasks import TASK_MARKERS
from netloom.models.architecture import CharacterHead, Head, QueryHead
from netloom.tasks.catalogue import task_for, task_named
from netloom.tasks.loss_choice import losses_of
from netloom.tasks.loss_settings import Loss, Usual

OTHER_HEADS: dict[str, Head] = {
    "object_detection": QueryHead(),
    "text_recognition": CharacterHead(),
}
KINDS: tuple[type[Any], ...] = get_args(get_args(Loss)[0])


@pytest.mark.parametrize("name", sorted(TASK_MARKERS))
def test_a_loss_names_exactly_the_tasks_that_understand_it(name: str) -> None:
    understood = set(losses_of(task_named(name)))
    if name in OTHER_HEADS:
        understood |= set(losses_of(task_for(name, OTHER_HEADS[name])))
    named = {
        kind for kind in KINDS if kind is not Usual and TASK_MARKERS[name] in kind.learning_tasks
    }
    assert named == understood
