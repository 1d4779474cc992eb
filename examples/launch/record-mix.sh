#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Records everyone in a voice channel into one file, until Ctrl-C.
# usage: record-mix.sh FILE.mka GUILD CHANNEL [PROPERTY=VALUE...]
set -eu
file=$1 guild=$2 channel=$3
shift 3
exec gst-launch-1.0 -e \
  discordvoicesrc name=call guild-id="$guild" channel-id="$channel" "$@" \
  call.mix ! audioconvert ! opusenc bitrate=96000 ! matroskamux ! \
  filesink location="$file"
