"""Models that read."""

from __future__ import annotations

from netloom.core.tasks import TextRecognition
from netloom.graph.operator import operator
from netloom.models.decoder_spec import Decoder, RecurrentDecoder
from netloom.models.spec import Backbone, ConvNet, Model, Tune
from netloom.operators.models import backbone_identity


@operator(group="models", identity=backbone_identity)
def text_recognizer(
    *,
    backbone: Backbone = ConvNet(),
    decoder: Decoder = RecurrentDecoder(),
    tune: Tune = "all",
) -> Model[TextRecognition]:
    """A network that reads a line of text: CRNN (arXiv:1507.05717).

    The alphabet, in whatever language, is that of the training texts. All pictures have to have one size: put
    `image.resize` with `fit: pad` before, about 32 pixels high and as wide as the longest line is then. A
    network can write one character every `step` pixels, so a picture of 256 pixels has room for 64. Which
    backbone for what:

    - `convnet` learns printed lines and digits without a GPU, a thousand lines in some minutes.
    - `resnet`, depth 18, for photographs, handwriting and alphabets of thousands of characters, on a GPU.

    Args:
        backbone: The part that turns a picture into maps of features, from fine to coarse.
        decoder: What reads along the line: `recurrent`. Its `step` is the least distance of two characters in
            pixels.
        tune: Which parameters training may change: "all", "head", or the head and the blocks
            nearest to it, as in `{last: 2}`. The rest keeps its values, which makes sense for
            pretrained ones.

    Returns:
        The description of an untrained model.
    """
    return Model(task=TextRecognition.name, backbone=backbone, decoder=decoder, tune=tune)
