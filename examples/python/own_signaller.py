#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Media from GStreamer, signalling from your own gateway connection.

usage: own_signaller.py GUILD CHANNEL FILE.ogg [GATEWAY_URL [CA_FILE]]

A bot that is already connected to Discord's main gateway needs no second login:
it implements GstDiscord.DiscordSignaller. That is one function out (send op 4;
update_voice_state, without the last argument, if there is never a camera)
and two calls in (what VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE carry). Here
the gateway connection is a small one on libsoup; in a bot it is the bot's own.
The token comes from the environment variable DISCORD_TOKEN.
"""

import json
import os
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, GObject, Gst  # noqa: E402
from gi.repository import GstDiscord, Soup  # noqa: E402

DISPATCH, HEARTBEAT, IDENTIFY, VOICE_STATE, HELLO = 0, 1, 2, 4, 10
GUILD_VOICE_STATES = 1 << 7


class Gateway(GObject.Object, GstDiscord.DiscordSignaller):
    """As much of a main gateway client as voice needs; no resume."""

    def __init__(self, url, token, ca_file=None):
        super().__init__()
        self._token = token
        self._socket = None
        self._sequence = None
        self._session = None
        self._user = 0
        self._waiting = []
        self._soup = Soup.Session()
        if ca_file:
            self._soup.set_tls_database(Gio.TlsFileDatabase.new(ca_file))
        message = Soup.Message.new('GET', f'{url}/?v=10&encoding=json')
        self._soup.websocket_connect_async(
            message, None, None, GLib.PRIORITY_DEFAULT, None, self._on_open)

    # GstDiscord.DiscordSignaller; called in the library's thread.
    def do_update_voice_state_full(
            self, guild_id, channel_id, mute, deaf, video):
        state = {'guild_id': str(guild_id) if guild_id else None,
                 'channel_id': str(channel_id) if channel_id else None,
                 'self_mute': mute, 'self_deaf': deaf, 'self_video': video}
        GLib.idle_add(self._send_voice_state, state)

    def _send_voice_state(self, state):
        if self._session is None:
            self._waiting.append(state)
        else:
            self._send(VOICE_STATE, state)
        return GLib.SOURCE_REMOVE

    def _send(self, op, data):
        self._socket.send_text(json.dumps({'op': op, 'd': data}))

    def _fail(self, text):
        self.failed(GLib.Error.new_literal(
            Gio.io_error_quark(), text, Gio.IOErrorEnum.FAILED))

    def _on_open(self, session, result):
        try:
            self._socket = session.websocket_connect_finish(result)
        except GLib.Error as error:
            self._fail(f'The gateway cannot be reached: {error.message}')
            return
        self._socket.connect('message', self._on_message)
        self._socket.connect('closed', self._on_closed)

    def _on_closed(self, socket):
        self._fail(f'The gateway closed with {socket.get_close_code()}.')

    def _on_message(self, _socket, _kind, data):
        message = json.loads(data.get_data())
        if message['op'] == HELLO:
            GLib.timeout_add(message['d']['heartbeat_interval'], self._beat)
            self._send(IDENTIFY, {
                'token': self._token, 'intents': GUILD_VOICE_STATES,
                'properties': {'os': 'linux', 'browser': 'example',
                               'device': 'example'}})
        elif message['op'] == DISPATCH:
            self._sequence = message['s']
            self._dispatch(message['t'], message['d'])

    def _beat(self):
        if self._socket.get_state() != Soup.WebsocketState.OPEN:
            return GLib.SOURCE_REMOVE
        self._send(HEARTBEAT, self._sequence)
        return GLib.SOURCE_CONTINUE

    def _dispatch(self, name, data):
        if name == 'READY':
            self._session = data['session_id']
            self._user = int(data['user']['id'])
            for state in self._waiting:
                self._send(VOICE_STATE, state)
            self._waiting.clear()
        elif name == 'VOICE_STATE_UPDATE':
            self._on_voice_state(data)
        elif name == 'VOICE_SERVER_UPDATE':
            self.voice_server(int(data.get('guild_id') or 0),
                              int(data.get('channel_id') or 0),
                              data['token'], data['endpoint'])

    def _on_voice_state(self, data):
        guild = int(data.get('guild_id') or 0)
        channel = int(data['channel_id'] or 0)
        user = int(data['user_id'])
        if user != self._user:
            self.member_voice_state(guild, channel, user)
        elif data['session_id'] == self._session:
            # Another device of the same account has another session.
            self.voice_state(guild, channel, user, data['session_id'])


class Player:
    """Joins with the gateway, plays one file, leaves."""

    def __init__(self, gateway, guild, channel, path, ca_file):
        self.status = 0
        self.loop = GLib.MainLoop()
        database = Gio.TlsFileDatabase.new(ca_file) if ca_file else None
        self.connection = GstDiscord.DiscordConnection(
            signaller=gateway, guild_id=guild, channel_id=channel,
            tls_database=database)
        self.pipeline = Gst.parse_launch(
            'filesrc name=file ! oggdemux ! opusparse ! '
            'discordvoicesink name=sink')
        self.pipeline.get_by_name('file').set_property('location', path)
        self.pipeline.get_by_name('sink').set_property(
            'connection', self.connection)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self._on_error)
        bus.connect('message::eos', self._leave)

    def run(self):
        self.connection.connect_async(None, self._on_joined)
        self.loop.run()
        return self.status

    def _on_joined(self, connection, result):
        try:
            connection.connect_finish(result)
        except GLib.Error as error:
            self._give_up(error)
            return
        self.pipeline.set_state(Gst.State.PLAYING)

    def _on_error(self, _bus, message):
        self._give_up(message.parse_error()[0])

    def _give_up(self, error):
        print(f'error: {error.message}', file=sys.stderr)
        self.status = 1
        self._leave()

    def _leave(self, *_):
        # The gateway has to be there until the server knows that we left.
        self.pipeline.set_state(Gst.State.NULL)
        self.connection.disconnect_async(False, None, self._on_left)

    def _on_left(self, connection, result):
        try:
            connection.disconnect_finish(result)
        except GLib.Error as error:
            print(f'error: {error.message}', file=sys.stderr)
        self.loop.quit()


def main():
    if len(sys.argv) not in (4, 5, 6):
        raise SystemExit(__doc__)
    Gst.init(None)
    guild, channel, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    url = sys.argv[4] if len(sys.argv) > 4 else 'wss://gateway.discord.gg'
    ca_file = sys.argv[5] if len(sys.argv) > 5 else None
    gateway = Gateway(url, os.environ['DISCORD_TOKEN'], ca_file)
    return Player(gateway, guild, channel, path, ca_file).run()


if __name__ == '__main__':
    sys.exit(main())
