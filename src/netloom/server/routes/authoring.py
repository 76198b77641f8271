"""Unsaved text: what it means, what a run of it would do, and how an edit changes it. Changes nothing."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from netloom.accounts.permissions import Right, may_make
from netloom.server.auditing import CHANGES_NOTHING
from netloom.server.graph_forms import (
    change_schemas,
    edits_of,
    graph_of,
    plan_schema,
    selection_of,
    sketch_schema,
)
from netloom.server.hosting import Bench
from netloom.server.identity import Reader
from netloom.server.known_table_forms import known_tables
from netloom.server.schemas import authoring as schemas
from netloom.workspace import authoring
from netloom.workspace.reused_models import find_for

router = APIRouter(prefix="/text", tags=[CHANGES_NOTHING])


@router.post("/check")
def check_text(bench: Bench, caller: Reader, body: schemas.TextBody) -> schemas.Sketch:
    """Text → graph, with everything wrong about it. Never refused for what is in the text."""
    return sketch_schema(authoring.sketch(bench.workspace, body.text))


@router.post("/columns")
def columns_of_text(bench: Bench, caller: Reader, body: schemas.TextBody) -> schemas.KnownTables:
    """Columns of the tables in unsaved text, as far as they are known before anything runs.

    Sources look at their data only for somebody who may start runs.
    """
    sketch = authoring.sketch(bench.workspace, body.text)
    if sketch.pipeline is None:
        return schemas.KnownTables(nodes={}, diagnostics=[])
    may_look = may_make(caller.actor, Right.RUN)
    return known_tables(bench.workspace.foresee(sketch.pipeline, looks_outside=may_look))


@router.post("/edit")
def edit_text(bench: Bench, caller: Reader, body: schemas.EditTextBody) -> schemas.EditedText:
    """Apply edits to text; comments and every line they do not concern stay as they are."""
    text = authoring.edited(bench.workspace, body.text, edits_of(body.edits))
    sketch = sketch_schema(authoring.sketch(bench.workspace, text))
    return schemas.EditedText(text=text, sketch=sketch)


@router.post("/write")
def write_text(bench: Bench, caller: Reader, body: schemas.WriteTextBody) -> schemas.WrittenText:
    """Graph → text: a tidy pipeline file."""
    text = authoring.text_of_graph(
        graph_of(body.graph), body.name, description=body.description, layout=body.layout
    )
    return schemas.WrittenText(text=text)


@router.post("/plan")
def plan_text(bench: Bench, caller: Reader, body: schemas.PlanTextBody) -> schemas.Plan:
    """What a run would do, and why. Refused with all diagnostics if the text does not check."""
    workspace = bench.workspace
    pipeline = authoring.load_text(workspace, body.text)
    find = partial(find_for, bench, caller.actor)
    return plan_schema(workspace.plan(pipeline, selection_of(body), find_model=find))


@router.post("/why")
def explain_node(
    bench: Bench, caller: Reader, body: schemas.ExplainNodeBody
) -> schemas.Explanation:
    """Why a node would run or be reused."""
    from netloom.workspace.explaining import explain_node as explain

    workspace = bench.workspace
    pipeline = authoring.load_text(workspace, body.text)
    find = partial(find_for, bench, caller.actor)
    plan = workspace.plan(pipeline, selection_of(body), find_model=find)
    found = explain(plan, body.node)
    return schemas.Explanation(
        node=found.node,
        state=plan.nodes[found.node].state,
        why=found.why,
        changes=change_schemas(found.changes),
        last_run=found.last_run,
    )
