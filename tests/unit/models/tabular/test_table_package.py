from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from netloom.core.errors import InvalidData, NotFound
from netloom.core.identifiers import ArtifactId
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet
from netloom.models.tabular.codec import TableModelCodec, TrainedTableModelCodec
from netloom.models.tabular.feature_input import FeatureInput, NumbersColumn
from netloom.models.tabular.network import TableNet, build_table_network
from netloom.models.tabular.package import (
    TableManifest,
    is_table_package,
    open_table_package,
    read_table_manifest,
    save_table_package,
)
from netloom.models.tabular.spec import MLP, Scale, TableModel, Target, TrainedTableModel

TARGETS = (
    Target(column="clicked", type="binary", classes=("no", "yes"), positive="yes"),
    Target(column="kind", type="classes", classes=("a", "b", "c"), class_weights={"a": 2.0}),
    Target(column="price", type="number", scale=Scale(mean=3.5, std=1.5), weight=0.5),
)
MAP = '{"format": "netloom.feature_map/1", "buckets": ["städte"]}\n'


@pytest.fixture
def manifest(every_column: FeatureInput) -> TableManifest:
    return TableManifest(
        network=MLP(widths=(4,)), input=every_column, targets=TARGETS, date="2026-01-31"
    )


@pytest.fixture
def net(manifest: TableManifest) -> TableNet:
    return build_table_network(manifest.network, manifest.input, manifest.outputs, seed=5).eval()


@pytest.fixture
def package(tmp_path: Path, manifest: TableManifest, net: TableNet) -> Path:
    save_table_package(tmp_path / "model", manifest, net.state_dict(), feature_map=MAP)
    return tmp_path / "model"


def codes(caught: pytest.ExceptionInfo[Any]) -> list[str]:
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_what_was_saved_predicts_the_same(package: Path, net: TableNet, rows_of: Any) -> None:
    opened = open_table_package(package)
    rows = {k: torch.from_numpy(v) for k, v in rows_of(opened.manifest.input, 4).items()}
    for got, wanted in zip(opened.network(rows), net(rows), strict=True):
        assert torch.equal(got, wanted)
    assert not opened.network.training
    assert (package / "feature_map.json").read_text() == MAP


def test_an_opened_model_can_go_on_learning(package: Path, rows_of: Any) -> None:
    opened = open_table_package(package)
    network = opened.network.train()
    rows = {k: torch.from_numpy(v) for k, v in rows_of(opened.manifest.input, 4).items()}
    torch.cat(network(rows), dim=1).sum().backward()
    torch.optim.SGD(network.parameters(), lr=0.1).step()
    assert open_table_package(package).manifest == opened.manifest  # the files are as they were


def test_equal_networks_give_equal_bytes_and_only_data(
    tmp_path: Path, package: Path, manifest: TableManifest, net: TableNet
) -> None:
    save_table_package(tmp_path / "again", manifest, net.state_dict(), feature_map=MAP)
    names = sorted(path.name for path in package.iterdir())
    assert names == ["feature_map.json", "model.json", "weights.safetensors"]
    for name in names:
        assert (package / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "pickle"])
def test_damaged_weights_are_noticed(package: Path, net: TableNet, damage: str) -> None:
    path = package / "weights.safetensors"
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-8])
    elif damage == "flipped":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "pickle":
        torch.save(net.state_dict(), path)
    with pytest.raises(InvalidData) as caught:
        open_table_package(package)
    assert codes(caught) == ["I313"]


def test_another_feature_map_is_noticed(package: Path) -> None:
    (package / "feature_map.json").write_text(MAP.replace("städte", "länder"))
    with pytest.raises(InvalidData, match="not the feature map that the model learned with") as e:
        open_table_package(package)
    assert codes(e) == ["T324"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "I311"),
        ("[]", "I311"),
        ('{"format": "netloom.table_model/2"}', "I312"),
        ('{"format": "netloom.table_model/1", "network": {"type": "magic"}}', "I311"),
    ],
)
def test_a_damaged_manifest_is_explained(package: Path, content: str, code: str) -> None:
    (package / "model.json").write_text(content)
    with pytest.raises(InvalidData) as caught:
        read_table_manifest(package)
    assert set(codes(caught)) == {code}


