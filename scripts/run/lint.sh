# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

lint_failed=0

# check NAME COMMAND...: a check fails by its exit status and says why itself.
check() {
  local name=$1
  shift
  if "$@"; then
    printf '  ok      %s\n' "$name"
  else
    printf '  FAILED  %s\n' "$name"
    lint_failed=1
  fi
}

lint_clang_format() {
  git ls-files -z -- '*.c' '*.h' |
    xargs -0 -r clang-format --dry-run -Werror --style=file
}

lint_shell() {
  local file ok=0
  while IFS= read -r -d '' file; do
    if ! bash -n "$file"; then
      ok=1
    elif head -n 1 "$file" | grep -q '^#!/bin/sh' && ! sh -n "$file"; then
      ok=1
    fi
  done < <(git ls-files -z -- run .ci/run '*.sh')
  return $ok
}

# A warning of meson is usually something newer than meson 1.0.1 or a typo. Once
# with everything, and once with what benches and fuzzers are built without.
lint_meson() {
  local out bare
  bare=$(mktemp -d)
  out=$(meson setup --reconfigure "$top/.build/normal" "$top" 2>&1 &&
    meson setup -Dtests=disabled -Dintrospection=disabled "$bare" "$top" 2>&1) || {
    rm -rf "$bare"
    printf '%s\n' "$out"
    return 1
  }
  rm -rf "$bare"
  ! grep -E '^(.*WARNING:|NOTICE:)' <<<"$out"
}

lint_docs() {
  meson test -C "$top/.build/normal" --suite docs --print-errorlogs \
    >"$top/.build/normal/lint-docs.log" 2>&1 || {
    cat "$top/.build/normal/lint-docs.log"
    return 1
  }
}

run_lint() {
  need_packages "${packages_build[@]}" "${packages_lint[@]}"
  build_normal
  say "checking the style of what git tracks"
  check "files: licence lines, length, white space, names" \
    python3 scripts/check-files.py
  check "C: clang-format" lint_clang_format
  check "Python: compiles" python3 scripts/check-python.py
  check "shell: parses" lint_shell
  check "meson: no warnings" lint_meson
  check "docs/plugins: up to date" lint_docs
  [ $lint_failed -eq 0 ] || die "lint found something"
  echo "lint: clean"
}
