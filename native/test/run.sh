#!/bin/sh
# Runs the TAP programs given after the build folder and sums their results; the last line is "N passed, N failed".
build=$1
shift
passed=0
failed=0
for program in "$@"; do
  echo "# $(basename "$program")"
  output=$(SANDGLASS_BUILD=$build timeout 120 "$program" 2>&1)
  status=$?
  echo "$output"
  ok=$(echo "$output" | grep -c '^ok ')
  bad=$(echo "$output" | grep -c '^not ok ')
  # A crash, a sanitizer's report or a missing plan is a failure even when every check before it passed.
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || ! echo "$output" | grep -q '^1\.\.'; }; then
    echo "not ok - $(basename "$program") ended with $status before its plan"
    bad=1
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
done
echo "native: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
