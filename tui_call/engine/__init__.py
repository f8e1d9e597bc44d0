"""The process that owns a person's identity and calls; screens and commands only look on."""
