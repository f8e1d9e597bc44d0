"""`python -m tui_call.voice.devices.listing`: the sound devices of this moment, as JSON.

A process that plays cannot see what was plugged in since it began; this one just began.
"""

from tui_call.voice.devices.portaudio import listed_for_another

if __name__ == "__main__":
    print(listed_for_another())
