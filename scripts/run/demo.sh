# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

run_demo() {
  local build=$top/.build/normal

  build_normal
  # Ours and the system's elements, nothing else the user may have.
  env -u GST_PLUGIN_PATH_1_0 \
    GST_PLUGIN_PATH="$build/gst:$build/ext" \
    GST_REGISTRY="$top/.build/demo-registry.bin" \
    GST_DISCORD_LOOPBACK="$build/tools/loopback/gst-discord-loopback" \
    python3 "$top/scripts/demo.py" "$top/.build/demo" "$@"
}
