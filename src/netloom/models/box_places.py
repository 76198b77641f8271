"""How many places a network with a head of boxes speaks about."""

from __future__ import annotations

from netloom.models.architecture import Architecture


def num_places(architecture: Architecture) -> int:
    """Places of all maps together, found by sending a picture through a network without values.

    Example:
        >>> from netloom.models.architecture import BoxHead, ImageInput
        >>> from netloom.models.decoder_spec import PyramidDecoder
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> pyramid, backbone = PyramidDecoder(width=4), ConvNet(widths=(4, 6))
        >>> head = BoxHead(outputs=10)
        >>> num_places(Architecture(input=image, backbone=backbone, decoder=pyramid, head=head))
        80
    """
    import torch

    from netloom.models.network import outlined_network

    image = architecture.input
    network = outlined_network(architecture).eval()
    size = (1, image.channels, image.height, image.width)
    outputs = network(torch.zeros(size, dtype=torch.uint8, device="meta"))
    return int(outputs[0].shape[1])
