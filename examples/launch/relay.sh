#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is said in one voice channel is heard in another.
# usage: relay.sh GUILD CHANNEL GUILD CHANNEL [PROPERTY=VALUE...]
# A bot can be in one channel of a guild only: the guilds have to differ.
set -eu
from_guild=$1 from_channel=$2 to_guild=$3 to_channel=$4
shift 4
exec gst-launch-1.0 -e \
  discordvoicesrc name=call guild-id="$from_guild" \
  channel-id="$from_channel" "$@" \
  call.mix ! queue ! \
  discordvoicesink guild-id="$to_guild" channel-id="$to_channel" "$@"
