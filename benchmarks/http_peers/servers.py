"""Servers that people would write by hand or with a library, for the same ONNX model.

Peers of `../serving.py`.

    python benchmarks/http_peers/servers.py fastapi|fastapi_async|litserve|bentoml MODEL.onnx PORT

All take ``{"image": base64}`` and give the label, its score and all scores.
"""

import base64
import os
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import cv2
import numpy as np
import onnxruntime

LABELS = [f"class {number}" for number in range(10)]
SIDE = 64


class Model:
    """What all of them do with a picture."""

    def __init__(self, file: str) -> None:
        self.session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])

    def prepare(self, text: str) -> Any:
        content = np.frombuffer(base64.b64decode(text), np.uint8)
        pixels = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)
        return cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)

    def predict(self, pictures: list[Any]) -> list[dict[str, Any]]:
        batch = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
        (logits,) = self.session.run(None, {"images": batch})
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores = powers / powers.sum(axis=1, keepdims=True)
        return [
            {
                "label": LABELS[int(row.argmax())],
                "score": float(row.max()),
                "scores": dict(zip(LABELS, row.tolist(), strict=True)),
            }
            for row in scores
        ]


def fastapi(model: Model, port: int, *, in_loop: bool) -> None:
    """By hand: an endpoint in FastAPI's threads, or in its event loop, which is faster for small models."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Request(BaseModel):
        image: str

    app = FastAPI()

    def answer(request: Request) -> dict[str, Any]:
        (prediction,) = model.predict([model.prepare(request.image)])
        return {"code": 200, "message": "success", "data": prediction}

    if in_loop:

        @app.post("/aip")
        async def aip(request: Request) -> dict[str, Any]:
            return answer(request)

    else:

        @app.post("/aip")
        def aip_in_thread(request: Request) -> dict[str, Any]:
            return answer(request)

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


LITSERVE = """
import sys
import litserve as ls
sys.path.insert(0, {folder!r})
from servers import Model


class Api(ls.LitAPI):
    def setup(self, device):
        self.model = Model({file!r})

    def decode_request(self, request):
        return self.model.prepare(request["image"])

    def batch(self, inputs):
        return inputs

    def predict(self, batch):
        return self.model.predict(batch)

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {{"code": 200, "message": "success", "data": output}}


if __name__ == "__main__":
    api = Api(max_batch_size=32, batch_timeout=0.0, api_path="/aip")
    server = ls.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port={port}, log_level="warning", generate_client_file=False)
"""


def litserve(file: str, port: int) -> None:
    """With batches of up to 32 and no waiting, as our own server."""
    script = written("server.py", LITSERVE, file, port)
    os.execv(sys.executable, [sys.executable, str(script)])


BENTO = """
import sys
import bentoml
sys.path.insert(0, {folder!r})
from servers import Model


@bentoml.service(traffic={{"timeout": 30}})
class Service:
    def __init__(self) -> None:
        self.model = Model({file!r})

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1000, route="/aip")
    def aip(self, image: list[str]) -> list[dict]:
        pictures = [self.model.prepare(each) for each in image]
        return self.model.predict(pictures)
"""


def bentoml(file: str, port: int) -> None:
    """One worker, with its adaptive batching. Its batched calls take a list: a list of one is sent."""
    os.chdir(written("service.py", BENTO, file, port).parent)
    command = [sys.executable, "-m", "bentoml", "serve", "service:Service"]
    os.execv(sys.executable, [*command, "--host", "127.0.0.1", "--port", str(port)])


def written(name: str, text: str, file: str, port: int) -> Path:
    """A program in a folder of its own: these servers start processes that import it again."""
    script = Path(mkdtemp(prefix="netloom-peer-"), name)
    script.write_text(text.format(folder=str(Path(__file__).parent), file=file, port=port))
    return script


def main() -> None:
    kind, file, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if kind == "litserve":
        litserve(file, port)
    elif kind == "bentoml":
        bentoml(file, port)
    else:
        fastapi(Model(file), port, in_loop=kind == "fastapi_async")


if __name__ == "__main__":
    main()
