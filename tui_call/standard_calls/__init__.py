"""Standard calls without input or output: members, rings, holds, transfers and park of each."""
