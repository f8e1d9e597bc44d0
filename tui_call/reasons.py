"""Why something ended or is off: closed lists, whose values are codes of `sentences`."""

from enum import StrEnum

from tui_call.sentences import text_of


class EndReason(StrEnum):
    """Why a call ended or never began. The value is the code of its sentence."""

    HUNG_UP = "G_ENDED"
    DECLINED = "R_DECLINED"
    BUSY = "R_BUSY"
    DO_NOT_DISTURB = "R_DND"
    NO_ANSWER = "R_NO_ANSWER"
    CANCELLED = "R_CANCELLED"
    TAKEN = "R_TAKEN"
    TAKEN_BY_OTHER = "R_TAKEN_OTHER"
    REPLACED = "R_REPLACED"
    PASSED_ON = "R_PASSED_ON"
    PARKED = "R_PARKED"
    WENT_E2EE = "R_WENT_E2EE"
    OFFLINE = "R_OFFLINE"
    SILENT_PEER = "R_UNKNOWN"
    NO_SUCH_PERSON = "R_NO_USER"
    TOO_MANY_CALLS = "R_RATE"
    CROWDED = "R_CROWDED"
    NO_SERVICE = "R_NO_SERVICE"
    E2EE_OFF = "R_NO_STANDARD"
    OWN_REQUIRE = "R_OWN_REQUIRE"
    PEER_REQUIRES = "R_PEER_REQUIRE"
    UNSIGNED_REFUSAL = "R_UNSIGNED"
    KEY_CHANGED = "R_KEY_CHANGED"
    CODES_DIFFERED_BEFORE = "R_CODES_MARK"
    CODES_DIFFER = "SH_DIFFER"
    NOT_COMPARED = "R_NOT_COMPARED"
    HANDSHAKE_FAILED = "R_HANDSHAKE"
    NO_PATH = "R_NO_PATH"
    CONNECTION_LOST = "G_LOST"
    ENGINE_STOPPED = "G_ENGINE_DIED"
    REVOKED = "R_REVOKED"
    DISABLED = "R_DISABLED"
    MUST_BE_RECORDED = "N_COMPLIANCE"


LEAVES_WORD = frozenset({EndReason.OFFLINE, EndReason.NO_ANSWER, EndReason.CROWDED})
"""Ends of which the caller leaves word; whether that is kept is told soon after the end."""


class GateReason(StrEnum):
    """Why something is off. The value is the code of its sentence."""

    # E2EE calls are off for a person; in the order in which reasons are told
    COMPLIANCE = "Y_OWN_COMPLIANCE"
    POLICY = "Y_OWN_POLICY"
    POLICY_UNKNOWN = "Y_POLICY_UNKNOWN"
    SETTING = "Y_OWN_SETTING"
    OLD_DEVICE = "Y_OWN_OLD"
    KEY_LOCKED = "Y_OWN_LOCKED"
    CREDENTIAL_OVER = "Y_OWN_EXPIRED"
    # a call is not E2EE although it could be
    UNSIGNED = "Y_UNSIGNED"
    STANDARD_ASKED = "Y_ASKED"
    MORE_THAN_TWO = "Y_MORE_THAN_TWO"
    LEFT = "Y_LEFT"
    BY_BRIDGE = "Y_BRIDGE"
    # the kind of the call rules it out
    E2EE_RECORD = "E_RECORD"
    E2EE_CAPTIONS = "E_CAPTIONS"
    E2EE_TRANSCRIPT = "E_TRANSCRIPT"
    E2EE_TRANSFER = "E_TRANSFER"
    E2EE_CONSULT = "E_CONSULT"
    E2EE_PARK = "E_PARK"
    E2EE_MERGE = "E_MERGE"
    E2EE_ADD = "E_ADD"
    E2EE_HAND_OVER = "E_HANDOVER"
    E2EE_RING_SEVERAL = "E_RINGGROUP"
    LEAVE_POLICY = "E_NOLEAVE"
    LEAVE_SETTING = "E_NOLEAVE_SELF"
    NO_STANDARD_CALLS = "E_NOSTANDARD"
    IS_E2EE = "N_E2EE"
    BRIDGE_HEARS = "SH_STANDARD"
    # there are no standard calls for the person, or none here
    E2EE_REQUIRED = "ON_REQUIRED"
    ONLY_E2EE = "ON_REQUIRE_SELF"
    NO_BRIDGE = "N_NOSTANDARD"
    MUST_BE_RECORDED = "N_COMPLIANCE"
    # the calling policy rules it out, also in a call that is not E2EE
    POLICY_RECORD = "P_RECORD"
    POLICY_CAPTIONS = "P_CAPTIONS"
    POLICY_TRANSCRIPT = "P_TRANSCRIPT"
    POLICY_TRANSFER = "P_TRANSFER"
    POLICY_CONSULT = "P_CONSULT"
    POLICY_PARK = "P_PARK"
    POLICY_MERGE = "P_MERGE"
    POLICY_ADD = "P_ADD"
    POLICY_RING_SEVERAL = "P_RINGGROUP"
    POLICY_NOT_TOLD = "P_UNKNOWN"
    # the call is not that far, or there is none
    NO_CALL = "N_NOCALL"
    NO_KEYS_YET = "SH_SETUP"
    NOT_CONNECTED = "N_NOTYET"
    # what a standard call lacks at present
    FULL = "N_FULL"
    NO_OTHER_CALL = "N_NOOTHER"
    NO_OTHER_DEVICE = "N_NODEVICE"
    NO_FREE_SLOT = "N_NOSLOT"
    PASSED_ON = "N_TRANSFERRING"
    PARKED = "N_PARKED"
    BY_RULE = "N_BY_RULE"
    HEARD_BY_RULE = "N_HEARD_BY_RULE"
    # what the service lacks to keep or read a call
    NO_TAP = "N_TAP"
    NO_ENGINE = "N_ENGINE"
    ENGINE_MODEL = "N_ENGINE_MODEL"
    # this computer
    NO_AUDIO_LIBRARY = "N_AUDIOLIB"
    NO_MICROPHONE = "N_MIC"


def short_form(reason: GateReason) -> str:
    """Return the few words, at most 24 cells, that stand beside "off" in a list."""
    return text_of(reason, "short")
