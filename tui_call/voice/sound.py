"""The one form of sound in this package: 48 kHz, mono, int16, frames of 20 ms."""

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
FRAMES_PER_SECOND = SAMPLE_RATE // FRAME_SAMPLES
