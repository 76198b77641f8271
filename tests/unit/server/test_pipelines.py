"""Stored pipelines: drafts under optimistic locking, versions, differences; and unsaved text."""

from __future__ import annotations

from typing import Any

TEXT = """\
# Doubling.
netloom: 1
name: doubled
nodes:
  first: {op: small.number, value: 3}  # three
  second: {op: small.double, given: first}
"""


def test_a_draft_is_saved_only_over_what_was_seen(site: Any) -> None:
    made = site.post("ada", "/pipelines", {"text": TEXT})
    pipeline = made.json()
    path = f"/pipelines/{pipeline['id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert (pipeline["name"], pipeline["revision"]) == ("doubled", 1)

    body = {"text": TEXT.replace("doubled", "renamed")}
    first = site.put("ada", f"{path}/draft", body, headers={"If-Match": made.headers["etag"]})
    assert (first.status_code, first.json()["name"]) == (200, "renamed")
    late = site.put("ada", f"{path}/draft", {"text": "x"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    (problem,) = late.json()["diagnostics"]
    assert (problem["code"], problem["expected"]) == ("S112", "revision 2")
    assert "by ada" in problem["message"]
    assert site.put("ada", f"{path}/draft", {"text": "x"}).status_code == 428
    malformed = site.put("ada", f"{path}/draft", {"text": "x"}, headers={"If-Match": "2"})
    assert malformed.status_code == 422
    assert site.get("ada", path).json()["text"] == body["text"]


def test_edits_keep_comments(site: Any) -> None:
    pipeline = site.pipeline("ada", TEXT)
    edits = [
        {"kind": "set_setting", "node": "first", "setting": "value", "value": 5},
        {"kind": "add_node", "node": {"id": "third", "op": "small.double"}},
        {"kind": "connect", "source": "second", "node": "third", "port": "given"},
        {"kind": "move_node", "node": "third", "x": 10, "y": 20},
    ]
    edited = site.post(
        "ada", f"/pipelines/{pipeline['id']}/edits", {"edits": edits}, headers={"If-Match": '"1"'}
    )
    assert edited.status_code == 200, edited.text
    text = edited.json()["pipeline"]["text"]
    assert text.startswith("# Doubling.\n")
    assert "first: {op: small.number, value: 5}  # three" in text
    sketch = edited.json()["sketch"]
    assert sketch["is_valid"]
    assert sketch["layout"] == {"third": [10, 20]}
    assert sketch["graph"]["nodes"][2] == {
        "id": "third",
        "op": "small.double",
        "settings": {},
        "inputs": {"given": "second"},
        "needs": None,
        "retries": 0,
        "timeout_s": None,
        "note": "",
        "reuse": None,
        "bypass": False,
    }


def test_of_edits_that_cannot_all_be_made_none_is(site: Any) -> None:
    pipeline = site.pipeline("ada", TEXT)
    path = f"/pipelines/{pipeline['id']}"
    edits = [
        {"kind": "remove_node", "node": "second"},
        {"kind": "remove_node", "node": "nowhere"},
    ]
    refused = site.post("ada", f"{path}/edits", {"edits": edits}, headers={"If-Match": '"1"'})
    assert refused.status_code == 404
    assert site.get("ada", path).json()["text"] == TEXT


def test_versions_never_change_and_can_be_compared(site: Any) -> None:
    path = f"/pipelines/{site.pipeline('ada', TEXT)['id']}"
    kept = site.post("ada", f"{path}/versions", {"message": "good"}, headers={"If-Match": '"1"'})
    assert (kept.status_code, kept.json()["number"]) == (201, 1)
    changed = TEXT.replace("value: 3", "value: 4").replace("second:", "twice:")
    site.put("ada", f"{path}/draft", {"text": changed}, headers={"If-Match": '"1"'})
    assert site.get("ada", f"{path}/versions/1").json()["text"] == TEXT
    diff = site.get("ada", f"{path}/diff", params={"before": 1}).json()
    assert diff["nodes"] == [
        {"node": "second", "change": "removed", "operator": ["small.double", None], "values": []},
        {
            "node": "first",
            "change": "changed",
            "operator": ["small.number", "small.number"],
            "values": [{"kind": "setting", "name": "value", "before": 3, "after": 4}],
        },
        {"node": "twice", "change": "added", "operator": [None, "small.double"], "values": []},
    ]
    assert "-  first: {op: small.number, value: 3}  # three" in diff["text"].splitlines()
    assert site.get("ada", f"{path}/versions/2").status_code == 404


def test_a_list_shows_what_one_may_see(site: Any) -> None:
    private, shared = site.pipeline("ada", TEXT)["id"], site.pipeline("ada", TEXT)["id"]
    site.put(
        "ada", f"/pipelines/{shared}/access", {"visibility": "shared", "shares": {"bob": "run"}}
    )
    seen = {p["id"]: p["right"] for p in site.get("bob", "/pipelines").json()["pipelines"]}
    assert private not in seen
    assert seen[shared] == "run"
    assert site.get("bob", f"/pipelines/{shared}/access").json()["shares"] == {}
    unknown = {"visibility": "shared", "shares": {"nobody": "read"}}
    assert site.put("ada", f"/pipelines/{shared}/access", unknown).status_code == 404


def test_text_is_checked_without_being_saved(site: Any) -> None:
    wrong = TEXT.replace("value: 3", "value: three, valeu: 4").replace(
        "given: first", "given: fist"
    )
    sketch = site.post("vera", "/text/check", {"text": wrong}).json()
    found = {
        (d["code"], d["place"].get("node"), d["place"].get("setting") or d["place"].get("port"))
        for d in sketch["diagnostics"]
    }
    assert found == {
        ("G103", "first", "value"),
        ("G102", "first", "valeu"),
        ("G106", "second", "given"),
    }
    assert not sketch["is_valid"]
    assert {d["place"]["line"] for d in sketch["diagnostics"]} == {5, 6}
    broken = site.post("vera", "/text/check", {"text": "nodes: [\n"}).json()
    assert (broken["graph"], broken["diagnostics"][0]["code"]) == (None, "D004")


def test_a_connection_that_follows_is_shown(site: Any) -> None:
    text = TEXT.replace(", given: first", "")
    sketch = site.post("ada", "/text/check", {"text": text}).json()
    assert sketch["wired"] == [{"node": "second", "port": "given", "source": "first"}]


def test_a_plan_says_what_would_run_and_why(site: Any) -> None:
    plan = site.post("ada", "/text/plan", {"text": TEXT, "to": ["first"]}).json()
    assert [(n["node"], n["state"], n["why"]) for n in plan["nodes"]] == [
        ("first", "ready", "it never ran")
    ]
    refused = site.post("ada", "/text/plan", {"text": TEXT, "from": ["nowhere"]})
    assert refused.status_code == 422
    assert refused.json()["diagnostics"][0]["code"] == "G106"
    why = site.post("ada", "/text/why", {"text": TEXT, "node": "second"}).json()
    assert why["why"] == "depends on first, which may change"


def test_a_graph_is_written_as_text(site: Any) -> None:
    graph = site.post("ada", "/text/check", {"text": TEXT}).json()["graph"]
    text = site.post("ada", "/text/write", {"graph": graph, "name": "again"}).json()["text"]
    assert site.post("ada", "/text/check", {"text": text}).json()["graph"] == graph


def test_text_reads_no_file_outside_the_project_and_no_environment(
    site: Any, tmp_path: Any
) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("netloom: 1\nname: secret\nnodes: {}\n")
    for named in (str(secret), "../" * 30 + str(secret)[1:]):
        sketch = site.post("ada", "/text/check", {"text": f"extends: {named}\n{TEXT}"}).json()
        assert [d["code"] for d in sketch["diagnostics"]] == ["S119"]
    sketch = site.post(
        "ada", "/text/check", {"text": TEXT + "vars: {home: '${env:HOME}'}\n"}
    ).json()
    assert "D024" in {d["code"] for d in sketch["diagnostics"]}


def test_operators_come_in_the_readers_language(site: Any) -> None:
    headers = {"Accept-Language": "fr, zh-CN;q=0.8, en;q=0.5"}
    palette = site.get("ada", "/operators", headers=headers).json()
    titles = {operator["id"]: operator["title"] for operator in palette["operators"]}
    assert palette["language"] == "zh"
    assert titles["data.split"] == "划分数据集"
    assert titles["small.double"] == "Double"
    double = site.get("ada", "/operators/small.double").json()
    assert double["inputs"] == [
        {
            "name": "given",
            "type": "int",
            "required": True,
            "many": False,
            "help": "What is doubled.",
        }
    ]
    assert double["settings"]["properties"]["times"]["description"] == "How often."
    types = {t["id"]: t for t in site.get("ada", "/port-types").json()["types"]}
    assert "int" in types["int"]["accepts"]


def test_every_change_is_in_the_audit_log(site: Any) -> None:
    pipeline = site.pipeline("ada", TEXT)["id"]
    site.post("ada", "/text/check", {"text": TEXT})
    site.post(None, "/session", {"name": "mallory", "password": "a guess"})
    site.call("ada", "DELETE", f"/pipelines/{pipeline}")
    entries = site.get("root", "/audit", params={"limit": 3}).json()["entries"]
    assert [(e["user"], e["action"], e["about"], e["status"]) for e in entries] == [
        ("ada", "deletePipeline", pipeline, 204),
        (None, "signIn", "", 401),
        ("ada", "createPipeline", pipeline, 201),
    ]
