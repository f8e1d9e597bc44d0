"""The bridge worker: forwards the frames of a room's loudest. No policy, no names, no decoding."""
