"""What is kept of standard calls: who may have it, how it is fetched, when it goes."""
