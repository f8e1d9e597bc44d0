"""A man in the middle for practice: `tui-call drill mitm`.

Everything in it is real but the people: a service whose routing belongs to an intruder, two
engines with profiles of their own, and a call between them that he takes apart into two. He has
what a hostile service has, every message of the handshake, and the project's own machines to
answer them with; what he has not is a way to make two codes one.

`interception` is the call that he sits in, `intruder` what he does with the routing, `tape` what he
keeps of the sound; `stage` starts and ends the service and the engines in a home of their own
(`rehearsal`, which the demonstration and the benchmarks use too), and `mitm` is the order of
events.
"""
