from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from netloom.core.errors import InvalidInput
from netloom.workspace.dlflow.conversion import Converted, convert

Convert = Callable[..., Converted]

MAIN = """
STEPS : "%s"
MODEL_TAG : "clicks", MODEL_DATE : "20200131", FEATURE_TAG : "f", FEATURE_DATE : "20200131"
PRIMARY_KEYS : "user, day", LABELS : [label], DROP_COLUMNS : "debug"
HDFS_WORKSPACE : "/user/me"
MODELS_DIR : "models", TASKS_DIR : "tasks", LOCAL_WORKSPACE : "/tmp/w", LOG_LEVEL : "info"
SPARK : { master : yarn, driver-memory : "4g", spark.executor.cores : 2 }
MODEL : { model_name : "DNNBinaryClassifier", input_name : "NNDenseInput", layers : [64, 32]
  epochs : 3, parallel : 8 }
BUCKET : { profile : { features : [age, income], method : "pnorm", param : {"p" : 1} }
  raw : { features : "a, b", is_encode : false }, default : { method : zscore } }
"""

BECAME = {
    "not supported": "BUCKET.raw.featurse|TYPO",
    "mapped": "STEPS|HDFS_WORKSPACE|PRIMARY_KEYS|LABELS|DROP_COLUMNS|BUCKET.profile.features"
    "|BUCKET.profile.method|BUCKET.profile.param.p|BUCKET.raw.features|BUCKET.raw.is_encode"
    "|BUCKET.default.method|MODEL.model_name|MODEL.layers|MODEL.epochs|FEATURE_DATE|MODEL_DATE"
    "|FEATURE_TAG",
    "default": "HDFS_FEATURE_DIR|valid, test|MODEL.norm|MODEL.embedding|MODEL.batch_size"
    "|MODEL.learning_rate",
    "not needed": "MODEL.input_name|MODEL.parallel|LOCAL_WORKSPACE|LOG_LEVEL|MODEL_TAG|SPARK"
    "|TASKS_DIR|MODELS_DIR",
}


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Convert:
    monkeypatch.chdir(tmp_path)

    def run(text: str, *assignments: str) -> Converted:
        Path("main.conf").write_text(text)
        return convert([Path("main.conf")], assignments)

    return run


def pipeline(converted: Converted) -> dict[str, Any]:
    read = YAML(typ="safe").load(converted.text)
    return dict(json.loads(json.dumps(read, default=str)))  # dates are texts in pipeline files


def became(converted: Converted, *keys: str) -> dict[str, str]:
    return {each.key: each.became for each in converted.outcomes if not keys or each.key in keys}


def says(converted: Converted, key: str) -> str:
    (found,) = [f"{each.place}: {each.says}" for each in converted.outcomes if each.key == key]
    return found


