"""The verdict on one node whose ingredients are known: reuse its result, or compute it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netloom.core.identifiers import RunId
from netloom.execution.cache import CachedResult, ResultCache
from netloom.execution.explanation import Change, changes
from netloom.graph.fingerprint import Ingredients


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run of the same pipeline recorded of a node."""

    run: RunId
    ingredients: Ingredients
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a node.

    Attributes:
        kind: ``reuse`` (unchanged), ``new`` (never ran, or forced) or ``changed`` (ran differently).
        result: The result to reuse, for nodes that keep one.
    """

    kind: Literal["reuse", "new", "changed"]
    why: str
    result: CachedResult | None = None
    changes: tuple[Change, ...] = ()


def judge(
    ingredients: Ingredients, *, cache: ResultCache | None, forced: bool, earlier: Earlier | None
) -> Verdict:
    """Decide about a node.

    Args:
        cache: Where its result would be; None for inline nodes, which keep none.
        forced: The user wants it to run.
        earlier: Its last record, for the reason.
    """
    if forced:
        return Verdict("new", "forced")
    problem = ""
    if cache is not None:
        lookup = cache.find(ingredients.fingerprint)
        if lookup.result is not None:
            return Verdict("reuse", f"unchanged since run {lookup.result.run}", lookup.result)
        problem = lookup.problem
    if earlier is None:
        return Verdict("new", problem or "it never ran")
    found = tuple(changes(earlier.ingredients, ingredients))
    if not found and cache is None:
        return Verdict("reuse", f"unchanged since run {earlier.run}")
    why = "; ".join(map(str, found)) or problem or "its result is not in the cache"
    return Verdict("changed", why, changes=found)
