"""How models are served: sizes, limits and times."""

from __future__ import annotations

from netloom.core.settings import NonNegativeFloat, PositiveFloat, PositiveInt, Settings

MEBIBYTE = 1 << 20


class ServingSettings(Settings):
    """Limits of one serving process; all models of it have the same.

    Attributes:
        max_batch: Pictures, or requests with rows, that go through a model together, at most.
        max_wait_ms: How long a model that is free waits for more. 0 takes whatever is there.
        max_queue: Requests (and pictures of each model) that may wait or be worked on; more are sent
            away with 429.
        timeout_s: After so long a request is given up.
        threads: Of each model, that prepare pictures and call it; None takes one more than there are
            cores, up to four: while one waits for Python, another decodes.
        intra_op_threads: Cores that one call of a model uses; None lets ONNX Runtime or PyTorch decide.
        max_image_bytes: Of an encoded picture.
        max_pixels: Of a picture; larger ones are refused before they are decoded.
        max_images: In one request.
        max_rows: Rows of a table in one request.
        max_rows_bytes: Of a request with rows.
        token: What callers have to send as ``Authorization: Bearer …``; None serves everybody.
    """

    max_batch: PositiveInt = 32
    max_wait_ms: NonNegativeFloat = 0.0
    max_queue: PositiveInt = 128
    timeout_s: PositiveFloat = 30.0
    threads: PositiveInt | None = None
    intra_op_threads: PositiveInt | None = None
    max_image_bytes: PositiveInt = 4 * MEBIBYTE
    max_pixels: PositiveInt = 40_000_000
    max_images: PositiveInt = 32
    max_rows: PositiveInt = 1000
    max_rows_bytes: PositiveInt = 8 * MEBIBYTE
    token: str | None = None

    @property
    def max_encoded_bytes(self) -> int:
        """Of a request with one picture in base64, and some room for JSON around it."""
        return self.max_image_bytes * 4 // 3 + 64 * 1024

    @property
    def max_body_bytes(self) -> int:
        """Of a request with several pictures."""
        return self.max_encoded_bytes * min(self.max_images, 8)
