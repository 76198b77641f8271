"""Answers to ``netloom why``."""

from __future__ import annotations

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import NotFound
from netloom.core.identifiers import NodeId
from netloom.execution.explanation import Explanation
from netloom.execution.plan import Plan, bypassed_node


def explain_node(plan: Plan, node: str) -> Explanation:
    """Why a node would run or be reused.

    Raises:
        NotFound: The plan has no such node, or it is bypassed.
    """
    planned = plan.nodes.get(NodeId(node))
    if planned is None and (aside := bypassed_node(node, plan.bypassed)):
        raise NotFound(aside)
    if planned is None:
        raise NotFound.of(
            f"there is no node {node!r}", code="G106", fix=did_you_mean(node, plan.nodes)
        )
    return Explanation(
        node=planned.node,
        state=str(planned.state),
        why=planned.why,
        changes=planned.changes,
        last_run=planned.last_run,
        ingredients=planned.ingredients.to_json() if planned.ingredients else None,
    )
