"""Models that read."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.core.tasks import TextRecognition
from netloom.graph.operator import operator
from netloom.models.architecture import CharacterHead
from netloom.models.decoder_spec import Decoder, RecurrentDecoder
from netloom.models.reading_spec import AttentionReading, Reading, StepReading, TrOCR
from netloom.models.spec import ConvNet, Model, ReaderBody, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def text_recognizer(
    *,
    backbone: ReaderBody = ConvNet(),
    decoder: Decoder | None = None,
    reading: Reading | None = None,
    tune: Tune = "all",
) -> Model[TextRecognition]:
    """A network that reads a line of text: step by step (CRNN, arXiv:1507.05717), or by attention.

    The alphabet, in whatever language, is that of the training texts. All pictures have to have one size: put
    `image.resize` with `fit: pad` before, about 32 pixels high and as wide as the longest line is then. A
    network that reads by `steps` can write one character every `step` pixels, so a picture of 256 pixels has
    room for 64. Which backbone for what:

    - `convnet` learns printed lines and digits without a GPU, a thousand lines in some minutes.
    - `resnet`, depth 18, for photographs, handwriting and alphabets of thousands of characters, on a GPU.
    - `trocr` with `pretrained` weights, on a GPU, for handwriting and few lines to learn from; pictures of
      384×384 pixels.

    Args:
        backbone: The part that turns a picture into maps of features, from fine to coarse. Or `trocr`, a
            whole reader.
        decoder: What reads along the line; empty takes `recurrent`. Its `step` is the least distance of two
            characters in pixels. `trocr` has its own.
        reading: How a text comes out; empty takes `steps`, and `attention` for `trocr`. `steps` says at every
            step which character is there (CTC): quick to learn and to read. `attention` writes character
            after character, as far as `longest`; equal neighbours and narrow characters need no room, and it
            learns how texts go on. Of a `trocr`, all but `longest` is its own.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones. The head of `trocr` is all that writes.

    Returns:
        The description of an untrained model.
    """
    if isinstance(backbone, TrOCR):
        _refuse(decoder, reading)
        reading = reading or AttentionReading()
    return Model(
        task=TextRecognition.name,
        backbone=backbone,
        decoder=None if isinstance(backbone, TrOCR) else decoder or RecurrentDecoder(),
        head=_writing(reading) if isinstance(reading, AttentionReading) else None,
        tune=tune,
    )


def _refuse(decoder: Decoder | None, reading: Reading | None) -> None:
    """What a trocr brings itself."""
    if decoder is not None:
        raise InvalidData.of(
            "trocr brings its own decoder",
            code="I395",
            expected="no decoder",
            got=decoder.type,
            fix="Remove decoder, or choose another backbone",
        )
    if isinstance(reading, StepReading):
        raise InvalidData.of(
            "trocr writes character after character",
            code="I395",
            expected="reading of type attention, or none",
            got=reading.type,
            fix="Remove reading, or choose another backbone",
        )


def _writing(reading: AttentionReading) -> CharacterHead:
    """The head that reads so; the labels decide how many outputs it has."""
    return CharacterHead(
        longest=reading.longest,
        width=reading.width,
        layers=reading.layers,
        heads=reading.heads,
        dropout=reading.dropout,
    )
