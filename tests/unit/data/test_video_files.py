from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.data.video_files import read_frames, timetable_of, video_facts
from netloom.data.video_reader import VideoFrames

COUNT = 24

KINDS: dict[str, dict[str, Any]] = {
    "a.mp4": {"codec": "libx264", "b_frames": 2},
    "rate.mp4": {"codec": "libx264", "b_frames": 2, "steps": (4, 2, 9, 4)},
    "rate.mkv": {"codec": "libx264", "b_frames": 2, "steps": (4, 2, 9, 4)},
    "a.ts": {"codec": "libx264", "b_frames": 2},
    "b.avi": {"codec": "mpeg4", "b_frames": 2},
    "a.avi": {"codec": "mjpeg"},
    "a.mpg": {"codec": "mpeg2video"},
    "a.webm": {"codec": "libvpx-vp9"},
}


def ramp(count: int) -> NDArray[np.uint8]:
    """Frames whose level tells their number."""
    levels = (40 + 6 * np.arange(count)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None], (count, 32, 48)).copy()


def write(
    path: Path,
    *,
    codec: str,
    steps: tuple[int, ...] = (4,),
    b_frames: int = 0,
    count: int = COUNT,
) -> Path:
    """Each frame is shown for as many hundredths of a second as ``steps`` says in turn."""
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream(codec, rate=25)
        stream.width, stream.height = 48, 32
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = 8
        stream.codec_context.time_base = Fraction(1, 100)
        if b_frames:
            stream.codec_context.max_b_frames = b_frames
        time = 0
        for number, pixels in enumerate(ramp(count)):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = time, Fraction(1, 100)
            time += steps[number % len(steps)]
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def numbers_in(frames: list[NDArray[np.uint8]]) -> list[int]:
    return [round((float(frame.mean()) - 40) / 6) for frame in frames]


def one_after_the_other(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


@pytest.mark.parametrize("name", KINDS)
def test_any_frame_is_the_one_that_decoding_from_the_start_gives(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, **KINDS[name])
    every = one_after_the_other(path)
    assert len(every) == COUNT
    table = timetable_of(path)
    assert (table.is_known, len(table.times_T)) == (True, COUNT)
    facts = video_facts(path)
    assert (facts.width, facts.height, facts.num_frames, facts.missing) == (48, 32, COUNT, 0)
    rng = np.random.default_rng(0)
    asked = [[0], [COUNT - 1], list(range(COUNT)), [20, 3, 3, 11]]
    asked += [rng.integers(0, COUNT, 4).tolist() for _ in range(12)]
    for numbers in asked:
        found = read_frames(path, numbers, channels=1, timetable=table)
        for number, frame in zip(numbers, found, strict=True):
            np.testing.assert_array_equal(frame[:, :, 0], every[number], err_msg=f"{numbers}")


def test_only_what_a_clip_needs_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from netloom.data import video_files

    path = write(tmp_path / "a.mp4", codec="libx264")
    table = timetable_of(path)
    decoded: list[int | None] = []
    real = video_files._decoded

    def counting(container: Any, stream: Any) -> Any:
        for time, frame in real(container, stream):
            decoded.append(time)
            yield time, frame

    monkeypatch.setattr(video_files, "_decoded", counting)
    read_frames(path, [18], channels=1, timetable=table)
    keys = np.searchsorted(table.times_T, table.keys)
    last = max(key for key in keys.tolist() if key <= 18)
    assert last > 8
    assert np.searchsorted(table.times_T, decoded).tolist() == list(range(last, 19))


def test_colour_and_grey(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", codec="mjpeg")
    (colour,) = read_frames(path, [5], channels=3)
    (grey,) = read_frames(path.read_bytes(), [5], channels=1)
    assert (colour.shape, grey.shape) == ((32, 48, 3), (32, 48, 1))
    assert np.abs(colour.mean(axis=2) - grey[:, :, 0]).max() <= 2


def test_what_decodes_of_a_video_that_is_cut_short_is_used(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.ts", codec="mpeg2video").read_bytes()
    facts = video_facts(whole[: len(whole) * 6 // 10])
    assert 5 < facts.num_frames < COUNT
    last = read_frames(whole[: len(whole) * 6 // 10], [facts.num_frames - 1], channels=1)
    assert numbers_in(last) == [facts.num_frames - 1]


def test_frames_that_are_listed_but_gone_are_counted_and_the_one_before_stands_for_them(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.avi", codec="mjpeg")
    content = bytearray(path.read_bytes())
    with av.open(io.BytesIO(content)) as file:
        places = [(packet.pos, packet.size) for packet in file.demux(video=0) if packet.size]
    for start, size in places[-3:]:
        content[start + 8 : start + 8 + size] = bytes(size)
    facts = video_facts(bytes(content))
    assert (facts.num_frames, facts.missing) == (COUNT - 1, 1)  # only its end is looked at
    found = read_frames(bytes(content), [10, COUNT - 1], channels=1)
    assert numbers_in(found) == [10, COUNT - 4]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF0000AVI ",
        b"\0" * 4000,
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        b"ffconcat version 1.0\n",
    ],
)
def test_what_is_no_video_is_refused_and_nothing_it_names_is_opened(content: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be decoded"):
        video_facts(content)


def test_a_file_with_sound_only_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(
            np.zeros((1, 800), np.int16), format="s16", layout="mono"
        )
        sound.sample_rate = 8000
        file.mux(stream.encode(sound))
        file.mux(stream.encode())
    with pytest.raises(ValueError, match="only sound"):
        video_facts(path)


def test_a_video_without_a_single_frame_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", codec="mjpeg", count=0)
    with pytest.raises(ValueError, match="cannot be decoded"):
        video_facts(path)


def test_without_the_library_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InvalidData) as caught:
        video_facts(b"x")
    (problem,) = caught.value.diagnostics
    assert (problem.code, "netloom[video]" in (problem.fix or "")) == ("I630", True)


def test_a_reader_gives_frames_of_files_and_of_folders(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", codec="mpeg4")
    (tmp_path / "b").mkdir()
    for number, pixels in enumerate(ramp(12)):
        (tmp_path / "b" / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    reader = VideoFrames(tmp_path, ["a.mp4", "b"], np.array([COUNT, 12]), channels=1)
    for position, length in ((0, COUNT), (1, 12)):
        assert reader.num_frames(position) == length
        assert numbers_in(reader.frames(position, [2, 11, 2])) == [2, 11, 2]
        assert numbers_in([reader.read(position)]) == [length // 2]
    (tmp_path / "b" / "3.png").write_bytes(b"no picture")
    with pytest.raises(InvalidData, match="annot read video"):
        reader.frames(1, [3])
