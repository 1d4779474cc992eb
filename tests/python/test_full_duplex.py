#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""discordrtpbin used directly: one connection, one RTP session, both ways."""

import unittest

import gi

from connections import join, leave
from harness import Pipeline
from standin import StandIn

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import Gst, GstDiscord  # noqa: E402


class FullDuplex(unittest.TestCase):
    def join(self, standin, name='one'):
        return join(standin, f'{self.id()}.{name}')

    def hear(self, pipeline, pad):
        """Links what the application would: depayloader, decrypter, sink."""
        depay = Gst.ElementFactory.make('discordrtpopusdepay')
        decrypter = Gst.ElementFactory.make('discorddavedec')
        decrypter.props.connection = pipeline['rtp'].props.connection
        sink = Gst.ElementFactory.make('appsink', 'ears')
        for element in (depay, decrypter, sink):
            pipeline.pipeline.add(element)
        depay.link(decrypter)
        decrypter.link(sink)
        pipeline.collect('ears')
        for element in (sink, decrypter, depay):
            element.sync_state_with_parent()
        pad.link(depay.get_static_pad('sink'))

    def talk(self, connection):
        """A pipeline that talks, and hears by hear()."""
        _, ssrc = connection.get_stats().get_uint('ssrc')
        pipeline = self.enterContext(Pipeline(
            'audiotestsrc is-live=true samplesperbuffer=960 '
            '! audio/x-raw,rate=48000,channels=2 ! opusenc '
            '! discorddaveenc name=encrypter '
            f'! discordrtpopuspay ssrc={ssrc} '
            '! rtp.send_rtp_sink_0 discordrtpbin name=rtp '
            'receive=true latency=0'))
        rtp = pipeline['rtp']
        rtp.props.connection = connection
        pipeline['encrypter'].props.connection = connection
        rtp.connect('pad-added', lambda _, pad: (
            self.hear(pipeline, pad)
            if pad.direction == Gst.PadDirection.SRC else None))
        connection.set_speaking(GstDiscord.DiscordSpeakingFlags.VOICE)
        pipeline.play()
        return pipeline

    def test_hears_its_own_echo(self):
        standin = self.enterContext(StandIn('--echo'))
        connection = self.join(standin)
        _, ssrc = connection.get_stats().get_uint('ssrc')
        pipeline = self.talk(connection)
        pipeline.wait_for(lambda: len(pipeline.collected()) >= 25, 'echo')
        meta = GstDiscord.buffer_get_discord_media_meta(
            pipeline.collected()[0].get_buffer())
        self.assertNotEqual(meta.ssrc, ssrc)
        self.assertNotEqual(meta.user_id, connection.props.user_id)
        sent = connection.get_stats().get_uint64('rtp-packets-sent')[1]
        self.assertGreaterEqual(sent, 25)
        pipeline.set_state(Gst.State.NULL)
        leave(connection)
        self.assertEqual(standin.violations, [])

    def test_two_in_an_encrypted_call(self):
        standin = self.enterContext(StandIn())
        connections = [self.join(standin, name) for name in ('one', 'two')]
        pipelines = [self.talk(connection) for connection in connections]
        for pipeline in pipelines:
            pipeline.wait_for(lambda: len(pipeline.collected()) >= 25, 'voice')
        codes = [c.props.voice_privacy_code for c in connections]
        self.assertEqual(len(codes[0]), 30)
        self.assertEqual(codes[0], codes[1])
        for pipeline, connection in zip(pipelines, connections):
            stats = connection.get_stats()
            self.assertGreaterEqual(stats.get_uint64('e2ee-encrypted')[1], 25)
            self.assertGreaterEqual(stats.get_uint64('e2ee-decrypted')[1], 25)
            self.assertEqual(stats.get_uint64('e2ee-sent-clear')[1], 0)
            pipeline.set_state(Gst.State.NULL)
        for connection in connections:
            leave(connection)
        self.assertEqual(standin.violations, [])


if __name__ == '__main__':
    unittest.main()
