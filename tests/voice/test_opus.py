import ctypes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.voice import opus
from tui_call.voice.coding import Coding
from tui_call.voice.opus import (
    Decoder,
    Encoder,
    MalformedAudio,
    OpusFailure,
    OpusMissing,
    silent_packet,
)
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES
from tui_call.voice.speech_like import speech_like


def frames_of(sound: Samples) -> list[Samples]:
    whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
    return list(sound[:whole].reshape(-1, FRAME_SAMPLES))


def error_power(one: Samples, other: Samples) -> float:
    return float(np.mean((one.astype(float) - other) ** 2))


@pytest.mark.parametrize("bitrate", [16_000, 20_000, 32_000, 64_000])
@pytest.mark.parametrize("loss", [0, 5, 30])
def test_every_packet_has_one_size(bitrate: int, loss: int) -> None:
    encoder = Encoder(Coding(bitrate, expected_loss=loss))
    noise = np.random.default_rng(1).integers(-32768, 32767, FRAME_SAMPLES * 10).astype(np.int16)
    sound = np.concatenate((speech_like(1.0), silence(FRAME_SAMPLES * 20), noise))
    sizes = {len(encoder.encode(frame)) for frame in frames_of(sound)}
    assert sizes == {encoder.coding.packet_bytes} == {bitrate // 400}


@pytest.mark.parametrize("bitrate", [16_000, 20_800, 43_200])
def test_silence_has_the_size_of_speech(bitrate: int) -> None:
    coding = Coding(bitrate)
    packet = silent_packet(coding)
    assert len(packet) == coding.packet_bytes
    decoder = Decoder()
    decoder.decode(Encoder(coding).encode(speech_like(1.0)[FRAME_SAMPLES : 2 * FRAME_SAMPLES]))
    heard = [decoder.decode(packet) for _ in range(10)]
    assert np.max(np.abs(heard[-1])) <= 2, "of 32767"


def test_bitrate_changes_in_a_stream() -> None:
    encoder, decoder = Encoder(Coding(32_000)), Decoder()
    decoder.decode(encoder.encode(silence()))
    encoder.use(Coding(20_000))
    packet = encoder.encode(silence())
    assert len(packet) == 50
    assert len(decoder.decode(packet)) == FRAME_SAMPLES


def test_sound_survives() -> None:
    encoder, decoder = Encoder(Coding(32_000)), Decoder()
    said = speech_like(1.0)
    heard = np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames_of(said)])
    codec_delay = 312  # samples, of the encoder's look-ahead at 48 kHz
    aligned = heard[codec_delay:].astype(float)
    assert np.corrcoef(said[: len(aligned)], aligned)[0, 1] > 0.75


def test_fec_comes_closer_to_the_lost_frame_than_concealment() -> None:
    encoder = Encoder(Coding(32_000))
    encoder.use(Coding(32_000, expected_loss=25))
    packets = [encoder.encode(frame) for frame in frames_of(speech_like(3.0))]
    whole, with_fec, concealing = Decoder(), Decoder(), Decoder()
    fec_error = concealed_error = 0.0
    recovered = 0
    for number, packet in enumerate(packets[:-1]):
        truth = whole.decode(packet)
        following = packets[number + 1]
        if number % 5 == 3 and with_fec.carries_fec(following):
            recovered += 1
            fec_error += error_power(truth, with_fec.decode_fec(following))
            concealed_error += error_power(truth, concealing.conceal())
        else:
            with_fec.decode(packet)
            concealing.decode(packet)
    assert recovered > 10
    assert fec_error < concealed_error / 2


def test_fec_takes_no_bits_without_expected_loss() -> None:
    encoder, decoder = Encoder(Coding(32_000)), Decoder()
    encoder.use(Coding(32_000, expected_loss=0))
    packets = [encoder.encode(frame) for frame in frames_of(speech_like(1.0))]
    assert not any(decoder.carries_fec(packet) for packet in packets)


def test_concealment_goes_on_and_fades() -> None:
    encoder, decoder = Encoder(Coding(32_000)), Decoder()
    time = np.arange(FRAME_SAMPLES * 10) / 48_000
    tone = (8000 * np.sin(2 * np.pi * 200 * time)).astype(np.int16)
    for frame in frames_of(tone):
        decoder.decode(encoder.encode(frame))
    powers = [error_power(decoder.conceal(), silence()) for _ in range(50)]
    assert powers[0] > 1e6
    assert powers[-1] < powers[0] / 100


@given(st.binary(max_size=1600))
def test_no_packet_crashes_the_decoder(packet: bytes) -> None:
    decoder = Decoder()
    decoder.carries_fec(packet)
    for decode in (decoder.decode, decoder.decode_fec):
        try:
            assert decode(packet).shape == (FRAME_SAMPLES,)
        except MalformedAudio:
            continue
    assert decoder.conceal().shape == (FRAME_SAMPLES,)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes([0x78]) + bytes(1275),  # too long
        bytes([15 << 3 | 1]) + bytes(80),  # two frames of 20 ms
        bytes([3 << 3]) + bytes(80),  # one frame of 60 ms
        bytes([28 << 3]) + bytes(80),  # one frame of 2.5 ms
    ],
)
def test_other_than_one_frame_of_20_ms_is_refused(packet: bytes) -> None:
    with pytest.raises(MalformedAudio):
        Decoder().decode(packet)


@pytest.mark.parametrize(
    "frame", [np.zeros(480, np.int16), np.zeros(960, np.float32), np.zeros((960, 1), np.int16)]
)
def test_a_frame_of_another_form_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(OpusFailure):
        Encoder(Coding(32_000)).encode(frame)


def test_an_impossible_bitrate_is_refused() -> None:
    with pytest.raises(OpusFailure, match="invalid argument"):
        Encoder(Coding(-5))


def test_a_library_without_opus_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    real = opus.library()._name
    no_opus = ctypes.CDLL(None)._name or ""
    monkeypatch.setattr(opus, "_candidates", lambda: ["/nowhere/libopus.so", no_opus, real])
    opus.library.cache_clear()
    try:
        assert opus.library()._name == real
        monkeypatch.setattr(opus, "_candidates", list)
        opus.library.cache_clear()
        with pytest.raises(OpusMissing, match="reinstall"):
            opus.library()
    finally:
        opus.library.cache_clear()
