from __future__ import annotations

import pytest

from netloom.core.errors import InvalidData
from netloom.core.settings import Settings
from netloom.models.architecture import CharacterHead, SequenceHead
from netloom.models.decoder_spec import RecurrentDecoder
from netloom.models.model_json import model_from_json
from netloom.models.reading_spec import AttentionReading, StepReading, TrOCR
from netloom.models.spec import ConvNet, Model
from netloom.operators.models_reading import text_recognizer
from netloom.tasks.catalogue import described_head

LABELS = ("a", "b", "c")


def test_a_recogniser_reads_by_steps_unless_told_otherwise() -> None:
    usual = text_recognizer.function()
    assert usual == Model(
        task="text_recognition", backbone=ConvNet(), decoder=RecurrentDecoder(), head=None
    )
    assert text_recognizer.function(reading=StepReading()) == usual
    assert described_head(usual, LABELS) == SequenceHead(outputs=4, dropout=0.1)


def test_attention_becomes_a_head_with_an_output_for_the_end() -> None:
    reading = AttentionReading(longest=9, width=32, layers=3, heads=2, dropout=0.2)
    model = text_recognizer.function(reading=reading, decoder=RecurrentDecoder(width=5))
    head = CharacterHead(longest=9, width=32, layers=3, heads=2, dropout=0.2)
    assert (model.decoder, model.head) == (RecurrentDecoder(width=5), head)
    assert described_head(model, LABELS) == head.model_copy(update={"outputs": 4})
    assert model_from_json(model.to_json()) == model


def test_trocr_is_a_whole_reader() -> None:
    model = text_recognizer.function(backbone=TrOCR(), reading=AttentionReading(longest=9))
    assert (model.decoder, model.head) == (None, CharacterHead(longest=9))
    assert model_from_json(model.to_json()) == model
    assert text_recognizer.function(backbone=TrOCR()).head == CharacterHead()


@pytest.mark.parametrize("brought", [{"decoder": RecurrentDecoder()}, {"reading": StepReading()}])
def test_trocr_takes_nothing_that_it_brings_itself(brought: dict[str, Settings]) -> None:
    with pytest.raises(InvalidData) as caught:
        text_recognizer.function(backbone=TrOCR(), **brought)
    (problem,) = caught.value.diagnostics
    assert problem.code == "I395"
    assert problem.fix


def test_heads_share_the_width() -> None:
    with pytest.raises(ValueError, match="multiple of 6, twice the heads"):
        AttentionReading(width=64, heads=3)
