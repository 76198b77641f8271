from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.inference.predictor import Predictor
from netloom.inference.single_prediction import predict_picture
from netloom.inference.videos import OpenedVideo
from netloom.models.architecture import Architecture, ClipInput, LinearHead
from netloom.models.clip_spec import SpaceTimeNet
from netloom.models.network import build_network
from netloom.models.package import PackageManifest
from netloom.models.torch_network import TorchNetwork

FRAMES = np.random.default_rng(0).integers(0, 256, (12, 16, 20, 3), dtype=np.uint8)


def predictor(*, views: int = 1, height: int = 8) -> Predictor:
    clip = ClipInput(channels=3, height=height, width=8, mean=(0.5,) * 3, std=(0.25,) * 3, frames=4)
    plan = Architecture(
        input=clip, backbone=SpaceTimeNet(widths=(4, 6)), head=LinearHead(outputs=3)
    )
    manifest = PackageManifest(
        task="video_classification",
        labels=("a", "b", "c"),
        architecture=plan,
        preprocessing=(
            {"type": "clips", "frames": 4, "views": views},
            {"type": "resize", "size": 8},
        ),
    )
    return Predictor(manifest, TorchNetwork(build_network(plan, seed=0).eval()))


def in_folder(folder: Path) -> Path:
    for number, frame in enumerate(FRAMES):
        encoded = cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1]
        (folder / f"{number}.png").write_bytes(encoded.tobytes())
    return folder


def scores(of: Predictor, source: object) -> list[float]:
    (found,) = of.predict(source)
    return list(found["scores"].values())


def test_a_folder_of_frames_and_an_array_are_predicted_alike(tmp_path: Path) -> None:
    model = predictor()
    given = scores(model, FRAMES)
    assert scores(model, in_folder(tmp_path)) == given
    assert len(model.predict([FRAMES, FRAMES[::-1], FRAMES[:2]])) == 3


def test_probabilities_of_several_clips_are_averaged() -> None:
    clips_of_three = predictor(views=3)
    numbers = [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]  # thirds of segments of three frames
    single = [scores(predictor(), FRAMES[chosen]) for chosen in numbers]
    assert scores(clips_of_three, FRAMES) == pytest.approx(np.mean(single, axis=0), abs=1e-6)


def test_an_answer_shows_frames_and_scores(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 20, 16, "yuvj420p"
        for frame in FRAMES:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())
    (answer,) = predict_picture(predictor(), path.read_bytes(), top=2)["predictions"]
    assert [len(answer["top"]), answer["top"][0]["label"]] == [2, answer["prediction"]["label"]]
    assert answer["drawing"].startswith("iVBOR")  # a PNG, in base 64
    assert (answer["width"], answer["height"]) == (3 * 20 + 2, 2 * 16 + 1)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"no video", "cannot be decoded"),
        (np.zeros((4, 4), np.uint8), "array is no video"),
        (np.zeros((0, 4, 4, 3), np.uint8), "no frames"),
        ("nowhere.mp4", "nowhere.mp4"),
    ],
)
def test_what_is_no_video_is_refused(source: object, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        predictor().predict([source])


def test_an_empty_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="no pictures in the folder"):
        OpenedVideo(tmp_path, channels=3)


def test_frames_of_a_size_the_model_does_not_take_are_refused() -> None:
    with pytest.raises(InvalidData, match="does not take videos like") as caught:
        predictor(height=16).predict(FRAMES)
    (problem,) = caught.value.diagnostics
    assert problem.expected == "4 frames of 8×16 pixels (width×height), 3 channels"
    assert problem.got == "4 frames of 8×8 pixels, 3 channels"


def test_grey_and_colour_are_converted() -> None:
    grey = FRAMES[..., :1]
    assert scores(predictor(), grey) == scores(predictor(), np.repeat(grey, 3, axis=3))
    torch.testing.assert_close(
        torch.from_numpy(OpenedVideo(FRAMES, channels=1).frames([3])[0][:, :, 0]),
        torch.from_numpy(cv2.cvtColor(FRAMES[3], cv2.COLOR_RGB2GRAY)),
    )
