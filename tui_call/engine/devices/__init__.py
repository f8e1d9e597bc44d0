"""The person's devices: linked, given credentials, removed; and becoming one of them."""
