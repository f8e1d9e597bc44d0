"""Sound devices, tones and hearing yourself: what the engine does with microphone and speaker."""
