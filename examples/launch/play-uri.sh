#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plays whatever GStreamer can decode (file, web radio) into a voice channel.
# usage: play-uri.sh URI GUILD CHANNEL [PROPERTY=VALUE...]
set -eu
uri=$1 guild=$2 channel=$3
shift 3
exec gst-launch-1.0 -e uridecodebin uri="$uri" ! audioconvert ! \
  audioresample ! discordvoicesink guild-id="$guild" channel-id="$channel" "$@"
