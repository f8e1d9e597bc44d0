"""Speech to text: what members of a standard call say, as words."""
