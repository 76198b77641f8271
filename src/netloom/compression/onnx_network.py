"""An ONNX graph, loaded and ready to compute. Needs no deep-learning framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData

_ERRORS_ONLY = 3
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxNetwork:
    """A network in ONNX Runtime, called like the network it came from. Thread-safe.

    Args:
        file: The ``.onnx`` file.
        device: ``cpu``, ``cuda`` or ``cuda:1``.
        threads: Threads per call; None lets ONNX Runtime use every core.
        spin: Whether idle threads wait for work at full speed: a little faster, but nobody else gets the
            core meanwhile.

    Raises:
        InvalidData: The file cannot be loaded, or this build of ONNX Runtime does not know the device.
    """

    def __init__(
        self, file: Path, *, device: str = "cpu", threads: int | None = None, spin: bool = True
    ) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        if not spin:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.intra_op_num_threads = threads or 0
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=[_provider(device)]
            )
        except InvalidData:
            raise
        except Exception as error:  # its exceptions have no common base
            raise InvalidData.of(
                f"{file} cannot be loaded by ONNX Runtime: {' '.join(str(error).split())[:300]}",
                code="E402",
                fix="Export the model again",
            ) from error
        self._names = [given.name for given in self._session.get_inputs()]

    def __call__(self, *inputs: Any) -> NDArray[np.float32] | tuple[NDArray[np.float32], ...]:
        """The output for these inputs (arrays, or tensors on the CPU); a tuple if there are several."""
        arrays = {name: np.asarray(given) for name, given in zip(self._names, inputs, strict=True)}
        outputs: list[NDArray[np.float32]] = self._session.run(None, arrays)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def _provider(device: str) -> Any:
    import onnxruntime

    kind, _, number = device.partition(":")
    provider = _PROVIDERS.get(kind)
    if provider not in onnxruntime.get_available_providers():
        raise InvalidData.of(
            f"ONNX Runtime cannot compute on {device!r} here",
            code="E403",
            expected="cpu" + (", cuda" if kind != "cuda" else ""),
            got=device,
            fix="Use the device cpu, or install onnxruntime-gpu",
        )
    return (provider, {"device_id": number or "0"}) if kind == "cuda" else provider
