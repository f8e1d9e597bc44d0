#!/bin/sh
# Everything that can be said about the code without running the program. Runs every step, shows
# the output of those that fail, and fails when one did.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
export PYRIGHT_PYTHON_IGNORE_WARNINGS=1

failed=''
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Begin one more step; those that were begun run beside each other.
count=0
begin() {
  count=$((count + 1))
  name=$1; shift
  echo "$name" >"$logs/$count.name"
  { "$@" >"$logs/$count" 2>&1 && : >"$logs/$count.passed"; } &
}

# Wait for all that were begun, and say how each ended.
finish() {
  wait
  for number in $(seq "$count"); do
    name=$(cat "$logs/$number.name")
    if [ -e "$logs/$number.passed" ]; then
      echo "ok      $name"
    else
      echo "FAILED  $name"
      cat "$logs/$number"
      failed="$failed '$name'"
    fi
  done
  count=0
  rm -f "$logs"/*
}

core_coverage() {
  COVERAGE_FILE=$logs/coverage pytest -q -n 2 -m "not e2e" \
    --cov=tui_call.e2ee --cov=tui_call.permissions --cov=tui_call.calls \
    --cov=tui_call.standard_calls --cov-branch \
    --cov-report=term-missing:skip-covered --cov-fail-under=100 \
    tests/e2ee tests/permissions tests/calls tests/standard_calls
}

begin "style" ruff check .
begin "format" ruff format --check .
begin "types on Linux" pyright --pythonplatform Linux
begin "types on Windows" pyright --pythonplatform Windows
begin "types on macOS" pyright --pythonplatform Darwin
begin "import contracts" lint-imports
begin "config files as the schema says" python -m tui_call.config.render --check
begin "page of the control protocol as the structs say" python -m tui_call.control.render --check
begin "drawing of the call states as the tables say" python -m tui_call.calls.draw --check
begin "drawing of the standard call as its tables say" python -m tui_call.standard_calls.draw --check
begin "lock files as pyproject.toml says" tools/lock.sh --check
finish
begin "every branch of the cores tested" core_coverage
finish

[ -z "$failed" ] || { echo "Checks failed:$failed"; exit 1; }
