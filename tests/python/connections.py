# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections to the stand-in without elements."""

import gi

from harness import iterate_until
from standin import CHANNEL, GUILD

gi.require_version('GstDiscord', '1.0')
from gi.repository import GstDiscord  # noqa: E402

State = GstDiscord.DiscordConnectionState


def join(standin, token):
    gateway = GstDiscord.DiscordGateway.get(
        token, GstDiscord.DiscordAccountType.BOT, standin.gateway_url, None,
        None)
    connection = GstDiscord.DiscordConnection.new(
        gateway, int(GUILD), int(CHANNEL))
    connection.connect_async(None, lambda *_: None)
    iterate_until(lambda: connection.props.state == State.CONNECTED,
                  'connection')
    return connection


def leave(connection):
    left = []
    connection.disconnect_async(False, None, lambda *_: left.append(1))
    iterate_until(lambda: left, 'leave')
