from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import StorageFailed
from netloom.execution.cache import CachedResult, Lookup, ResultCache


@pytest.fixture
def result(bench: Any) -> CachedResult:
    outputs = {"left": bench.output("l"), "right": bench.output("r")}
    return CachedResult("f" * 64, outputs, "run1", "fit", 2.5, {"loss": 0.25})


def file_of(bench: Any, result: CachedResult) -> Path:
    [path] = bench.cache.root.glob(f"*/{result.fingerprint}.json")
    return Path(path)


def test_a_kept_result_is_found(bench: Any, result: CachedResult) -> None:
    assert bench.cache.find(result.fingerprint) == Lookup(None)
    bench.cache.keep(result)
    assert bench.cache.find(result.fingerprint) == Lookup(result)
    assert list(bench.cache.results()) == [result]


def test_another_process_finds_it_too(bench: Any, result: CachedResult) -> None:
    bench.cache.keep(result)
    assert ResultCache(bench.cache.root, bench.artifacts).find(result.fingerprint).result == result


def test_a_later_result_takes_the_place_of_an_earlier_one(bench: Any, result: CachedResult) -> None:
    bench.cache.keep(result)
    later = CachedResult(result.fingerprint, {}, "run2", "fit", 1.0)
    bench.cache.keep(later)
    assert list(bench.cache.results()) == [later]


def test_a_forgotten_result_is_gone_but_its_artifacts_stay(
    bench: Any, result: CachedResult
) -> None:
    bench.cache.keep(result)
    bench.cache.forget(result.fingerprint)
    bench.cache.forget(result.fingerprint)
    assert bench.cache.find(result.fingerprint) == Lookup(None)
    assert len(list(bench.artifacts.ids())) == 2


def test_everything_can_be_forgotten(bench: Any, result: CachedResult) -> None:
    bench.cache.clear()
    bench.cache.keep(result)
    bench.cache.clear()
    assert list(bench.cache.results()) == []


def test_a_result_without_its_artifact_is_none_and_says_why(
    bench: Any, result: CachedResult
) -> None:
    bench.cache.keep(result)
    artifact = result.outputs["right"].artifact
    (bench.artifacts.folder(artifact) / "value.json").unlink()
    found = bench.cache.find(result.fingerprint)
    assert found == Lookup(None, f"artifact {artifact[:12]} is damaged: value.json")
    bench.artifacts.discard(artifact)
    found = bench.cache.find(result.fingerprint)
    assert found == Lookup(None, f"artifact {artifact[:12]} is not in this workspace")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"fingerprint": "f", "outputs": []}', "\xff\xfe"]
)
def test_an_unreadable_result_is_none_and_says_why(
    bench: Any, result: CachedResult, text: str
) -> None:
    bench.cache.keep(result)
    file_of(bench, result).write_bytes(text.encode("latin-1"))
    assert bench.cache.find(result.fingerprint) == Lookup(None, "its cached result cannot be read")
    assert list(bench.cache.results()) == []


def test_a_full_disk_leaves_the_earlier_result(
    bench: Any, result: CachedResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.cache.keep(result)

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageFailed):
        bench.cache.keep(CachedResult(result.fingerprint, {}, "run2", "fit", 1.0))
    assert bench.cache.find(result.fingerprint).result == result
