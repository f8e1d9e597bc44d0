"""The sound path without sockets: devices, Opus, jitter buffer and playout, echo, meters, tones.

    microphone ─ AudioPort ─ AudioThread ─ SoundProcessor ─ Opus ─▶ on_frame (who seals and sends)
    speaker ──── AudioPort ─ AudioThread ─ tones ─ Playout ─ JitterBuffer ◀─ insert(number, audio)

One form of sound everywhere: 48 kHz, mono, int16, 20 ms frames of 960 samples. The one thread
that does the work is `AudioThread`; a device's callback only copies to and from a `SampleRing`.
Nothing here knows about keys, calls or sockets.
"""