def test_training_and_prediction_of_one_day_become_one_graph(converted: Convert) -> None:
    result = converted(MAIN % "predict, encode, train, evaluate,")
    assert pipeline(result) == {
        "netloom": 1,
        "name": "clicks",
        "vars": {
            "date": "2020-01-31",
            "hdfs": "hdfs://",
            "hdfs_workspace": "${vars.hdfs}/user/me",
            "feature_tag": "f",
        },
        "nodes": {
            "rows": {
                "op": "tables.source",
                "path": "${vars.hdfs_workspace}/feature/TAG=${vars.feature_tag}/{date:%Y/%m/%d}",
                "date": "${date:%Y-%m-%d}",
            },
            "parts": {"op": "tables.split", "table": "rows", "keys": ["user", "day"]},
            "features": {
                "op": "tables.fit_features",
                "table": "parts",
                "keys": ["user", "day"],
                "labels": ["label"],
                "drop": ["debug"],
                "buckets": [
                    {
                        "name": "profile",
                        "columns": ["age", "income"],
                        "normalisation": {"type": "pnorm", "p": 1.0},
                    },
                    {"name": "raw", "columns": ["a", "b"], "normalisation": {"type": "none"}},
                ],
                "others": {"name": "default", "normalisation": {"type": "zscore"}},
            },
            "encoded": {"op": "tables.encode", "table": "parts", "features": "features"},
            "model": {
                "op": "tables.mlp",
                "targets": [{"column": "label", "type": "binary"}],
                "widths": [64, 32],
                "norm": "none",
                "dropout": 0.0,
                "embedding": 6,
            },
            "fit": {
                "op": "tables.train",
                "model": "model",
                "table": "encoded",
                "features": "features",
                "epochs": 3,
                "batch_size": 128,
                "optimizer": {"type": "adamw", "learning_rate": 0.001, "weight_decay": 0.0},
            },
            "score": {"op": "tables.evaluate", "model": "fit.model", "table": "encoded"},
            "predictions": {"op": "tables.predict", "model": "fit.model", "table": "encoded"},
            "written": {
                "op": "tables.write",
                "table": "predictions",
                "path": "${vars.hdfs_workspace}/predict/TAG=${vars.feature_tag}/${date:%Y/%m/%d}",
                "if_exists": "replace",
            },
        },
    }
    assert result.engine == (
        "[tables]",
        'spark = {"spark.master" = "yarn", "spark.driver.memory" = "4g", "spark.executor.cores" = "2"}',
    )


def test_the_order_of_steps_and_steps_that_are_implied_make_no_difference(
    converted: Convert,
) -> None:
    texts = {
        converted(MAIN % steps).text
        for steps in (
            "encode, train, evaluate, predict",
            "pred, eval, training, encoding",
            "predict,train,test",
        )
    }
    assert len(texts) == 1


def test_a_later_day_uses_the_model_and_the_map_of_the_earlier_one(converted: Convert) -> None:
    result = converted(MAIN % "encode, predict", "FEATURE_DATE=20200203")
    graph = pipeline(result)
    assert graph["vars"] == {
        "date": "2020-02-03",
        "models": "models/clicks",
        "model_date": "2020-01-31",
        "hdfs": "hdfs://",
        "hdfs_workspace": "${vars.hdfs}/user/me",
        "feature_tag": "f",
    }
    folder = "${vars.models}/${vars.model_date}"
    assert list(graph["nodes"]) == ["rows", "trained", "predictions", "written"]
    assert graph["nodes"]["trained"] == {"op": "tables.trained_model", "file": folder}
    assert graph["nodes"]["predictions"]["table"] == "rows"
    hot = pipeline(converted(MAIN % "train", "FEATURE_DATE=20200203"))["nodes"]
    assert hot["features"] == {"op": "tables.feature_map", "file": folder}
    assert hot["fit"]["start_from"] == "trained"


def test_every_key_is_spoken_for_and_what_needs_a_person_comes_first(converted: Convert) -> None:
    result = converted(MAIN % "encode, train" + "\nTYPO : 3\nBUCKET.raw.featurse : [x]\n")
    assert became(result) == {
        key: outcome for outcome, keys in BECAME.items() for key in keys.split("|")
    }
    assert [each.became for each in result.outcomes[:3]] == [
        "not supported",
        "not supported",
        "mapped",
    ]
    assert result.counts()["not supported"] == 2
    assert (
        says(result, "TYPO") == "main.conf:13: DLFlow itself does not read this key; it is left out"
    )


def test_own_code_is_named_with_its_place_and_never_run(converted: Convert) -> None:
    Path("models").mkdir()
    code = "raise SystemExit\n@model.reg('Mine', 'Ours')\nclass Net: pass\nclass Other: pass\n"
    Path("models/net.py").write_text(code)
    Path("tasks").mkdir()
    Path("tasks/load.py").write_text("@task.reg('load')\nclass Load(TaskNode): pass\n")
    Path("tasks/broken.py").write_text("def (")
    result = converted(MAIN % "load, train, ship", "MODEL.model_name=Ours")
    assert says(result, "MODEL.model_name").startswith(
        "--set MODEL.model_name: Ours (models/net.py:3) is Python for TensorFlow"
    )
    assert "load (tasks/load.py:2); ship." in says(result, "STEPS")
    assert pipeline(result)["nodes"]["model"] == {
        "op": "tables.mlp",
        "targets": [{"column": "label", "type": "binary"}],
        "widths": [64, 32],
        "note": "Stands in for Ours",
    }


