from __future__ import annotations

from netloom.core.tasks import ImageClassification
from netloom.graph.catalogue import Catalogue
from netloom.models.codecs import ModelCodec, TrainedModelCodec
from netloom.models.spec import ConvNet, Model, Perceptron, TrainedModel
from netloom.operators import models
from netloom.operators.models import image_classifier


def test_the_classifier_is_an_inline_description() -> None:
    assert not image_classifier.is_job
    assert image_classifier.id == "models.image_classifier"
    assert image_classifier(backbone=Perceptron()) == Model(
        task="image_classification", backbone=Perceptron()
    )
    assert [port.type for port in image_classifier.outputs.values()] == [Model[ImageClassification]]


def test_settings_come_from_files_as_plain_values() -> None:
    settings = image_classifier.settings_type.model_validate(
        {"backbone": {"type": "convnet", "widths": [8, 16]}}
    )
    assert settings.model_dump() == {
        "backbone": {"type": "convnet", "widths": (8, 16), "dropout": 0.1},
        "tune": "all",
    }


def test_models_bring_their_codecs() -> None:
    catalogue = Catalogue().with_module(models)
    described = Model(task="image_classification", backbone=ConvNet())
    trained = TrainedModel(task="image_classification", backbone=ConvNet(), package="work:model")
    assert isinstance(catalogue.codec_for_value(described), ModelCodec)
    assert isinstance(catalogue.codec_for_value(trained), TrainedModelCodec)
