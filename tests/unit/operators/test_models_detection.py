from __future__ import annotations

import pytest

from netloom.core.errors import InvalidData
from netloom.models.architecture import BoxHead, QueryHead
from netloom.models.decoder_spec import PyramidDecoder
from netloom.models.model_json import model_from_json
from netloom.models.spec import ConvNet, DFine, Model
from netloom.operators.models_detection import object_detector
from netloom.tasks.catalogue import described_head


def test_a_backbone_gets_a_pyramid_and_a_head_with_the_limits() -> None:
    model = object_detector.function(score_threshold=0.2, max_objects=7, overlap=0.4)
    assert model == Model(
        task="object_detection",
        backbone=ConvNet(),
        decoder=PyramidDecoder(finest=4, coarser=1),
        head=BoxHead(score_threshold=0.2, max_objects=7, overlap=0.4),
    )
    assert model_from_json(model.to_json()) == model


def test_d_fine_brings_its_own_decoder() -> None:
    model = object_detector.function(backbone=DFine(size="nano"), max_objects=7)
    assert (model.decoder, model.head) == (None, QueryHead(max_objects=7))
    assert model_from_json(model.to_json()) == model
    with pytest.raises(InvalidData) as caught:
        object_detector.function(backbone=DFine(), decoder=PyramidDecoder())
    assert [problem.code for problem in caught.value.diagnostics] == ["I395"]


def test_the_head_gets_one_output_per_label_and_keeps_its_limits() -> None:
    places = object_detector.function(max_objects=7)
    queries = object_detector.function(backbone=DFine(), max_objects=7)
    labels = ("cat", "dog", "owl")
    assert described_head(places, labels) == BoxHead(outputs=3, dropout=0.1, max_objects=7)
    assert described_head(queries, labels) == QueryHead(outputs=3, max_objects=7)


def test_a_model_without_a_described_head_has_the_usual_one() -> None:
    model: Model = Model(task="object_detection", backbone=ConvNet(), decoder=PyramidDecoder())
    assert described_head(model, ("cat",)) == BoxHead(outputs=1, dropout=0.1)
