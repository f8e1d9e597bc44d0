"""What administrators and auditors ask, answered from the store and the book of one moment."""
