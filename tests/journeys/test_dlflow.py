"""A configuration of DLFlow is converted, and what comes out runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MAIN = """
STEPS : "predict, train, evaluate, encode, merge"
MODEL_TAG : risk, MODEL_DATE : "20200131", FEATURE_TAG : all, FEATURE_DATE : "20200131"
PRIMARY_KEYS : uid, LABELS : label, HDFS_WORKSPACE : "/ws"
MODEL : { model_name : DNNBinaryClassifier, input_name : NNDenseInput, layers : [8], epochs : 2 }
BUCKET : { profile : { features : [age, spent], method : zscore } }
MERGE : { config_file : merge.conf, fit : true
  seed_sql : "select uid, label from db.seed where dt = '<dt=$FEATURE_DATE:yyyy-mm-dd>'" }
"""
MERGE = """
dependencies : {
  hive : [ { key : DT, formatter : yyyyMMdd, degradeDays : 2, pathTemplate : "/users/${YYYY}/${MM}/${DD}" } ]
  static : [ { key : LEAST, value : "1" } ]
}
steps : [
  { name : users, opType : SQL_Assembler
    params : { joinKeys : [uid], sqlFile : users.sql, substitutions : [DT, LEAST] } }
  { name : filled, opType : MissingValueFiller
    params : { excludeCols : [uid, label], int : {}, long : { default : 0 }, str : { default : none } } }
]
"""
SQL = """
select uid, max(age) as age, sum(spent) as spent, first(city) as city
from db.users where concat(year, month, day) = '${DT}' and spent >= ${LEAST} group by uid
"""
PEOPLE = range(40)


def put(folder: Path, columns: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "0.parquet")
    (folder / "_SUCCESS").touch()


@pytest.fixture
def cluster(project: Any) -> Any:
    """What lay on HDFS, in the folder ``data``; users are two days old."""
    project.write("main.conf", MAIN)
    project.write("merge.conf", MERGE)
    project.write("users.sql", SQL)
    seed = {"uid": list(PEOPLE), "label": [uid % 3 == 0 for uid in PEOPLE]}
    for day in ("2020-01-30", "2020-01-31"):
        put(project.folder / f"data/user/hive/warehouse/db.db/seed/dt={day}", seed)
    users = {
        "uid": [uid for uid in PEOPLE if uid % 10] * 2,
        "age": [20 + uid % 3 for uid in PEOPLE if uid % 10] * 2,
        "spent": [uid % 7 for uid in PEOPLE if uid % 10] * 2,
        "city": [f"c{uid % 3}" for uid in PEOPLE if uid % 10] * 2,
    }
    put(project.folder / "data/users/2020/01/29", users)
    return project


def test_a_converted_configuration_merges_fills_and_encodes(cluster: Any) -> None:
    done = cluster.call("import", "dlflow", "main.conf", "-o", "train.yaml")
    assert done["counts"]["not supported"] == 0
    result = cluster.run("train", sets=["vars.hdfs=data"], to=["encoded"]).require_success()
    assert result.value("users").date == "2020-01-29"
    merged = _rows(cluster, "filled.table")
    assert merged[:1] + merged[6:8] == [
        {"uid": 0, "label": True, "age": 0, "spent": 0, "city": "none"},
        {"uid": 6, "label": True, "age": 20, "spent": 12, "city": "c0"},
        {"uid": 7, "label": False, "age": 0, "spent": 0, "city": "none"},
    ]
    encoded = _rows(cluster, "encoded.out")
    assert [row["uid"] for row in encoded] == list(PEOPLE)
    assert set(encoded[0]) == {"uid", "label", "part", "profile_numbers", "default_ids"}


def _rows(cluster: Any, output: str) -> list[dict[str, Any]]:
    (folder,) = cluster.folder.glob(f".netloom/runs/*/outputs/{output}/rows")
    return list(pq.read_table(folder).sort_by("uid").to_pylist())
