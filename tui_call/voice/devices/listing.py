"""`python -m tui_call.voice.devices.listing`: the sound devices of this moment, as JSON.

A process that plays cannot see what was plugged in since it began; this one just began.
"""

import sys

from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.portaudio import as_json, list_devices

if __name__ == "__main__":
    try:
        print(as_json(list_devices()))
    except DeviceError as error:
        sys.exit(str(error))
