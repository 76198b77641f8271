from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from netloom.core.identifiers import ArtifactId, NodeId, RunId
from netloom.execution.events import Output
from netloom.execution.explanation import Change
from netloom.execution.states import RunState
from netloom.tracking.comparison import (
    MetricDifference,
    NodeComparison,
    ValueComparison,
    compare_outputs,
    compare_runs,
)
from netloom.tracking.records import NodeRecord, RunRecord, RunRequest

FIT, SCORE, EXTRA = NodeId("fit"), NodeId("score"), NodeId("extra")
INGREDIENTS = {
    "operator": "train",
    "code": "c1",
    "settings": {"epochs": 3, "optimizer": {"lr": 0.1}},
    "inputs": {"dataset": ["d1"]},
    "identity": None,
}


def node(name: NodeId = FIT, **changes: Any) -> NodeRecord:
    record = NodeRecord(
        run=RunId("r"),
        node=name,
        state=RunState.SUCCEEDED,
        ingredients=INGREDIENTS,
        outputs={"model": Output(ArtifactId("a" * 64), "m", 1)},
        last_metrics={"loss": 0.5},
    )
    return replace(record, **changes)


def run(name: str, **changes: Any) -> RunRecord:
    request = replace(RunRequest("digits", {}, "/p"), **changes)
    return RunRecord(RunId(name), request, RunState.SUCCEEDED, 1.0)


def compare(first: NodeRecord, second: NodeRecord) -> NodeComparison | None:
    found = compare_runs(run("r1"), run("r2"), {FIT: first}, {FIT: second})
    return found.nodes.get(FIT)


class TestRuns:
    def test_equal_runs_do_not_differ(self):
        found = compare_runs(run("r1"), run("r2"), {FIT: node()}, {FIT: node()})
        assert found.is_equal
        assert str(found) == "r1 → r2\n  no differences"

    def test_a_reused_result_does_not_differ_from_a_computed_one(self):
        assert compare(node(), node(state=RunState.CACHED)) is None

    def test_settings_data_code_outputs_and_metrics(self):
        changed = {
            **INGREDIENTS,
            "code": "c2",
            "settings": {"epochs": 5, "optimizer": {"lr": 0.1}},
            "inputs": {"dataset": ["d2"]},
            "identity": "new",
        }
        other = node(
            ingredients=changed,
            outputs={"model": Output(ArtifactId("b" * 64), "m", 1)},
            last_metrics={"loss": 0.25, "accuracy": 0.9},
        )
        assert compare(node(), other) == NodeComparison(
            node=FIT,
            states=(RunState.SUCCEEDED, RunState.SUCCEEDED),
            changes=(
                Change("setting", "epochs", 3, 5),
                Change("input", "dataset", ["d1"], ["d2"]),
                Change("data", "", None, "new"),
                Change("code", "", "c1", "c2"),
            ),
            outputs=("model",),
            metrics=(
                MetricDifference("loss", 0.5, 0.25),
                MetricDifference("accuracy", None, 0.9),
            ),
        )

    def test_a_node_that_never_got_to_its_ingredients_differs_in_its_state(self):
        failed = node(state=RunState.SKIPPED, ingredients=None, outputs={}, last_metrics={})
        found = compare(node(outputs={}, last_metrics={}), failed)
        assert found is not None
        assert list(found.sentences()) == ["succeeded → skipped"]

    def test_forcing_no_node_is_not_forcing_all(self):
        found = compare_runs(run("r1", force=(FIT,)), run("r2"), {FIT: node()}, {FIT: node()})
        assert str(found).splitlines() == ["r1 → r2", "  force: fit → none"]

    def test_request_and_nodes_of_only_one_run_are_named(self):
        found = compare_runs(
            run("r1", targets=(FIT,)),
            run("r2", description="not compared"),
            {FIT: node(), EXTRA: node(EXTRA)},
            {FIT: node(last_metrics={"loss": 0.25}), SCORE: node(SCORE)},
        )
        assert str(found).splitlines() == [
            "r1 → r2",
            "  targets: fit → all",
            "  only in r1: extra",
            "  only in r2: score",
            "  fit",
            "    loss 0.5 → 0.25 (-0.25)",
        ]
        assert found.to_json() == {
            "first": "r1",
            "second": "r2",
            "request": {"targets": [["fit"], []]},
            "only_first": ["extra"],
            "only_second": ["score"],
            "nodes": {
                "fit": {
                    "states": ["succeeded", "succeeded"],
                    "changes": [],
                    "outputs": [],
                    "metrics": [
                        {"name": "loss", "first": 0.5, "second": 0.25, "difference": -0.25}
                    ],
                }
            },
        }

    def test_nan_does_not_differ_from_nan(self):
        nan = node(last_metrics={"loss": math.nan})
        assert compare(nan, node(last_metrics={"loss": float("nan")})) is None
        assert compare(nan, node()) is not None


class TestOutputs:
    def test_an_exact_repetition_is_equal(self):
        found = compare_outputs({FIT: node()}, {FIT: node(state=RunState.CACHED)})
        assert found.is_equal
        assert found.values == (
            ValueComparison(FIT, "state", "", "succeeded", "succeeded"),
            ValueComparison(FIT, "output", "model", "a" * 64, "a" * 64),
            ValueComparison(FIT, "metric", "loss", 0.5, 0.5),
        )

    def test_every_difference_counts(self):
        other = node(
            state=RunState.FAILED, outputs={}, last_metrics={"loss": 0.5000001, "new": 1.0}
        )
        found = compare_outputs({FIT: node()}, {FIT: other})
        assert [(value.kind, value.name) for value in found.differences] == [
            ("state", ""),
            ("output", "model"),
            ("metric", "loss"),
            ("metric", "new"),
        ]
        assert str(found).splitlines() == [
            "≠ fit succeeded → failed",
            "≠ fit.model aaaaaaaaaaaa → nothing",
            "≠ fit.loss 0.5 → 0.5000001",
            "≠ fit.new nothing → 1",
        ]
        assert found.values[2].difference == abs(0.5000001 - 0.5)
        assert found.to_json()["num_different"] == 4

    def test_a_node_that_is_missing_in_the_repetition_counts(self):
        assert not compare_outputs({FIT: node()}, {}).is_equal
        assert not compare_outputs({}, {FIT: node()}).is_equal

    def test_how_fast_a_machine_was_is_shown_but_not_expected_to_repeat(self):
        fast = node(last_metrics={"samples_per_s": 900.0, "step_ms": 1.0, "miss": 0.5})
        slow = node(last_metrics={"samples_per_s": 90.0, "step_ms": 9.0, "miss": 0.5})
        found = compare_outputs({FIT: fast}, {FIT: slow})
        assert found.is_equal
        assert [str(value) for value in found.values[2:]] == [
            "~ fit.samples_per_s 900 → 90",
            "~ fit.step_ms 1 → 9",
            "= fit.miss 0.5",
        ]

    def test_nan_repeats_nan(self):
        nan = {FIT: node(last_metrics={"loss": math.nan})}
        found = compare_outputs(nan, {FIT: node(last_metrics={"loss": float("nan")})})
        assert found.is_equal
        assert found.values[-1].difference == 0.0
