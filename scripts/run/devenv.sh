# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

run_devenv() {
  build_normal
  if [ $# -eq 0 ]; then
    say "a shell with the elements of this tree; leave it with exit"
  fi
  exec meson devenv -C "$top/.build/normal" --workdir "$OLDPWD" "$@"
}
