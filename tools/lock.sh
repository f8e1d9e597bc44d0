#!/bin/sh
# Writes the lock files: requirements.txt for everything, requirements-run.txt for the program alone.
#   tools/lock.sh            keeps every pin that still fits pyproject.toml
#   tools/lock.sh --upgrade  takes the newest that fits
#   tools/lock.sh --check    fails when the files are not what pyproject.toml asks for
# Pins that exist are kept, so that neither a new release nor a new file of an old one fails a check.
set -eu
cd "$(dirname "$0")/.."

export UV_CUSTOM_COMPILE_COMMAND="make lock"
upgrade='' check=''
case ${1:-} in
  --upgrade) upgrade=--upgrade ;;
  --check) check=yes ;;
  '') ;;
  *) echo "usage: tools/lock.sh [--upgrade | --check]" >&2; exit 2 ;;
esac

compile() {
  # With extras: to the pip of Debian 12, a pinned "a" does not pin the "a[b]" that others ask for.
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-strip-extras pyproject.toml "$@" >/dev/null
}

# differences OLD NEW: prints what differs, but for hashes that only NEW has.
differences() {
  sed 's/ \\$//' "$1" >"$work/old"
  sed 's/ \\$//' "$2" >"$work/new"
  diff "$work/old" "$work/new" | grep '^[<>]' | grep -v '^>     --hash=' || true
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp requirements.txt requirements-run.txt "$work/"
compile --extra dev $upgrade -o "$work/requirements.txt"
compile --extra build --extra captions --no-annotate \
  -c "$work/requirements.txt" -o "$work/requirements-run.txt"

if [ -z "$check" ]; then
  cp "$work/requirements.txt" "$work/requirements-run.txt" .
  exit
fi
stale=$(for file in requirements.txt requirements-run.txt; do differences $file "$work/$file"; done)
[ -z "$stale" ] || { echo "$stale"; echo "The lock files are stale: make lock"; exit 1; }
