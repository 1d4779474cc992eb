#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""GstDiscord.DiscordConnection without elements: join, move, leave, give up."""

import sys
import unittest

import gi

from harness import iterate_until
from standin import CHANNEL, GUILD, StandIn

gi.require_version('Gio', '2.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import Gio, GLib, GstDiscord  # noqa: E402

BOT = GstDiscord.DiscordAccountType.BOT
State = GstDiscord.DiscordConnectionState
OTHER_CHANNEL = int(CHANNEL) + 1


class Call:
    """The result of one asynchronous call, once it is there."""

    def __init__(self, start, finish, *arguments, cancellable=None):
        self.result = None
        self.error = None
        self.done = False

        def ready(_source, result):
            try:
                self.result = finish(result)
            except GLib.Error as error:
                self.error = error
            self.done = True

        start(*arguments, cancellable, ready)

    def wait(self):
        iterate_until(lambda: self.done, 'end of the call')
        return self


class Connection(unittest.TestCase):
    def start(self, *options):
        self.standin = self.enterContext(StandIn(*options))
        self.gateway = GstDiscord.DiscordGateway.get(
            self.id(), BOT, self.standin.gateway_url, None, None)
        self.connection = GstDiscord.DiscordConnection.new(
            self.gateway, int(GUILD), int(CHANNEL))

    def connect_call(self, cancellable=None):
        return Call(self.connection.connect_async,
                    self.connection.connect_finish, cancellable=cancellable)

    def disconnect_call(self):
        return Call(self.connection.disconnect_async,
                    self.connection.disconnect_finish, False)

    def state(self):
        return self.connection.get_property('state')

    def test_connect_and_disconnect(self):
        self.start()
        states = []
        self.connection.connect(
            'notify::state', lambda c, _: states.append(c.props.state))
        call = self.connect_call().wait()
        self.assertIsNone(call.error)
        self.assertEqual(self.state(), State.CONNECTED)
        self.assertIn(State.IDENTIFYING, states)
        self.assertGreater(self.connection.get_property('user-id'), 2 ** 53)
        self.assertTrue(self.connection.get_property('endpoint'))
        self.assertIsNone(self.disconnect_call().wait().error)
        self.assertEqual(self.state(), State.IDLE)
        self.standin.wait('left')
        self.assertEqual(self.standin.violations, [])

    def test_connect_cancelled(self):
        self.start()
        cancellable = Gio.Cancellable()
        call = self.connect_call(cancellable)
        cancellable.cancel()
        call.wait()
        self.assertTrue(call.error.matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_connect_cancelled_while_nobody_answers(self):
        self.start('--full-channel', CHANNEL)
        cancellable = Gio.Cancellable()
        call = self.connect_call(cancellable)
        iterate_until(lambda: self.standin.matching('join-ignored'), 'join')
        self.assertFalse(call.done)
        cancellable.cancel()
        call.wait()
        self.assertTrue(call.error.matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.disconnect_call().wait()

    def test_move(self):
        self.start()
        self.connect_call().wait()
        moved = []
        self.connection.connect(
            'moved', lambda _, channel: moved.append(channel))
        call = Call(self.connection.move_async, self.connection.move_finish,
                    OTHER_CHANNEL).wait()
        self.assertIsNone(call.error)
        self.assertEqual(self.connection.get_property('channel-id'),
                         OTHER_CHANNEL)
        iterate_until(lambda: moved, 'moved')
        self.assertEqual(moved, [OTHER_CHANNEL])
        self.disconnect_call().wait()

    def test_disconnect_before_connect(self):
        self.start()
        self.assertIsNone(self.disconnect_call().wait().error)

    def test_stats_in_every_state(self):
        self.start()
        before = self.connection.get_property('stats')
        self.assertIsNotNone(before)
        self.connect_call().wait()
        during = self.connection.get_stats()
        self.disconnect_call().wait()
        after = self.connection.get_stats()
        self.assertEqual(during.get_name(), before.get_name())
        self.assertEqual(during.get_name(), after.get_name())

    def test_users(self):
        self.start()
        self.connect_call().wait()
        other = GstDiscord.DiscordConnection.new(
            GstDiscord.DiscordGateway.get(
                'other', BOT, self.standin.gateway_url, None, None),
            int(GUILD), int(CHANNEL))
        Call(other.connect_async, other.connect_finish).wait()
        user = other.get_property('user-id')
        iterate_until(lambda: user in self.connection.get_users(), 'user')
        Call(other.disconnect_async, other.disconnect_finish, False).wait()
        iterate_until(lambda: user not in self.connection.get_users(), 'leave')
        self.disconnect_call().wait()


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
