"""A recording: decoded and written anew as Opus in Ogg, one channel, no tags, no cover, no chapters.

FFmpeg's demuxer is named (no guessing), external references stay off, and only decoders of sound that phones make run.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

# All that PyAV would import by itself when it meets a stream: behind the walls nothing can be opened any more.
import av
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.stream
from av.audio.resampler import AudioResampler
from av.codec.context import Flags
from av.error import FFmpegError, InvalidDataError
from av.stream import Disposition

from complaints.files.kinds import Form
from complaints.files.outcomes import LIMITS, Reason

from .refusal import Refusal

RATE = 24_000  # samples a second: speech up to 12 kHz
BITS = 32_000  # a second: 15 minutes are 3.6 MB
# Opus's own settings, 0 to 10 for the effort. As measured for 200 s of sound: "audio" 2 takes 0.46 s, 10 takes 0.85 s,
# "voip" 5 takes 1.54 s. At these bits a voice sounds alike, and a quarter of an hour has to be done in the time.
OPUS = {"application": "audio", "compression_level": "2"}
SAY_HOW_LONG = (Form.MP4, Form.MATROSKA, Form.WAV, Form.OGG)  # of the others FFmpeg guesses it
_DECODERS = frozenset({"opus", "libopus", "vorbis", "aac", "mp3", "mp3float", "alac", "flac"})
_AMR = frozenset({"amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"})


def clean(data: bytes, form: Form) -> tuple[bytes, int]:
    """Ogg bytes, seconds. Raises Refusal; anything else means damaged."""
    written = io.BytesIO()
    with av.open(io.BytesIO(data), "r", format=form.value, metadata_errors="ignore") as source:
        sound = _sound(source)
        if form in SAY_HOW_LONG and (source.duration or 0) / av.time_base > LIMITS.minutes * 60 + 1:
            raise Refusal(Reason.TOO_LONG)  # at once, instead of after a quarter of an hour of it
        with av.open(written, "w", format="ogg", options={"fflags": "+bitexact"}) as target:
            stream = target.add_stream("libopus", rate=RATE, layout="mono", options=OPUS)
            stream.codec_context.flags |= Flags.bitexact
            stream.bit_rate = BITS
            samples = 0
            for frame in _mono(source, sound):
                samples += frame.samples
                if samples > LIMITS.minutes * 60 * RATE:
                    raise Refusal(Reason.TOO_LONG)
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    if not samples:
        raise Refusal(Reason.DAMAGED)
    return written.getvalue(), round(samples / RATE)


def _sound(source: Any) -> Any:
    """The stream of sound. A moving picture beside it is a video; a still one is a cover, and left behind."""
    if any(not stream.disposition & Disposition.attached_pic for stream in source.streams.video):
        raise Refusal(Reason.VIDEO)
    if not source.streams.audio:
        raise Refusal(Reason.NOT_TAKEN)
    sound = source.streams.audio[0]
    name = sound.codec_context.name
    if name not in _DECODERS | _AMR and not name.startswith("pcm_"):
        raise Refusal(Reason.NOT_TAKEN)
    sound.codec_context.thread_count = 1
    return sound


def _mono(source: Any, sound: Any) -> Iterator[Any]:
    """Frames of one channel at RATE. A packet that does not decode is left out: recordings often break off."""
    mixer = AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in _decoded(source, sound):
        for mixed in mixer.resample(frame):
            mixed.pts = None
            yield mixed
    yield from mixer.resample(None)


def _decoded(source: Any, sound: Any) -> Iterator[Any]:
    packets = source.demux(sound)
    good, bad = 0, 0
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except FFmpegError:  # the file breaks off in the middle of what holds it together
            break
        try:
            frames = packet.decode()
        except InvalidDataError:
            bad += 1
            continue
        good += bool(frames)
        yield from frames
    if bad > good:
        raise Refusal(Reason.DAMAGED)


def _silence() -> bytes:
    """A tenth of a second of nothing, as a WAV file (one channel, 8,000 samples a second, 16 bits)."""
    sound = bytes(1600)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(sound), b"WAVE") + form + struct.pack("<4sI", b"data", 1600) + sound


clean(_silence(), Form.WAV)  # once through, so that whatever else is loaded on the way is there before the walls
