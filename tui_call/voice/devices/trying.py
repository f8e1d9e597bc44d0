"""`python -m tui_call.voice.devices.trying`: whether a device can be opened, told as JSON.

Where that fails, it harms no stream here: this process has none.
"""

import sys

from tui_call.voice.devices.portaudio import tried_for_another

if __name__ == "__main__":
    print(tried_for_another(sys.stdin.read()))
