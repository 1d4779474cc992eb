# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

run_bench() {
  local dir=$top/.build/release update=() failed=0

  case ${1:-} in
    --update-docs)
      update=(--update-docs "$top/docs/performance.md")
      shift
      ;;
    -*) die "unknown option: $1" ;;
  esac
  need_packages "${packages_build[@]}" "${packages_bench[@]}"
  configure "$dir" --buildtype=release -Dintrospection=disabled \
    -Dbench=enabled -Dtests=disabled
  build "$dir"

  # One after the other and with nothing else running: they measure time.
  python3 "$top/scripts/run-bench.py" "$dir" "$@" >"$dir/rows.jsonl" ||
    failed=1
  python3 "$top/scripts/bench-table.py" --json "$top/.build/bench.json" \
    "${update[@]}" "$dir/rows.jsonl"
  [ $failed -eq 0 ] || die "a benchmark failed; its rows are missing"
}
