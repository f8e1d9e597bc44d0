"""How a service notices that a process beside it hangs: what each is asked, and answers."""

import msgspec


class LivenessCheck(msgspec.Struct, frozen=True, tag_field="type", tag="liveness_check"):
    """Wants an `Alive`: a process that says nothing is taken for gone."""


class Alive(msgspec.Struct, frozen=True, tag_field="type", tag="alive"):
    """The process reads what it is told."""
