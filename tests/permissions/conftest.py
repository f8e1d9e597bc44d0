"""How hypothesis makes the values of this room: `st.from_type(OwnEncryption)` and the like."""

from hypothesis import strategies as st

from tui_call.permissions.admission import PeerEncryption, peer_refused
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.policies import (
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.terms import CallingTerms

st.register_type_strategy(
    EncryptionPolicy,
    st.builds(
        EncryptionPolicy,
        name=st.just("policy-name"),
        source=st.sampled_from(PolicySource),
        e2ee_calls=st.sampled_from(E2EECalls),
        group=st.just("group-name"),
        rank=st.integers(1, 9),
        require_compared=st.booleans(),
    ),
)
st.register_type_strategy(
    CallingPolicy,
    st.builds(
        CallingPolicy,
        name=st.just("calling-name"),
        source=st.sampled_from(PolicySource),
        terms=st.builds(CallingTerms, recording=st.booleans(), compliance_recording=st.booleans()),
        group=st.just("group-name"),
        rank=st.integers(1, 9),
    ),
)
st.register_type_strategy(
    OwnEncryption, st.builds(own_encryption, calling=st.none() | st.from_type(CallingPolicy))
)
st.register_type_strategy(
    PeerEncryption,
    st.builds(PeerEncryption, required=st.booleans()) | st.integers(1, 4).map(peer_refused),
)
