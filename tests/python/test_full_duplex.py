#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""discordrtpbin used directly: one connection, one RTP session, both ways."""

import unittest

import gi

from harness import Pipeline, iterate_until
from standin import CHANNEL, GUILD, StandIn

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import Gst, GstDiscord  # noqa: E402

State = GstDiscord.DiscordConnectionState


class FullDuplex(unittest.TestCase):
    def join(self, standin):
        gateway = GstDiscord.DiscordGateway.get(
            self.id(), GstDiscord.DiscordAccountType.BOT, standin.gateway_url,
            None, None)
        connection = GstDiscord.DiscordConnection.new(
            gateway, int(GUILD), int(CHANNEL))
        connection.connect_async(None, lambda *_: None)
        iterate_until(lambda: connection.props.state == State.CONNECTED,
                      'connection')
        return connection

    def leave(self, connection):
        left = []
        connection.disconnect_async(False, None, lambda *_: left.append(1))
        iterate_until(lambda: left, 'leave')

    def hear(self, pipeline, pad):
        """Links what the application would: a depayloader and its sink."""
        depay = Gst.ElementFactory.make('rtpopusdepay')
        sink = Gst.ElementFactory.make('appsink', 'ears')
        for element in (depay, sink):
            pipeline.pipeline.add(element)
        depay.link(sink)
        pipeline.collect('ears')
        for element in (sink, depay):
            element.sync_state_with_parent()
        pad.link(depay.get_static_pad('sink'))

    def test_hears_its_own_echo(self):
        standin = self.enterContext(StandIn('--echo'))
        connection = self.join(standin)
        _, ssrc = connection.get_stats().get_uint('ssrc')
        with Pipeline('audiotestsrc is-live=true samplesperbuffer=960 '
                      '! audio/x-raw,rate=48000,channels=2 ! opusenc '
                      f'! discordrtpopuspay ssrc={ssrc} '
                      '! rtp.send_rtp_sink_0 discordrtpbin name=rtp '
                      'receive=true latency=0') as pipeline:
            rtp = pipeline['rtp']
            rtp.props.connection = connection
            rtp.connect('pad-added', lambda _, pad: (
                self.hear(pipeline, pad)
                if pad.direction == Gst.PadDirection.SRC else None))
            connection.set_speaking(GstDiscord.DiscordSpeakingFlags.VOICE)
            pipeline.play()
            pipeline.wait_for(lambda: len(pipeline.collected()) >= 25,
                              'echo')
            meta = GstDiscord.buffer_get_discord_media_meta(
                pipeline.collected()[0].get_buffer())
            self.assertNotEqual(meta.ssrc, ssrc)
            self.assertNotEqual(meta.user_id, connection.props.user_id)
            sent = connection.get_stats().get_uint64('rtp-packets-sent')[1]
            self.assertGreaterEqual(sent, 25)
        self.leave(connection)
        self.assertEqual(standin.violations, [])


if __name__ == '__main__':
    unittest.main()
