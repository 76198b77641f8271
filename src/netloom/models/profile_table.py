"""A profile as numbers by name and as a table, to be compared, plotted and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netloom.core.files import writing
from netloom.models.architecture import ImageInput
from netloom.models.profile import Latency, Profile


def profile_metrics(profile: Profile, latency: Latency, image: ImageInput) -> dict[str, Any]:
    """Everything but the blocks, as JSON. Sizes in bytes, times in milliseconds.

    Example:
        >>> profile = Profile(
        ...     batch_size=8,
        ...     parameters=10,
        ...     trainable=6,
        ...     macs=9,
        ...     weights_bytes=40,
        ...     gradients_bytes=24,
        ...     optimizer_bytes=48,
        ...     kept_bytes=100,
        ...     blocks=(),
        ... )
        >>> latency = Latency(
        ...     median_ms=1.0, slow_ms=1.5, batch_size=1, repeats=20, device="cpu", threads=1
        ... )
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> profile_metrics(profile, latency, image)["training_bytes"]
        212
    """
    return {
        "channels": image.channels,
        "height": image.height,
        "width": image.width,
        "parameters": profile.parameters,
        "trainable": profile.trainable,
        "macs": profile.macs,
        "batch_size": profile.batch_size,
        "weights_bytes": profile.weights_bytes,
        "gradients_bytes": profile.gradients_bytes,
        "optimizer_bytes": profile.optimizer_bytes,
        "kept_bytes": profile.kept_bytes,
        "training_bytes": profile.training_bytes,
        "latency_ms": latency.median_ms,
        "latency_slow_ms": latency.slow_ms,
        "latency_batch_size": latency.batch_size,
        "latency_repeats": latency.repeats,
        "threads": latency.threads,
        "device": latency.device,
    }


def write_blocks(path: Path, profile: Profile) -> None:
    """Write a Parquet file with one row per block, from input to output.

    Columns: block, output (such as ``64×32×32``), parameters, trainable, macs, kept_bytes.

    Example:
        >>> import tempfile, pyarrow.parquet
        >>> from netloom.models.profile import BlockProfile
        >>> head = BlockProfile(
        ...     name="head", output=(2,), parameters=6, trainable=6, macs=4, kept_bytes=64
        ... )
        >>> profile = Profile(
        ...     batch_size=8,
        ...     parameters=6,
        ...     trainable=6,
        ...     macs=4,
        ...     weights_bytes=24,
        ...     gradients_bytes=24,
        ...     optimizer_bytes=48,
        ...     kept_bytes=64,
        ...     blocks=(head,),
        ... )
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_blocks(Path(folder) / "blocks.parquet", profile)
        ...     pyarrow.parquet.read_table(Path(folder) / "blocks.parquet")["macs"][0].as_py()
        4
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "block": block.name,
            "output": "×".join(map(str, block.output)),
            "parameters": block.parameters,
            "trainable": block.trainable,
            "macs": block.macs,
            "kept_bytes": block.kept_bytes,
        }
        for block in profile.blocks
    ]
    schema = pa.schema(
        [("block", pa.string()), ("output", pa.string())]
        + [(name, pa.int64()) for name in ("parameters", "trainable", "macs", "kept_bytes")]
    )
    with writing(path) as stream:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), stream)
