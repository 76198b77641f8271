from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from netloom.workspace.dlflow.conversion import Converted, convert
from netloom.workspace.dlflow.merge_sql import NotTranslated, Translated, translated

MAIN = """
STEPS : merge, FEATURE_DATE : "20200131", HDFS_WORKSPACE : "/ws", PRIMARY_KEYS : uid
MERGE : { config_file : "merge.conf", fit : true
  seed_sql : "select uid from db.seed where dt = '<dt=$FEATURE_DATE:yyyy-mm-dd>'" }
"""
DEPENDENCIES = """
dependencies : {
  hive : [ { key : DT, formatter : yyyyMMdd, offsetDays : -1, degradeDays : 3
    pathTemplate : "/hive/users/${YYYY}/${MM}/${DD}", checker : { method : capacity, threshold : 2 } } ]
  hdfs : [ { key : LOGS, degradeDays : 2, pathTemplate : "/logs/dt=${yyyy}-${mm}-${dd}"
    checker : { method : count, threshold : 50, sourceType : orc } } ]
  date : [ { key : MONTH, formatter : MM } ]
  static : [ { key : LEAST, value : "20" }, { key : LEAST, value : 3 } ]
}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def merged(steps: str, *, main: str = MAIN, **sql: str) -> Converted:
    Path("main.conf").write_text(main)
    Path("merge.conf").write_text(f"{DEPENDENCIES}\nsteps : [ {steps} ]")
    for name, text in sql.items():
        Path(f"{name}.sql").write_text(text)
    return convert([Path("main.conf")])


def nodes(converted: Converted) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(converted.text)["nodes"])


def says(converted: Converted, key: str) -> tuple[str, str]:
    (found,) = [(each.became, each.says) for each in converted.outcomes if each.key == key]
    return found


def test_sql_of_a_partition_becomes_a_source_that_walks_back(project: Path) -> None:
    step = """{ name : "Ages", opType : SQL_Assembler, params : {
      joinKeys : [uid], sqlFile : "ages.sql", emptyCheck : false, substitutions : [DT, LEAST] } }"""
    sql = """