def test_texts_keep_their_references_and_dates(converted: Convert) -> None:
    keys = """
HDFS_PREDICT_DIR : "$OUT/${MODEL_TAG}/<dt=$FEATURE_DATE:yyyy-mm>/<dt=$MODEL_DATE:dd>/<dt=20191231:yyyy>"
OUT : "$HDFS_WORKSPACE/out", RATE : 3
"""
    graph = pipeline(converted(MAIN % "predict" + keys, "FEATURE_DATE=20200203"))
    path = "${vars.out}/${vars.model_tag}/${date:%Y-%m}/31/2019"
    assert graph["nodes"]["written"]["path"] == path
    assert graph["vars"]["out"] == "${vars.hdfs_workspace}/out"


def test_without_dates_the_day_is_that_of_the_run(converted: Convert) -> None:
    folder = '"/in/<dt=$FEATURE_DATE:yyyymmdd>"'
    result = converted(f"STEPS: [encode], HDFS_FEATURE_DIR: {folder}")
    graph = pipeline(result)
    assert graph["nodes"]["rows"] == {
        "op": "tables.source",
        "path": "${vars.hdfs}/in/{date:%Y%m%d}",
        "date": "${date:%Y-%m-%d}",
    }
    assert graph["vars"] == {
        "hdfs": "hdfs://",
        "hdfs_workspace": "dlflow",
        "feature_tag": "features",
    }
    assert became(result, "FEATURE_DATE", "MODEL_DATE") == {
        "FEATURE_DATE": "default",
        "MODEL_DATE": "default",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MODEL_TAG: x", "The configuration has no STEPS"),
        ('STEPS: predict, HDFS_PREDICT_DIR: "$HDFS_WORKSPCE/x", HDFS_WORKSPACE: a', "main.conf:1"),
        ('STEPS: predict, HDFS_PREDICT_DIR: "$A", A: "$B", B: "$A"', "A → B → A"),
        ('STEPS: predict, HDFS_PREDICT_DIR: "<dt=2020:yyyy>"', "has a date that cannot be"),
        ("STEPS: encode, FEATURE_DATE: yesterday", "FEATURE_DATE is no date. Expected yyyymmdd"),
    ],
)
def test_what_cannot_be_converted_is_an_error(converted: Convert, text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        converted(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("bucket", "normalisation", "outcome"),
    [
        (
            "method: minmax, param {min: -1, max: 2}",
            {"type": "minmax", "low": -1.0, "high": 2.0},
            {"BUCKET.b.method": "mapped", "BUCKET.b.param.min": "mapped"},
        ),
        ("param {}", {"type": "minmax"}, {"BUCKET.b.method": "default"}),
        (
            "method: zscore, param {withMean: false, withStd: true}",
            {"type": "zscore"},
            {"BUCKET.b.param.withMean": "not supported", "BUCKET.b.param.withStd": "not needed"},
        ),
        ("method: maxabs", {"type": "none"}, {"BUCKET.b.method": "not supported"}),
    ],
)
def test_normalisations(
    converted: Convert, bucket: str, normalisation: dict[str, Any], outcome: dict[str, str]
) -> None:
    result = converted(f"STEPS: encode, BUCKET: {{ b: {{ features: [x], {bucket} }} }}")
    (found,) = pipeline(result)["nodes"]["features"]["buckets"]
    assert found["normalisation"] == normalisation
    assert became(result, *outcome) == outcome
