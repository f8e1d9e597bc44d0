"""What is done to a service's store so that its audit cannot be written, and can be again."""

MEND_AUDIT = "DROP TRIGGER broken"


def break_audit(only: str = "") -> str:
    """Return the statement after which nothing is added, or no row of one action."""
    when = f"WHEN NEW.action = '{only}' " if only else ""
    return (
        f"CREATE TRIGGER broken BEFORE INSERT ON audit {when}"
        "BEGIN SELECT RAISE(ABORT, 'broken'); END"
    )
