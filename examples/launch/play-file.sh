#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plays an Ogg/Opus file into a voice channel; nothing is encoded again.
# usage: play-file.sh FILE GUILD CHANNEL [PROPERTY=VALUE...]
set -eu
file=$1 guild=$2 channel=$3
shift 3
exec gst-launch-1.0 -e filesrc location="$file" ! oggdemux ! opusparse ! \
  discordvoicesink guild-id="$guild" channel-id="$channel" "$@"
