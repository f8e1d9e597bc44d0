"""Who may do what, and why not: pure functions over plain values.

    Book ─ evaluate ─► the policy of each kind, and every rule that was tried

    EncryptionPolicy ─┐
    account setting  ─┼─ own_encryption ─► OwnEncryption ─┬─ may_call ─► Allowed | Denied
    device setting   ─┘                                   └─ gate ─────► capability → On | Off

The service keeps the `book` of all policies, grants and groups; `evaluation` finds what applies
to a person, which the engine is told. `terms` are what policies say.

`encryption` decides whether E2EE calls are on for a person, `admission` whether a call with
another person can be and whether it has to be compared, `standard` what happens to one that is not
E2EE, and `gate` what can be done now; `explain` puts each answer into the words of sentences.txt
for one of the two sides. Names of policies and groups reach only the words for the person whom
they concern.
"""
