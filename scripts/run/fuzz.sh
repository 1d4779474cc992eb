# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

run_fuzz() {
  local seconds=60 dir=$top/.build/fuzz target name found failed=0
  local targets=()

  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
  fi
  need_packages "${packages_build[@]}" "${packages_fuzz[@]}"
  CC=clang configure "$dir" -Dfuzz=true -Dintrospection=disabled \
    -Db_sanitize=address,undefined -Db_lundef=false -Dbench=disabled \
    -Dtests=disabled
  build "$dir"

  for target in "$dir"/tests/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=${target##*/}
    # The same targets exist as plain tests, which have no libFuzzer inside.
    grep -q LLVMFuzzerRunDriver "$target" || continue
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    targets+=("$name")
  done
  [ ${#targets[@]} -gt 0 ] || die "no fuzz target matches: $*"

  # No plugins: the targets have all they need inside, and GLib drops its table
  # of quarks, which is a leak to LeakSanitizer, when it gets the names of many.
  export GST_PLUGIN_SYSTEM_PATH_1_0='' GST_PLUGIN_PATH=''
  export GST_REGISTRY=$dir/registry.bin

  for name in "${targets[@]}"; do
    say "$name for $seconds s"
    found=$dir/found/$name
    mkdir -p "$found/corpus"
    "$dir/tests/fuzz/$name" -max_total_time="$seconds" -timeout=10 \
      -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/" \
      "$found/corpus" "$top/tests/fuzz/corpus/$name" \
      2>"$found/log" || {
      failed=1
      tail -n 40 "$found/log"
    }
    grep -E '^(stat::|Done|SUMMARY)' "$found/log" || true
  done
  if [ $failed -ne 0 ]; then
    die "a fuzz target failed; the inputs are in $dir/found"
  fi
  echo "${#targets[@]} targets, $seconds s each, nothing found"
}