select uid, max(age) as age, '${DT}' as seen  -- of adults
from db.users where concat(year, month, day) = '${DT}' and age >= ${LEAST} group by uid
"""
    result = merged(step, ages=sql)
    assert nodes(result) == {
        "seed_2": {
            "op": "tables.query",
            "tables": ["seed"],
            "query": {
                "sql": "SELECT uid FROM rows AS seed WHERE dt = {seed_1}",
                "values": {"seed_1": "${date:%Y-%m-%d}"},
            },
        },
        "seed": {"op": "tables.source", "path": "${vars.warehouse}/db.db/seed"},
        "users": {
            "op": "tables.source",
            "path": "${vars.hdfs}/hive/users/{date:%Y/%m/%d}",
            "date": "${date:%Y-%m-%d}",
            "shift_days": -1,
            "degrade_days": 3,
            "min_bytes": 2 * 1024 * 1024 + 1,
        },
        "merged": {
            "op": "tables.merge",
            "seed": "seed_2",
            "tables": ["users"],
            "keys": ["uid"],
            "sources": [
                {
                    "query": {
                        "sql": "SELECT uid, MAX(age) AS age, strftime({date}, '%Y%m%d') AS seen "
                        "FROM rows AS users WHERE age >= {least} GROUP BY uid",
                        "values": {"least": 20},
                    },
                    "empty": "allow",
                }
            ],
        },
        "written": {
            "op": "tables.write",
            "table": "merged.table",
            "path": "${vars.hdfs_workspace}/feature/TAG=${vars.feature_tag}/${date:%Y/%m/%d}",
            "if_exists": "replace",
        },
    }
    assert says(result, "dependencies.static.1") == (
        "not supported",
        "the key LEAST is taken already by dependencies.static.0",
    )
    assert says(result, "dependencies.date.0") == ("not needed", "no step refers to it")


def test_steps_with_other_keys_are_merged_one_after_the_other(project: Path) -> None:
    steps = """
      { name : logs, opType : UDF_Assembler, params : { joinKeys : "uid, city", substitutions : [LOGS]
        clazz : com.didi.HdfsReader, extraParams : { path : "${LOGS}", format : orc } } },
      { name : both, opType : SQL_Assembler, params : { joinKeys : [uid], sqlFile : both.sql
        substitutions : [DT] } }
    """
    sql = "select a.uid, b.x from db.a a join db.b b on a.uid = b.uid where a.dt = '${DT}'"
    found = nodes(merged(steps, both=sql))
    assert found["logs"] == {
        "op": "tables.source",
        "path": "${vars.hdfs}/logs/dt={date:%Y-%m-%d}",
        "date": "${date:%Y-%m-%d}",
        "degrade_days": 2,
        "min_rows": 50,
        "format": {"type": "orc"},
    }
    assert found["merged"] == {
        "op": "tables.merge",
        "seed": "seed_2",
        "tables": ["logs"],
        "keys": ["uid", "city"],
    }
    assert found["both_rows"] == {
        "op": "tables.query",
        "tables": ["a", "b"],
        "query": {
            "sql": "SELECT a.uid, b.x FROM table_1 AS a JOIN table_2 AS b ON a.uid = b.uid WHERE a.dt = {dt}",
            "values": {"dt": "${date:%Y%m%d, -1d}"},
        },
    }
    assert found["merged_2"] == {
        "op": "tables.merge",
        "seed": "merged.table",
        "tables": ["both_rows"],
        "keys": ["uid"],
    }


def test_filling(project: Path) -> None:
    step = """{ name : "1 fill", desc : "no gaps", opType : MissingValueFiller
      params : { excludeCols : [uid, a]
      int : { -999 : [a, b], default : 0 }, long : { default : 0 }, float : { -1.5 : [c], default : 0.5 }
      double : { default : 1 }, decimal : { x : [d] }, str : { unknown : "e", default : "NULL" } } }"""
    result = merged(step)
    assert nodes(result)["n_1_fill"] == {
        "op": "tables.fill",
        "table": "seed_2",
        "rules": [
            {"columns": ["a", "b"], "value": -999},
            {"columns": ["c"], "value": -1.5},
            {"columns": ["e"], "value": "unknown"},
            {"types": ["integer"], "value": 0},
            {"types": ["number"], "value": 0.5},
            {"types": ["text"], "value": "NULL"},
        ],
        "exclude": ["uid"],
        "note": "no gaps",
    }
    unsupported = {each.key for each in result.outcomes if each.became == "not supported"}
    assert unsupported == {
        "dependencies.static.1",
        "steps.0.params.double.default",
        "steps.0.params.decimal",
    }


def test_what_runs_code_or_cannot_be_read_is_left_out_and_named(project: Path) -> None:
    steps = """
      { name : mine, opType : UDF_Assembler, params : { joinKeys : [uid], clazz : com.me.Graph
        extraParams : {}, substitutions : [] } },
      { name : gone, opType : SQL_Assembler, params : { joinKeys : [uid], sqlFile : gone.sql } },
      { name : two, opType : SQL_Assembler, params : { joinKeys : [uid], sqlFile : two.sql } },
      { name : cross, opType : CrossExtender }
    """
    main = MAIN.replace("seed_sql", "seed_sq")
    result = merged(steps, main=main, two="select 1; select 2")
    assert list(nodes(result)) == ["seed", "written"]
    assert nodes(result)["seed"] == {"op": "tables.source", "path": "${vars.seed}"}
    left_out = {each.key: each.says for each in result.outcomes if each.became == "not supported"}
    assert left_out.pop("MERGE.seed_sql").endswith("of vars.seed: MERGE.seed_sql is missing")
    assert "com.me.Graph runs code of its own" in left_out.pop("steps.0.params.clazz")
    assert "gone.sql cannot be read: No such file" in left_out.pop("steps.1.params.sqlFile")
    assert "two.sql is left out: it is not one SELECT" in left_out.pop("steps.2.params.sqlFile")
    assert "CrossExtender" in left_out.pop("steps.3")


def test_without_the_file_of_dmflow_the_seed_is_read(project: Path) -> None:
    result = convert([_main(MAIN.replace("merge.conf", "/cluster/none.conf"))])
    assert list(nodes(result)) == ["seed", "seed_2", "written"]
    became, text = says(result, "MERGE.config_file")
    assert (became, text[:48]) == (
        "not supported",
        "/cluster/none.conf: there is no such file here; ",
    )


def _main(text: str) -> Path:
    path = Path("main.conf")
    path.write_text(text)
    return path


def test_hive_functions_and_texts_around_values_are_translated() -> None:
    sql = "select nvl(a, 'x_${K}_y') a, '$.b' c from t where d > date_sub('${K}', 3) and e in ('${K}')"
    assert translated(sql, {"K": "v"}) == Translated(
        sql="SELECT COALESCE(a, ('x_' || {k} || '_y')) AS a, '$.b' AS c FROM rows AS t WHERE "
        "d > CAST({k} AS DATE) + INTERVAL (3 * -1) DAY AND e IN ({k})",
        tables=("t",),
        values={"k": "v"},
    )


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select * from db.t_${K}", "the name of a table is put together from values"),
        ("select '${Z}'", "'Z' is not among its substitutions"),
        ("insert into t select 1", "it is not one SELECT"),
        ("select ((", "it cannot be understood: "),
    ],
)
def test_sql_that_cannot_be_said_in_a_pipeline(sql: str, why: str) -> None:
    with pytest.raises(NotTranslated) as caught:
        translated(sql, {"K": "v"})
    assert str(caught.value).startswith(why)
