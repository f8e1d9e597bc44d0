"""What is kept of a call, on the disk: mixes, tracks and transcripts, in parts."""
