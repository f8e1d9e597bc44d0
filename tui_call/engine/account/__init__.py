"""What belongs to the person here: identity, devices, rights and settings, kept on disk."""
