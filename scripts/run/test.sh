# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

test_logs=()
test_failed=0

# run_suites DIR NAME [SETUP]: one pass over the tests of a build directory; its
# JSON log is kept for the count at the end. Most of them wait for something, so
# that a processor has time for two.
run_suites() {
  local dir=$1 name=$2 setup=${3:-} log
  log=$dir/meson-logs/tests${setup:+-$setup}.json

  say "tests: $name"
  rm -f "$log"
  meson test -C "$dir" --no-rebuild --print-errorlogs --logbase tests \
    --num-processes "$((2 * $(nproc)))" \
    ${setup:+--setup="$setup"} || test_failed=1
  if [ -s "$log" ]; then
    test_logs+=("$name=$log")
  else
    say "no test of '$name' ran"
    test_failed=1
  fi
}

test_normal() {
  need_node_modules
  build_normal
  run_suites "$top/.build/normal" normal
}

# Under the leaks tracer an object that outlives a test fails it.
test_leaks() {
  build_normal
  run_suites "$top/.build/normal" leaks leaks
}

test_valgrind() {
  need_packages "${packages_valgrind[@]}"
  build_normal
  run_suites "$top/.build/normal" valgrind valgrind
}

# g-ir-scanner runs a program of ours and dies of LeakSanitizer's report, hence
# no introspection in the instrumented builds.
test_asan() {
  need_packages "${packages_build[@]}"
  configure "$top/.build/asan" -Db_sanitize=address,undefined \
    -Db_lundef=false -Dintrospection=disabled -Dbench=disabled
  build "$top/.build/asan"
  run_suites "$top/.build/asan" asan asan
}

test_tsan() {
  need_packages "${packages_build[@]}"
  configure "$top/.build/tsan" -Db_sanitize=thread -Db_lundef=false \
    -Dintrospection=disabled -Dbench=disabled
  build "$top/.build/tsan"
  run_suites "$top/.build/tsan" tsan tsan
}

run_test() {
  local which=("$@") name

  [ ${#which[@]} -gt 0 ] || which=(normal asan leaks)
  [ "${which[*]}" != all ] || which=(normal asan leaks tsan valgrind)
  for name in "${which[@]}"; do
    case $name in
      normal | asan | tsan | leaks | valgrind) ;;
      *) die "unknown tests: $name" ;;
    esac
  done

  need_packages "${packages_build[@]}" "${packages_test[@]}"
  for name in "${which[@]}"; do
    "test_$name"
  done
  python3 "$top/scripts/count-tests.py" "${test_logs[@]}" || test_failed=1
  return $test_failed
}
