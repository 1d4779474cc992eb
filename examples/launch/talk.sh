#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A call: the microphone goes out, everyone else comes out of the loudspeaker.
# Both elements find each other and share one connection.
# usage: talk.sh GUILD CHANNEL [PROPERTY=VALUE...]
# AUDIO_SOURCE and AUDIO_SINK name other devices than the default ones.
set -eu
guild=$1 channel=$2
shift 2
# shellcheck disable=SC2086
exec gst-launch-1.0 -e \
  ${AUDIO_SOURCE:-autoaudiosrc} ! audioconvert ! audioresample ! \
  discordvoicesink guild-id="$guild" channel-id="$channel" "$@" \
  discordvoicesrc name=call guild-id="$guild" channel-id="$channel" "$@" \
  call.mix ! audioconvert ! audioresample ! ${AUDIO_SINK:-autoaudiosink}
