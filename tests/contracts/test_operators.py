"""What every built-in operator must be, so that palettes, forms, files and caches can rely on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any, get_type_hints

import jsonschema
import pytest
from pydantic_core import to_jsonable_python

from netloom.core.digests import canonical_json
from netloom.graph.fingerprint import Ingredients, operator_code_hash
from netloom.graph.operator import Needs, Operator
from netloom.graph.types import is_assignable, type_name
from netloom.operators.builtin import builtin_catalogue

CATALOGUE = builtin_catalogue()
every_operator = pytest.mark.parametrize("operator", list(CATALOGUE), ids=lambda o: o.id)

Anything = Operator[Any, Any]


def defaults(operator: Anything) -> dict[str, Any]:
    """Defaults of all settings that have one, as JSON."""
    fields = operator.settings_type.model_fields
    return {
        name: to_jsonable_python(field.get_default(call_default_factory=True))
        for name, field in fields.items()
        if not field.is_required()
    }


def fingerprint(operator: Anything) -> str:
    """Fingerprint of the operator with its defaults."""
    document = defaults(operator)
    return Ingredients(operator.id, operator_code_hash(operator), document).fingerprint


def test_ids_and_groups_are_names() -> None:
    ids = [operator.id for operator in CATALOGUE]
    assert len(ids) == len(set(ids))
    for operator in CATALOGUE:
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", operator.id)
        assert re.fullmatch(r"[a-z][a-z0-9_]*", operator.group)


@every_operator
def test_it_says_what_it_does(operator: Anything) -> None:
    assert operator.summary.endswith((".", "!", "?"))
    assert 10 <= len(operator.summary) <= 100
    of_settings = {
        name: field.description for name, field in operator.settings_type.model_fields.items()
    }
    of_ports = {name: port.help for name, port in operator.inputs.items()}
    assert [name for name, help in {**of_settings, **of_ports}.items() if not help] == []
    known = {*operator.inputs, *operator.setting_names}
    assert set(operator.argument_help) <= known, "help for something that does not exist"


@every_operator
def test_its_several_outputs_are_told_apart(operator: Anything) -> None:
    if len(operator.outputs) > 1:
        assert all(port.help for port in operator.outputs.values())


@every_operator
def test_its_ports_have_types(operator: Anything) -> None:
    hints = get_type_hints(operator.function)
    assert "return" in hints
    ports = [*operator.inputs.values(), *operator.outputs.values()]
    untyped = [port.name for port in ports if type_name(port.type) == "anything"]
    assert untyped == []
    assert all(is_assignable(port.type, port.type) for port in ports)


@every_operator
def test_its_roles_name_its_inputs(operator: Anything) -> None:
    assert set(operator.roles) <= set(operator.inputs)


@every_operator
def test_its_defaults_are_allowed(operator: Anything) -> None:
    """Settings validate their defaults whenever they are made."""
    settings = operator.settings_type.model_validate(EXAMPLES.get(operator.id, {}))
    written = settings.model_dump(mode="json")
    assert {name: written[name] for name in defaults(operator)} == defaults(operator)


@every_operator
def test_its_settings_survive_the_way_through_a_file(operator: Anything) -> None:
    document = examples(operator)
    settings = operator.settings_type.model_validate(document)
    written = settings.model_dump(mode="json")
    again = operator.settings_type.model_validate(json.loads(canonical_json(written)))
    assert again == settings
    assert again.model_dump(mode="json") == written


@every_operator
def test_its_schema_accepts_what_it_accepts(operator: Anything) -> None:
    schema = operator.settings_type.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(examples(operator))
    assert list(validator.iter_errors({**examples(operator), "no_such_setting": 1}))


EXAMPLES: dict[str, dict[str, Any]] = {
    "tables.source": {"path": "users"},
    "tables.database": {"url": "sqlite:///users.db", "query": "SELECT 1"},
    "tables.merge": {"keys": ["user"]},
    "tables.query": {"query": {"sql": "SELECT * FROM rows"}},
    "tables.fill": {"rules": [{"types": ["number"], "how": "mean"}]},
    "tables.write": {"path": "out"},
    "data.image_folder": {"path": "images"},
    "data.image_zip": {"path": "images.zip"},
    "data.survey": {"path": "images.zip"},
    "data.image_list": {"path": "images.csv"},
    "data.image_parquet": {"path": "images.parquet"},
    "data.image_arrow": {"path": "images"},
    "data.detection": {"path": "images"},
    "data.segmentation": {"path": "images"},
    "data.text_detection": {"path": "images"},
    "data.text_recognition": {"path": "images"},
    "data.enhancement": {"path": "images"},
    "data.depth": {"path": "images"},
    "data.normals": {"path": "images"},
    "data.video": {"path": "images"},
    "image.resize": {"size": 32},
    "image.center_crop": {"size": 28},
    "image.random_crop": {"size": [24, 32]},
    "image.pad": {"margins": 4},
    "image.random_resized_crop": {"size": 224},
    "image.random_apply": {"transforms": [{"type": "blur"}, {"type": "noise", "p": 1.0}]},
    "image.random_choice": {"transforms": [{"type": "flip"}, {"type": "color_jitter"}]},
    "image.random_order": {
        "transforms": [{"type": "random_apply", "transforms": [{"type": "sharpen"}]}]
    },
    "image.function": {"function": "images.py:darken"},
    "models.import_weights": {
        "path": "resnet18.pth",
        "backbone": {"type": "resnet"},
        "labels": ["cat", "dog"],
    },
    "models.load": {"path": "models/pets"},
    "models.reuse": {"model": "pets@3"},
    "tables.feature_map": {"file": "models/feature_map.json"},
    "tables.trained_model": {"file": "models/2026-01-30"},
    **{
        f"tables.{network}": {"targets": [{"column": "clicked", "type": "binary"}]}
        for network in (
            "mlp",
            "wide_and_deep",
            "deepfm",
            "dcn_v2",
            "ft_transformer",
            "shared_bottom",
            "mmoe",
        )
    },
}
"""Values for settings without a default."""


def examples(operator: Anything) -> dict[str, Any]:
    return {**defaults(operator), **EXAMPLES.get(operator.id, {})}


def test_every_operator_with_required_settings_has_an_example() -> None:
    needy = {
        operator.id
        for operator in CATALOGUE
        if any(field.is_required() for field in operator.settings_type.model_fields.values())
    }
    assert set(EXAMPLES) == needy


@every_operator
def test_unknown_settings_are_refused(operator: Anything) -> None:
    with pytest.raises(ValueError):
        operator.settings_type.model_validate({**examples(operator), "no_such_setting": 1})


@every_operator
def test_its_needs_can_be_stated(operator: Anything) -> None:
    settings = operator.settings_type.model_validate(examples(operator))
    needs = operator.needs_for(settings)
    assert operator.is_job or needs == Needs(cpus=0)
    assert not (needs.gpus == 0 and needs.gpu == "required")


@pytest.fixture(scope="module")
def elsewhere() -> list[dict[str, str]]:
    """Fingerprints as other processes compute them, with other seeds for hashes."""
    script = (
        "import json, runpy, sys\n"
        "module = runpy.run_path(sys.argv[1])\n"
        "print(json.dumps({o.id: module['fingerprint'](o) for o in module['CATALOGUE']}))"
    )
    return [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", script, __file__],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for seed in ("1", "2")
    ]


@every_operator
def test_its_fingerprint_is_the_same_in_every_process(
    operator: Anything, elsewhere: list[dict[str, str]]
) -> None:
    assert [found[operator.id] for found in elsewhere] == [fingerprint(operator)] * 2


def test_describing_operators_loads_no_deep_learning_library() -> None:
    script = (
        "import sys; from netloom.operators.builtin import builtin_catalogue as b\n"
        "[(o.inputs, o.outputs, o.settings_type.model_json_schema()) for o in b()]\n"
        "print(sorted({'torch', 'cv2', 'sklearn', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
