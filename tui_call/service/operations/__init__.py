"""The operations of a change, each with its rules; all work on the rows of one transaction."""
