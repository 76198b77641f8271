from __future__ import annotations

import pytest

from netloom.core.identifiers import NODE_ID_PATTERN, new_job_id, new_run_id


def test_run_ids_sort_by_time() -> None:
    ids = [new_run_id(1_700_000_000 + 7 * second) for second in range(20)]
    assert ids == sorted(ids)


def test_ids_do_not_collide_within_a_second() -> None:
    assert len({new_run_id(1_700_000_000) for _ in range(50)}) == 50
    assert len({new_job_id() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("fit", True),
        ("_fit2", True),
        ("prep/resized", True),
        ("2fit", False),
        ("two words", False),
        ("prep/", False),
        ("/prep", False),
        ("fit.model", False),
        ("fit\n", False),
        ("größe", False),
        ("", False),
    ],
)
def test_node_ids_are_plain_names(text: str, is_id: bool) -> None:
    assert bool(NODE_ID_PATTERN.match(text)) is is_id
