"""Trained models that nodes use: one may name what one may see, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

TEXT = """\
netloom: 1
name: using
nodes:
  digits: {op: data.digits}
  fit: {op: train, dataset: digits, reuse: "%s"}
"""


@pytest.fixture
def place(new_site: Any) -> Any:
    return new_site()


def planned(place: Any, user: str, model: str) -> tuple[int, Any]:
    answer = place.post(user, "/text/plan", {"text": TEXT % model})
    if answer.status_code != 200:
        return answer.status_code, [
            (d["code"], d["place"]["node"], d["place"]["setting"])
            for d in answer.json()["diagnostics"]
        ]
    (why,) = (node["why"] for node in answer.json()["nodes"] if node["node"] == "fit")
    return 200, why


REFUSED = [("W430", "fit", "reuse")]


def test_a_registered_model_is_found_by_name_version_and_id_by_those_who_may_see_it(
    place: Any,
) -> None:
    model = place.model("ada")
    found = place.get("ada", f"/models/{model}").json()
    name = found["name"]
    assert found["reference"] == f"{name}@1"

    for text in (name, f"{name}@1", model):
        status, why = planned(place, "ada", text)
        assert (status, why.partition(";")[0]) == (200, f"uses the trained model {text}")
        assert planned(place, "bob", text) == (422, REFUSED)
    assert planned(place, "ada", f"{name}@2") == (422, REFUSED)

    place.put("ada", f"/models/{model}/access", {"visibility": "public"})
    assert planned(place, "bob", f"{name}@1")[0] == 200


def test_an_output_of_a_run_and_its_artifact_are_for_those_who_may_see_the_run(place: Any) -> None:
    run = place.run("ada")
    artifact = place.give_out_model(run)

    for text in (f"{run}:first", artifact, f"artifact:{artifact}"):
        assert planned(place, "ada", text)[0] == 200
        assert planned(place, "bob", text) == (422, REFUSED)

    place.put("ada", f"/runs/{run}/access", {"visibility": "public"})
    for text in (f"{run}:first", artifact):
        assert planned(place, "bob", text)[0] == 200


def test_operators_say_what_stands_in_for_them(place: Any) -> None:
    stand_ins = {
        operator["id"]: operator["stand_in"]
        for operator in place.get("ada", "/operators").json()["operators"]
    }
    assert (stand_ins["train"], stand_ins["evaluate"]) == ("models.reuse", None)
