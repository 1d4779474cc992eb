#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Goes live with an X11 screen and the sound of the system; previews are made of
# the picture. With a user account's token.
# usage: golive-screen.sh GUILD CHANNEL [PROPERTY=VALUE...]
# SCREEN_SOURCE and AUDIO_SOURCE name other sources: one window by its id
# ("ximagesrc xid=0x1200007"), or the monitor of another sound device.
set -eu
guild=$1 channel=$2
shift 2
# shellcheck disable=SC2086
exec gst-launch-1.0 -e \
  discordvoicesink name=stream go-live=true account-type=user \
  codecs='audio/x-opus;video/x-h264' guild-id="$guild" \
  channel-id="$channel" "$@" \
  ${SCREEN_SOURCE:-ximagesrc use-damage=false} ! \
  video/x-raw,framerate=30/1 ! queue ! videoconvert ! videoscale ! \
  video/x-raw,format=I420,width=1280,height=720,pixel-aspect-ratio=1/1 ! \
  x264enc tune=zerolatency speed-preset=veryfast bitrate=4000 key-int-max=60 ! \
  video/x-h264,profile=constrained-baseline,stream-format=byte-stream ! \
  queue ! stream.video \
  ${AUDIO_SOURCE:-pulsesrc device=@DEFAULT_MONITOR@} ! queue ! \
  audioconvert ! audioresample ! stream.audio
