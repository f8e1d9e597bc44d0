"""A call between two of Debian's baresip, a SIP phone in C, over devices of the audio rig.

It is what an engine is compared with, on the same devices. Of what an engine does it does what it
can: Opus made ready for loss by in-band FEC, noise suppression, ICE and DTLS-SRTP. Debian's has no
echo canceller, and no end-to-end encryption above the transport's. Else it is as it comes.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_MODULES = Path("/usr/lib/baresip/modules")
_PORTS = (45_060, 45_070)
"""Of SIP; each takes the next one too, for TLS."""
_RTP_PORTS = (45_100, 45_120)
_ESTABLISHED = b"Call established"
_STEP_WITHIN = 20.0
_CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:{port}
audio_player alsa,{device}
audio_source alsa,{device}
audio_alert alsa,{device}
audio_buffer 20-160
rtp_ports {rtp}-{last_rtp}
rtcp_mux yes
module_path {modules}
module opus.so
module alsa.so
module dtls_srtp.so
module stun.so
module ice.so
module speex_pp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
opus_inbandfec yes
opus_packet_loss 10
"""
_ACCOUNT = (
    "<sip:{name}@127.0.0.1:{port}>;regint=0;mediaenc=dtls_srtp;medianat=ice;audio_codecs=opus/48000/2"
    ";answermode=auto\n"
)


def installed() -> bool:
    """Whether there is a baresip to compare with."""
    return shutil.which("baresip") is not None


@contextlib.contextmanager
def baresip_call(
    devices: Sequence[str], environment: Mapping[str, str], directory: Path
) -> Iterator[list[int]]:
    """Let two of them talk; give their process numbers once both have sound.

    Args:
        devices: of the rig, one for each.
        environment: in which the devices are.
        directory: for their files.
    """
    phones: list[subprocess.Popen[bytes]] = []
    logs = [directory / f"{number}.log" for number in range(len(devices))]
    try:
        for number, device in reversed([*enumerate(devices)]):
            dial = [] if number else ["-e", f"/dial sip:phone1@127.0.0.1:{_PORTS[1]}"]
            home = _written(directory / str(number), number, device)
            with logs[number].open("wb") as log:
                phones.append(
                    subprocess.Popen(
                        ["baresip", "-f", str(home), *dial],
                        env=os.environ | environment,
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        deadline = time.monotonic() + _STEP_WITHIN
        while not all(_ESTABLISHED in log.read_bytes() for log in logs):
            if time.monotonic() > deadline:
                raise RuntimeError(f"baresip: {logs[0].read_text()[-500:]}")
            time.sleep(0.05)
        yield [phone.pid for phone in reversed(phones)]
    finally:
        for phone in phones:
            phone.terminate()
            phone.wait()


def _written(home: Path, number: int, device: str) -> Path:
    home.mkdir()
    port, rtp = _PORTS[number], _RTP_PORTS[number]
    config = _CONFIG.format(port=port, device=device, rtp=rtp, last_rtp=rtp + 10, modules=_MODULES)
    (home / "config").write_text(config)
    (home / "accounts").write_text(_ACCOUNT.format(name=f"phone{number}", port=port))
    return home
