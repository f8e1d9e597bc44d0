"""Where sound comes from and goes to: sound devices, files, a delay line, or nothing at all.

`port.AudioPort` is what the audio thread sees of each. Only `sound_devices` knows PortAudio, and
it loads it when it is first used.
"""
