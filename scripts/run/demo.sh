# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

run_demo() {
  build_normal
  # Ours and the system's elements, nothing else the user may have.
  env -u GST_PLUGIN_PATH -u GST_PLUGIN_PATH_1_0 \
    GST_REGISTRY="$top/.build/demo-registry.bin" \
    GST_PLUGIN_PATH="$top/.build/normal/gst:$top/.build/normal/ext" \
    GST_DISCORD_LOOPBACK="$top/.build/normal/tools/loopback/gst-discord-loopback" \
    python3 "$top/scripts/demo.py" "$top/.build/demo" "$@"
}
