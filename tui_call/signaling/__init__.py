"""What engine and service say to each other: plain structs, sealed bytes opaque."""
