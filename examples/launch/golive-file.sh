#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Goes live with a file that has picture and sound, until its end.
# usage: golive-file.sh URI GUILD CHANNEL [PROPERTY=VALUE...]
set -eu
uri=$1 guild=$2 channel=$3
shift 3
exec gst-launch-1.0 -e \
  discordvoicesink name=stream go-live=true account-type=user \
  codecs='audio/x-opus;video/x-h264' guild-id="$guild" \
  channel-id="$channel" "$@" \
  uridecodebin uri="$uri" name=file \
  file. ! queue ! videoconvert ! videoscale ! videorate ! \
  video/x-raw,format=I420,width=1280,height=720,framerate=30/1 ! \
  x264enc tune=zerolatency speed-preset=veryfast bitrate=4000 key-int-max=60 ! \
  video/x-h264,profile=constrained-baseline,stream-format=byte-stream ! \
  queue ! stream.video \
  file. ! queue ! audioconvert ! audioresample ! stream.audio
