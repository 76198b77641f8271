from __future__ import annotations

from dataclasses import replace
from typing import Any

from netloom.execution.cache import CachedResult
from netloom.execution.explanation import Change
from netloom.execution.verdict import Earlier, Verdict, judge
from netloom.graph.fingerprint import Ingredients

NOW = Ingredients("train", "code", {"epochs": 3}, {"data": ["a"]})
EARLIER = Earlier("run1", NOW, 2.5)
CHANGED = Earlier("run1", replace(NOW, settings={"epochs": 2}), 2.5)
MORE_EPOCHS = Change("setting", "epochs", 2, 3)


def kept(bench: Any) -> CachedResult:
    result = CachedResult(NOW.fingerprint, {"out": bench.output("x")}, "run1", "fit", 2.5)
    bench.cache.keep(result)
    return result


def verdict(
    bench: Any, earlier: Earlier | None, *, forced: bool = False, job: bool = True
) -> Verdict:
    return judge(NOW, cache=bench.cache if job else None, forced=forced, earlier=earlier)


def test_a_known_fingerprint_is_reused_whoever_computed_it(bench: Any) -> None:
    result = kept(bench)
    expected = Verdict("reuse", "unchanged since run run1", result)
    assert verdict(bench, None) == expected
    assert verdict(bench, EARLIER) == expected
    assert verdict(bench, CHANGED) == expected  # changed there and back


def test_what_never_ran_is_new(bench: Any) -> None:
    assert verdict(bench, None) == Verdict("new", "it never ran")


def test_what_differs_from_last_time_is_named(bench: Any) -> None:
    expected = Verdict("changed", "epochs changed from 2 to 3", changes=(MORE_EPOCHS,))
    assert verdict(bench, CHANGED) == expected
    assert verdict(bench, CHANGED, job=False) == expected


def test_a_lost_result_is_computed_again_for_that_reason(bench: Any) -> None:
    assert verdict(bench, EARLIER) == Verdict("changed", "its result is not in the cache")
    artifact = kept(bench).outputs["out"].artifact
    bench.artifacts.discard(artifact)
    gone = f"artifact {artifact[:12]} is not in this workspace"
    assert verdict(bench, EARLIER) == Verdict("changed", gone)
    assert verdict(bench, None) == Verdict("new", gone)


def test_force_overrules_the_cache(bench: Any) -> None:
    kept(bench)
    assert verdict(bench, EARLIER, forced=True) == Verdict("new", "forced")


def test_inline_nodes_keep_no_result(bench: Any) -> None:
    assert verdict(bench, EARLIER, job=False) == Verdict("reuse", "unchanged since run run1")
    assert verdict(bench, None, job=False) == Verdict("new", "it never ran")
