#!/bin/sh
# Everything that can be said about the code without running the program. Runs every step, shows
# the output of those that fail, and fails when one did.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
export PYRIGHT_PYTHON_IGNORE_WARNINGS=1

failed=''
log=$(mktemp)
trap 'rm -f "$log" "$log.coverage"' EXIT

step() {
  name=$1; shift
  if "$@" >"$log" 2>&1; then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    cat "$log"
    failed="$failed '$name'"
  fi
}

core_coverage() {
  COVERAGE_FILE=$log.coverage pytest -q -n 2 -m "not e2e" \
    --cov=tui_call.e2ee --cov=tui_call.permissions --cov=tui_call.calls \
    --cov=tui_call.standard_calls --cov-branch \
    --cov-report=term-missing:skip-covered --cov-fail-under=100 \
    tests/e2ee tests/permissions tests/calls tests/standard_calls
}

step "style" ruff check .
step "format" ruff format --check .
step "types on Linux" pyright --pythonplatform Linux
step "types on Windows" pyright --pythonplatform Windows
step "types on macOS" pyright --pythonplatform Darwin
step "import contracts" lint-imports
step "config files as the schema says" python -m tui_call.config.render --check
step "page of the control protocol as the structs say" python -m tui_call.control.render --check
step "drawing of the call states as the tables say" python -m tui_call.calls.draw --check
step "drawing of the standard call as its tables say" python -m tui_call.standard_calls.draw --check
step "lock files as pyproject.toml says" tools/lock.sh --check
step "every branch of the cores tested" core_coverage

[ -z "$failed" ] || { echo "Checks failed:$failed"; exit 1; }
