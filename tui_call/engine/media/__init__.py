"""What carries the sound of a call leg: paths, packets and their figures."""
