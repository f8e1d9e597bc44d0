"""The store's own clock, which orders what several services do."""

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class store_clock(GenericFunction[float]):  # noqa: N801 - SQLAlchemy names functions so
    """Unix seconds, of this moment and not of the transaction's beginning."""

    type = Float()
    inherit_cache = True


@compiles(store_clock, "sqlite")
def _sqlite(_function: store_clock, _compiler: SQLCompiler, **_: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(store_clock, "postgresql")
def _postgresql(_function: store_clock, _compiler: SQLCompiler, **_: object) -> str:
    return "extract(epoch FROM clock_timestamp())::float8"
