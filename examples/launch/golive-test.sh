#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Goes live with a test picture in two layers, a tone, and a preview that is not
# the picture.
# usage: golive-test.sh GUILD CHANNEL [PROPERTY=VALUE...]
set -eu
guild=$1 channel=$2
shift 2
exec gst-launch-1.0 -e \
  discordvoicesink name=stream go-live=true account-type=user \
  codecs='audio/x-opus;video/x-vp8' guild-id="$guild" \
  channel-id="$channel" "$@" \
  videotestsrc is-live=true pattern=ball ! \
  video/x-raw,width=640,height=360,framerate=30/1 ! tee name=picture \
  picture. ! queue ! vp8enc deadline=1 target-bitrate=1500000 \
  keyframe-max-dist=60 ! stream.video_100 \
  picture. ! queue ! videoscale ! video/x-raw,width=320,height=180 ! \
  vp8enc deadline=1 target-bitrate=400000 keyframe-max-dist=60 ! \
  stream.video_50 \
  videotestsrc is-live=true pattern=smpte ! \
  video/x-raw,width=512,height=288,framerate=1/1 ! stream.preview \
  audiotestsrc is-live=true volume=0.1 ! audioconvert ! stream.audio
