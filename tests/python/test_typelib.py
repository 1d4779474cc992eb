#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the typelib offers without any connection."""

import sys
import unittest

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import GLib, GObject, Gst, GstDiscord  # noqa: E402

Gst.init(None)

BOT = GstDiscord.DiscordAccountType.BOT


class Nobody(GObject.Object, GstDiscord.DiscordSignaller):
    """A signaller that never gets an answer."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def do_update_voice_state(self, guild_id, channel_id, mute, deaf):
        self.asked.append((guild_id, channel_id, mute, deaf))


class Camera(GObject.Object, GstDiscord.DiscordSignaller):
    """One that knows of the camera, too."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def do_update_voice_state_full(
            self, guild_id, channel_id, mute, deaf, video):
        self.asked.append((guild_id, channel_id, mute, deaf, video))


class Typelib(unittest.TestCase):
    def test_enums_have_nicks(self):
        state = GstDiscord.DiscordConnectionState.CONNECTED
        self.assertEqual(BOT.value_nick, 'bot')
        self.assertEqual(state.value_nick, 'connected')
        flags = (GstDiscord.DiscordSpeakingFlags.VOICE
                 | GstDiscord.DiscordSpeakingFlags.PRIORITY)
        self.assertEqual(int(flags), 5)

    def test_a_plain_buffer_has_no_meta(self):
        buffer = Gst.Buffer.new_wrapped(b'\xf8\xff\xfe')
        self.assertIsNone(GstDiscord.buffer_get_discord_media_meta(buffer))

    def test_signaller_signals(self):
        signaller = Nobody()
        heard = []
        signaller.connect('voice-state', lambda _, *a: heard.append(a))
        signaller.connect('voice-server', lambda _, *a: heard.append(a))
        signaller.voice_state(2 ** 60, 3, 4, 'session')
        signaller.voice_server(2 ** 60, 0, 'token', None)
        self.assertEqual(heard, [(2 ** 60, 3, 4, 'session'),
                                 (2 ** 60, 0, 'token', None)])

    def test_signaller_is_asked(self):
        signaller = Nobody()
        GstDiscord.DiscordSignaller.update_voice_state(
            signaller, 1, 2, True, False)
        self.assertEqual(signaller.asked, [(1, 2, True, False)])

    def test_signaller_without_a_camera_is_asked_for_the_rest(self):
        signaller = Nobody()
        signaller.update_voice_state_full(1, 2, True, False, True)
        self.assertEqual(signaller.asked, [(1, 2, True, False)])

    def test_signaller_with_a_camera_is_asked_for_all(self):
        signaller = Camera()
        signaller.update_voice_state_full(1, 2, True, False, True)
        GstDiscord.DiscordSignaller.update_voice_state(
            signaller, 1, 2, False, True)
        self.assertEqual(signaller.asked, [(1, 2, True, False, True),
                                           (1, 2, False, True, False)])

    def test_gateway_refuses_plain_websockets_elsewhere(self):
        with self.assertRaises(GLib.Error) as caught:
            GstDiscord.DiscordGateway.get(
                'token', BOT, 'ws://discord.example/', None, None)
        self.assertTrue(caught.exception.matches(
            GstDiscord.DiscordError.quark(), GstDiscord.DiscordError.SETTINGS))

    def test_gateway_is_shared_by_token(self):
        def get(token):
            return GstDiscord.DiscordGateway.get(
                token, BOT, 'ws://127.0.0.1:9/', None, None)
        first = get('one')
        self.assertEqual(get('one'), first)
        self.assertNotEqual(get('two'), first)

    def test_token_cannot_be_read(self):
        for name in ('discordvoicesrc', 'discordvoicesink'):
            element = Gst.ElementFactory.make(name)
            self.assertIsNotNone(element, name)
            element.set_property('token', 'very secret')
            for secret in ('token', 'voice-token'):
                pspec = element.find_property(secret)
                self.assertFalse(pspec.flags & GObject.ParamFlags.READABLE)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
