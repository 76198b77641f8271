from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.digests import (
    canonical_json,
    digest_of_bytes,
    digest_of_file,
    digest_of_json,
    files_below,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_equal_values_have_equal_text_and_the_text_reads_back(value: Any) -> None:
    assert canonical_json(shuffled(value)) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


@given(VALUES, VALUES)
def test_digests_differ_exactly_when_the_texts_do(first: Any, second: Any) -> None:
    same = canonical_json(first) == canonical_json(second)
    assert (digest_of_json(first) == digest_of_json(second)) is same


def test_canonical_text_is_short_and_readable() -> None:
    assert canonical_json({"b": [1, 2.5, None], "a": "é"}) == '{"a":"é","b":[1,2.5,null]}'


@pytest.mark.parametrize(
    ("value", "error"),
    [(float("nan"), ValueError), (float("inf"), ValueError), ({1, 2}, TypeError)],
)
def test_what_json_cannot_express_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical_json({"deep": [value]})


def test_files_are_read_in_pieces(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8192  # two pieces of 1 MiB
    path = tmp_path / "large"
    path.write_bytes(content + b"end")
    assert digest_of_file(path) == hashlib.sha256(content + b"end").hexdigest()
    assert digest_of_file(path) == digest_of_bytes(content + b"end")


def test_files_come_in_a_stable_order_without_links(tmp_path: Path) -> None:
    for name in ("b/two", "b/one", "a", "c/deep/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "linked_folder").symlink_to(tmp_path / "b")
    found = [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)]
    assert found == ["a", "b/one", "b/two", "c/deep/three"]
