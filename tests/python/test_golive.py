#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Go Live by a signaller of an application's own, in Python."""

import sys
import unittest

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import Gio, GLib, GObject, Gst, GstDiscord  # noqa: E402

Gst.init(None)

# Above 2**53, where floating point loses bits.
GUILD, CHANNEL, ME = 2 ** 60 + 1, 2 ** 60 + 3, 2 ** 60 + 5
THEIRS = f'guild:{GUILD}:{CHANNEL}:7'
MINE = f'guild:{GUILD}:{CHANNEL}:{ME}'

Reason = GstDiscord.DiscordStreamDeleteReason


class Signaller(GObject.Object, GstDiscord.DiscordSignaller):
    """Writes down what it is asked, and answers previews by itself."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def do_update_voice_state(self, guild_id, channel_id, mute, deaf):
        self.voice_state(guild_id, channel_id, ME, 'session')

    def do_create_stream(self, guild_id, channel_id, region):
        if region == 'nowhere':
            raise GLib.Error.new_literal(
                GstDiscord.DiscordError.quark(), 'no such region',
                GstDiscord.DiscordError.SETTINGS)
        self.asked.append(('create', guild_id, channel_id, region))

    def do_watch_stream(self, key):
        self.asked.append(('watch', key))

    def do_delete_stream(self, key):
        self.asked.append(('delete', key))

    def do_set_stream_paused(self, key, paused):
        self.asked.append(('pause', key, paused))

    def do_upload_stream_preview(self, key, image, task):
        self.asked.append(('preview', key, image.get_data()))
        task.return_boolean(True)

    def do_fetch_stream_preview(self, key, task):
        task.return_value(f'https://cdn.example/{key}.png')

    def do_notify_stream(self, key, task):
        task.return_error(GLib.Error.new_literal(
            Gio.io_error_quark(), 'alone', Gio.IOErrorEnum.NOT_FOUND))


class Silent(GObject.Object, GstDiscord.DiscordSignaller):
    """From before there was Go Live."""

    def do_update_voice_state(self, guild_id, channel_id, mute, deaf):
        self.voice_state(guild_id, channel_id, ME, 'session')


class GoLive(unittest.TestCase):
    def setUp(self):
        self.signaller = Signaller()
        self.told = []
        for name in ('stream-created', 'stream-updated', 'stream-server',
                     'stream-deleted', 'stream-unavailable', 'stream-live'):
            self.signaller.connect(name, self._on_signal, name)
        GstDiscord.DiscordSignaller.update_voice_state(
            self.signaller, GUILD, CHANNEL, False, False)

    def _on_signal(self, _signaller, *args):
        self.told.append((args[-1], *args[:-1]))

    def _wait(self, start, finish, *args):
        """The result of an asynchronous function."""
        loop = GLib.MainLoop()
        results = []

        def done(_source, result):
            results.append(result)
            loop.quit()
        start(*args, None, done)
        loop.run()
        return finish(results[0])

    def _assert_refused(self, code, function, *args):
        with self.assertRaises(GLib.Error) as caught:
            function(*args)
        self.assertTrue(caught.exception.matches(
            GstDiscord.DiscordError.quark(), code), caught.exception)

    def test_keys(self):
        key = GstDiscord.DiscordStreamKey.parse(MINE)
        self.assertEqual((key.guild_id, key.channel_id, key.owner_id),
                         (GUILD, CHANNEL, ME))
        self.assertEqual(key.to_string(), MINE)
        call = GstDiscord.DiscordStreamKey.new(0, CHANNEL, ME)
        self.assertEqual(call.to_string(), f'call:{CHANNEL}:{ME}')
        self.assertFalse(call.equal(key))
        self._assert_refused(GstDiscord.DiscordError.SETTINGS,
                             GstDiscord.DiscordStreamKey.parse, 'test:1')

    def test_asked(self):
        self.signaller.create_stream(GUILD, CHANNEL, 'rotterdam')
        self.signaller.create_stream(GUILD, CHANNEL, None)
        self.signaller.watch_stream(THEIRS)
        self.signaller.set_stream_paused(MINE, True)
        self.signaller.delete_stream(THEIRS)
        self.assertEqual(self.signaller.asked, [
            ('create', GUILD, CHANNEL, 'rotterdam'),
            ('create', GUILD, CHANNEL, None), ('watch', THEIRS),
            ('pause', MINE, True), ('delete', THEIRS)])

    def test_refused(self):
        error = GstDiscord.DiscordError
        self._assert_refused(error.SETTINGS, self.signaller.create_stream,
                             GUILD, CHANNEL, 'nowhere')
        self._assert_refused(error.NOT_CONNECTED,
                             self.signaller.create_stream, GUILD, 5, None)
        self._assert_refused(error.SETTINGS,
                             self.signaller.watch_stream, MINE)
        self._assert_refused(error.NOT_SUPPORTED,
                             self.signaller.ping_stream, THEIRS)
        self.assertEqual(self.signaller.asked, [])

    def test_signaller_without_streams(self):
        silent = Silent()
        GstDiscord.DiscordSignaller.update_voice_state(
            silent, GUILD, CHANNEL, False, False)
        self._assert_refused(GstDiscord.DiscordError.NOT_SUPPORTED,
                             silent.watch_stream, THEIRS)

    def test_told(self):
        info = GstDiscord.DiscordStreamInfo.new(THEIRS)
        info.set_server(2 ** 60 + 10, 2 ** 60 + 20)
        info.set_region('rotterdam')
        self.signaller.stream_server(THEIRS, 'token', 'host:443')
        self.signaller.stream_created(info)
        update = GstDiscord.DiscordStreamInfo.new(THEIRS)
        update.set_viewers([ME, 2 ** 60 + 9])
        update.set_paused(True)
        self.signaller.stream_updated(update)

        known = self.told[-1][1]
        self.assertEqual([name for name, *_ in self.told],
                         ['stream-server', 'stream-created', 'stream-updated'])
        self.assertEqual(self.told[0][1:], (THEIRS, 'token', 'host:443'))
        self.assertEqual(known.get_rtc_server_id(), 2 ** 60 + 10)
        self.assertEqual(known.get_e2ee_group_id(), 2 ** 60 + 9)
        self.assertEqual(known.get_region(), 'rotterdam')
        self.assertEqual(known.get_viewers(), [ME, 2 ** 60 + 9])
        self.assertTrue(known.get_paused())
        self.assertEqual(self.signaller.get_streams(), [THEIRS])
        self.assertEqual(
            self.signaller.get_stream(THEIRS).get_rtc_channel_id(),
            2 ** 60 + 20)

        self.told.clear()
        self.signaller.stream_deleted(THEIRS, 'stream_ended', True)
        self.signaller.stream_deleted(THEIRS, 'stream_full', False)
        self.assertEqual(self.told, [
            ('stream-unavailable', THEIRS),
            ('stream-deleted', THEIRS, Reason.STREAM_FULL)])
        self.assertIsNone(self.signaller.get_stream(THEIRS))

    def test_live(self):
        self.signaller.member_live(GUILD, CHANNEL, 7, True)
        self.assertEqual(self.signaller.get_live_streams(), [THEIRS])
        self.signaller.member_live(GUILD, 0, 7, False)
        self.assertEqual(self.told, [('stream-live', THEIRS, True),
                                     ('stream-live', THEIRS, False)])

    def test_rest(self):
        signaller = self.signaller
        self.assertTrue(self._wait(
            signaller.upload_stream_preview_async,
            signaller.upload_stream_preview_finish,
            MINE, GLib.Bytes.new(b'GIF89a')))
        self.assertEqual(signaller.asked, [('preview', MINE, b'GIF89a')])
        self.assertEqual(self._wait(
            signaller.fetch_stream_preview_async,
            signaller.fetch_stream_preview_finish, THEIRS),
            f'https://cdn.example/{THEIRS}.png')
        with self.assertRaises(GLib.Error) as caught:
            self._wait(signaller.notify_stream_async,
                       signaller.notify_stream_finish, MINE)
        self.assertTrue(caught.exception.matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))
        self._assert_refused(
            GstDiscord.DiscordError.NOT_SUPPORTED, self._wait,
            signaller.set_stream_region_async,
            signaller.set_stream_region_finish, MINE, 'rotterdam')


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