def test_ids_beyond_their_table_are_refused(package: Path) -> None:
    document = json.loads((package / "model.json").read_text())
    document["input"]["columns"][1]["features"][1]["offset"] = 10**9
    (package / "model.json").write_text(json.dumps(document))
    with pytest.raises(InvalidData, match="lie beyond the 24 rows"):
        open_table_package(package)


def test_every_tensor_that_does_not_fit_is_named(package: Path) -> None:
    path = package / "weights.safetensors"
    weights = load_file(path)
    weights["body.head.bias"] = torch.zeros(7)
    weights["extra"] = weights.pop("body.head.weight")
    save_file(weights, path)
    document = json.loads((package / "model.json").read_text())
    document["weights_sha256"] = ""
    (package / "model.json").write_text(json.dumps(document))
    with pytest.raises(InvalidData) as caught:
        open_table_package(package)
    assert [(d.expected, d.got) for d in caught.value.diagnostics] == [
        ("float32 [5]", "float32 [7]"),
        ("float32 [5, 4]", "no such tensor"),
        ("no such tensor", "float32 [5, 4]"),
    ]


def test_packages_of_tables_and_of_pictures_are_told_apart(package: Path, tmp_path: Path) -> None:
    from netloom.models.architecture import Architecture, ImageInput, LinearHead

    pictures = PackageManifest(
        task="image_classification",
        labels=("a", "b"),
        architecture=Architecture(
            input=ImageInput(channels=1, height=6, width=6, mean=(0.5,), std=(0.5,)),
            backbone=ConvNet(widths=(4,)),
            head=LinearHead(outputs=2),
        ),
    )
    save_package(tmp_path / "pictures", pictures, {})
    assert (is_table_package(package), is_table_package(tmp_path / "pictures")) == (True, False)
    with pytest.raises(NotFound, match="is not the package of a table model"):
        read_table_manifest(tmp_path / "pictures")
    with pytest.raises(NotFound, match="is not a model package"):
        read_table_manifest(tmp_path / "nowhere")


def test_descriptions_are_kept_as_they_are(tmp_path: Path) -> None:
    model = TableModel(network=MLP(widths=(3,)), targets=TARGETS)
    assert TableModelCodec().save(model, tmp_path, workdir=tmp_path) == ()
    assert TableModelCodec().load(tmp_path, artifact=ArtifactId("x")) == model


def test_a_trained_model_becomes_an_artifact_and_others_refer_to_it(
    tmp_path: Path, package: Path, manifest: TableManifest
) -> None:
    codec = TrainedTableModelCodec()
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    trained = TrainedTableModel(network=manifest.network, targets=TARGETS, package="work:model")
    assert codec.save(trained, first, workdir=tmp_path) == ()
    loaded = codec.load(first, artifact=ArtifactId("abc"))
    assert loaded == TrainedTableModel(
        network=manifest.network, targets=TARGETS, package="artifact:abc"
    )
    assert open_table_package(first).manifest.date == "2026-01-31"
    assert codec.save(loaded, second, workdir=tmp_path) == ("abc",)
    assert codec.load(second, artifact=ArtifactId("def")) == loaded
    assert codec.preview(first)["input"] == list(manifest.input.entries)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"type": "number", "class_weights": "balanced"}, "no `classes` and no `class_weights`"),
        ({"type": "binary", "scale": {"mean": 0, "std": 1}}, "only a target of type number"),
        ({"type": "classes", "positive": "yes"}, "only a target of type binary"),
        ({"type": "labels", "classes": ["a", "a"]}, "`classes` must differ"),
    ],
)
def test_targets_that_contradict_themselves_are_refused(
    settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        Target.model_validate({"column": "c", **settings})


def test_columns_with_one_name_are_refused() -> None:
    column = NumbersColumn(name="a_numbers", width=1)
    with pytest.raises(ValueError, match="come twice"):
        FeatureInput(columns=(column, column))


def test_outputs_of_each_target() -> None:
    assert [target.outputs for target in TARGETS] == [1, 3, 1]
    with pytest.raises(ValueError, match="known only after fitting"):
        assert Target(column="tags", type="labels").outputs
