from __future__ import annotations

import json
from pathlib import Path

import pytest

from netloom.cli.main import call

Captured = pytest.CaptureFixture[str]
CONFIGURATION = """
STEPS : "encode, train, evaluate, predict", MODEL_TAG : clicks
MODEL_DATE : "20200131", FEATURE_DATE : "20200131", HDFS_WORKSPACE : ws
PRIMARY_KEYS : user, LABELS : label, SPARK : { master : yarn }, TYPO : 1
MODEL : { model_name : DNNRegression, layers : [8], epochs : 2 }
MERGE : { config_file : "merge.conf", seed_sql : "select user, label from db.seed" }
BUCKET : { profile : { features : [age], method : minmax } }
"""
MERGE = """
dependencies : { hive : [ { key : DT, formatter : yyyyMMdd, pathTemplate : "/t/${YYYY}${MM}${DD}" } ] }
steps : [
  { name : ages, opType : SQL_Assembler
    params : { joinKeys : [user], sqlFile : ages.sql, substitutions : [DT] } }
  { name : counts, opType : MissingValueCounter, params : { excludeCols : [] } }
  { name : filled, opType : MissingValueFiller
    params : { int : { default : 0 }, str : { "?" : [city] } } }
]
"""


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("conf")
    folder.mkdir()
    (folder / "main.conf").write_text(CONFIGURATION)
    (folder / "merge.conf").write_text(MERGE)
    (folder / "ages.sql").write_text("select user, age, city from db.ages where dt = '${DT}'")
    return folder


def imported(*words: str) -> int:
    return call(["import", "dlflow", *words])


def test_what_is_written_is_a_valid_pipeline(conf: Path, capsys: Captured) -> None:
    files = sorted(str(path) for path in conf.glob("*.conf"))
    everything = "STEPS=merge,encode,train,evaluate,predict"
    for changes in (
        [everything],
        [everything, "FEATURE_DATE=20200301"],
        ["STEPS=merge,predict", "FEATURE_DATE=20200301"],
        ["STEPS=merge,encode"],
    ):
        sets = [word for change in changes for word in ("--set", change)]
        assert imported(*files, "-o", "pipelines/p.yaml", "--force", *sets) == 0
        checked = call(["validate", "pipelines/p.yaml", "--set", "vars.hdfs=data"])
        assert checked == 0, capsys.readouterr()


def test_the_pipeline_is_printed_and_the_report_goes_elsewhere(
    conf: Path, capsys: Captured
) -> None:
    assert imported(str(conf / "main.conf")) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("# Converted from main.conf.\n")
    assert "{op: tables.evaluate, model: fit.model, table: encoded}\n" in printed.out
    assert printed.err.startswith(
        "\nnot supported:\n  TYPO: DLFlow itself does not read this key; it is left out  (conf/main.conf:4)\n"
    )
    assert printed.err.endswith(
        'For Spark, in netloom.toml:\n  [tables]\n  spark = {"spark.master" = "yarn"}\n'
    )


def test_as_json(conf: Path, capsys: Captured) -> None:
    assert imported(str(conf / "main.conf"), "-o", "p.yaml", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pipeline"] == Path("p.yaml").read_text()
    assert document["file"] == "p.yaml"
    assert document["counts"]["not supported"] == 1
    assert document["keys"][0] == {
        "key": "TYPO",
        "became": "not supported",
        "says": "DLFlow itself does not read this key; it is left out",
        "file": "conf/main.conf",
        "line": 4,
    }


def test_nothing_is_overwritten_and_mistakes_are_explained(conf: Path, capsys: Captured) -> None:
    Path("p.yaml").write_text("mine")
    assert imported(str(conf / "main.conf"), "-o", "p.yaml") == 4
    assert "'p.yaml' exists already" in capsys.readouterr().err
    assert Path("p.yaml").read_text() == "mine"
    (conf / "main.conf").write_text("STEPS = ]")
    assert imported(str(conf / "main.conf")) == 2
    assert "This is no HOCON" in capsys.readouterr().err
