"""What holds of being kept and captioned for somebody in a call."""

from tui_call.permissions.terms import CallingTerms
from tui_call.service.database import LoginRecord
from tui_call.signaling.call_acts import OwnWord
from tui_call.standard_calls.keeping import Word


def word_of(known: LoginRecord, own: OwnWord, terms: CallingTerms) -> Word:
    """Return it.

    Args:
        known: the account, with what it says on all devices.
        own: what the device says, which is above that.
        terms: of the person's calling policy.
    """
    recording = known.recording_of_me if own.recording == "follow" else own.recording
    captions = known.captions_of_me if own.captions == "follow" else own.captions
    return Word(
        recording,
        captioned=terms.captions and captions == "allow",
        by_rule=terms.compliance_recording,
        device_recording=own.recording,
        device_captions=own.captions,
    )
