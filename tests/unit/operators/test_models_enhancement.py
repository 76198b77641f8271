from __future__ import annotations

import pytest

from netloom.core.errors import InvalidData
from netloom.models.architecture import PictureHead
from netloom.models.decoder_spec import NAFDecoder, UNetDecoder
from netloom.models.model_json import model_from_json
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import ConvNet, Model, NAFNet
from netloom.operators.models_enhancement import image_enhancer
from netloom.tasks.catalogue import described_head


def test_a_backbone_gets_the_usual_decoder_unless_one_is_chosen() -> None:
    usual = image_enhancer.function()
    assert usual == Model(
        task="image_enhancement",
        backbone=ConvNet(widths=(24, 48, 96)),
        decoder=UNetDecoder(width=24),
    )
    chosen = image_enhancer.function(backbone=NAFNet(), decoder=NAFDecoder())
    assert chosen.decoder == NAFDecoder()
    assert model_from_json(chosen.to_json()) == chosen


def test_swin2sr_needs_no_decoder() -> None:
    model = image_enhancer.function(backbone=Swin2SR(size="small", dropout=0.2))
    assert model.decoder is None
    assert described_head(model, ()) == PictureHead(dropout=0.2)
    assert model_from_json(model.to_json()) == model
    with pytest.raises(InvalidData) as caught:
        image_enhancer.function(backbone=Swin2SR(), decoder=NAFDecoder())
    assert [problem.code for problem in caught.value.diagnostics] == ["I395"]
