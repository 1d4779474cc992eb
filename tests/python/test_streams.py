#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Go Live by GstDiscord.DiscordConnection: go live, watch, pause, preview."""

import base64
import sys
import unittest

import gi

from harness import Pipeline, iterate_until, where
from standin import CHANNEL, GUILD, StandIn

gi.require_version('Gio', '2.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import Gio, GLib, GstDiscord  # noqa: E402

USER = GstDiscord.DiscordAccountType.USER
Error = GstDiscord.DiscordError
Reason = GstDiscord.DiscordStreamDeleteReason
State = GstDiscord.DiscordStreamState
# One pixel.
GIF = base64.b64decode(
    'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')


# Of the stand-in, by test.
OPTIONS = {
    'test_cancelled': ('--stream-delay', '60000'),
    'test_refused': ('--stream-limit', '0'),
}


class Streams(unittest.TestCase):
    def setUp(self):
        self.standin = self.enterContext(
            StandIn(*OPTIONS.get(self._testMethodName, ())))
        self.alice = self._join('alice')
        self.bob = self._join('bob')

    def tearDown(self):
        for voice in (self.bob, self.alice):
            self._wait(voice.disconnect_async, voice.disconnect_finish, False)
        self.assertEqual(self.standin.violations, [])

    def _wait(self, start, finish, *arguments, cancellable=None):
        """The result of an asynchronous function."""
        results = []
        start(*arguments, cancellable, lambda _, result: results.append(result))
        iterate_until(lambda: results, 'end of the call')
        return finish(results[0])

    def _join(self, token):
        gateway = GstDiscord.DiscordGateway.get(
            token, USER, self.standin.gateway_url, self.standin.api_url, None)
        voice = GstDiscord.DiscordConnection.new(
            gateway, int(GUILD), int(CHANNEL))
        self._wait(voice.connect_async, voice.connect_finish)
        return voice

    def _go_live(self, region=None):
        return self._wait(self.alice.create_stream_async,
                          self.alice.create_stream_finish, region)

    def _watch(self, key, voice=None):
        voice = voice or self.bob
        return self._wait(
            voice.watch_stream_async, voice.watch_stream_finish, key)

    def _end(self, stream):
        self._wait(stream.disconnect_async, stream.disconnect_finish, False)

    def _assert_refused(self, code, function, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            function(*arguments)
        self.assertTrue(caught.exception.matches(Error.quark(), code),
                        caught.exception)

    def test_live_and_watched(self):
        added, states = [], []
        self.bob.connect('stream-added', lambda _, key: added.append(key))
        own = self._go_live('us-west')
        owner = self.alice.props.user_id
        key = own.props.stream_key
        self.assertEqual(key, f'guild:{GUILD}:{CHANNEL}:{owner}')
        self.assertEqual(own.props.parent, self.alice)
        self.assertEqual(own.props.stream_state, State.CONNECTED)
        self.assertEqual(own.props.region, 'us-west')
        iterate_until(lambda: added, 'news of the stream')
        self.assertEqual(added, [key])
        self.assertEqual(self.bob.props.streams, [key])
        self.assertEqual(self.bob.get_streams(), [key])
        self.assertEqual(self.bob.get_stream_key(owner), key)
        self.assertIsNone(self.bob.get_stream_key(5))

        watched = self._watch(key)
        watched.connect('stream-state-changed',
                        lambda _, *change: states.append(change))
        self.assertEqual(self.bob.get_stream_connections(), [watched])
        iterate_until(lambda: own.props.viewers == [self.bob.props.user_id],
                      'viewer')
        self._end(own)
        iterate_until(lambda: states, 'end of the stream')
        self.assertEqual(states, [(State.ENDED, Reason.STREAM_ENDED)])
        self.assertEqual(self.bob.get_stream_connections(), [])
        self.standin.wait('stream-ended')

    def test_told_by_elements(self):
        """Of what there was before as well."""
        def heard(name):
            return [m.get_string('stream-key')
                    for m in listener.element_messages(name)]

        first = self._go_live()
        key = first.props.stream_key
        listener = self.enterContext(Pipeline(
            f'discordvoicesrc account-type=user {where(self.standin, "carol")} '
            '! fakesink'))
        listener.play()
        listener.wait_for(lambda: heard('discord-stream-added') == [key],
                          'stream that was there')
        self._end(first)
        listener.wait_for(lambda: heard('discord-stream-removed') == [key],
                          'end of the stream')
        self._end(self._go_live())
        listener.wait_for(lambda: len(heard('discord-stream-removed')) == 2,
                          'another stream')
        self.assertEqual(heard('discord-stream-added'), [key, key])

    def test_pause(self):
        own = self._go_live()
        watched = self._watch(own.props.stream_key)
        own.props.paused = True
        iterate_until(lambda: watched.props.paused, 'pause')
        own.props.paused = False
        iterate_until(lambda: not watched.props.paused, 'end of the pause')
        self._end(watched)
        self._end(own)

    def test_refused(self):
        own = self._go_live()
        key = own.props.stream_key
        self._assert_refused(Error.SETTINGS, self._watch, key, self.alice)
        self._assert_refused(Error.SETTINGS, self._watch, 'guild:1')
        self._assert_refused(Error.NOT_SUPPORTED, self._watch, key, own)
        self._assert_refused(
            Error.NOT_SUPPORTED, self._wait, own.move_async, own.move_finish, 5)
        self._assert_refused(
            Error.NOT_CONNECTED, self._wait, self.bob.fetch_preview_async,
            self.bob.fetch_preview_finish)
        self._assert_refused(Error.STREAM_FULL, self._watch, key)
        self._end(own)

    def test_cancelled(self):
        cancellable = Gio.Cancellable()
        GLib.timeout_add(50, cancellable.cancel)
        with self.assertRaises(GLib.Error) as caught:
            self._wait(self.alice.create_stream_async,
                       self.alice.create_stream_finish, None,
                       cancellable=cancellable)
        self.assertTrue(caught.exception.matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.standin.wait('stream-op', 2)

    def test_rest(self):
        own = self._go_live()
        watched = self._watch(own.props.stream_key)
        self.assertTrue(self._wait(
            own.upload_preview_async, own.upload_preview_finish,
            GLib.Bytes.new(GIF)))
        url = self._wait(
            watched.fetch_preview_async, watched.fetch_preview_finish)
        self.assertTrue(url.startswith('http'), url)
        self._assert_refused(
            Error.STREAM_GONE, self._wait, watched.upload_preview_async,
            watched.upload_preview_finish, GLib.Bytes.new(GIF))
        self.assertTrue(self._wait(
            own.notify_stream_async, own.notify_stream_finish))
        joined = len(self.standin.matching('voice-joined'))
        self.assertTrue(self._wait(
            own.set_region_async, own.set_region_finish, 'us-west'))
        iterate_until(lambda: watched.props.region == 'us-west', 'region')
        # Both go to a server there.
        self.standin.wait('voice-joined', joined + 2)
        for stream in own, watched:
            iterate_until(
                lambda: stream.props.stream_state == State.CONNECTED, 'stream')
        self._end(watched)
        self._end(own)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
