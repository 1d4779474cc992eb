#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""discordvoicesink to discordvoicesrc, seen from Python."""

import sys
import tempfile
import unittest

import gi

from harness import Gst, Pipeline, sample_bytes, where
from media import make_file
from oggopus import SILENCE, read_opus_packets, without_silence_tail
from standin import CHANNEL, GUILD, StandIn

gi.require_version('GstDiscord', '1.0')
from gi.repository import GstDiscord  # noqa: E402

FRAME = 960


class Elements(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-'))
        cls.tune = make_file(f'{folder}/tune.ogg')
        cls.sent = read_opus_packets(cls.tune)

    def setUp(self):
        self.standin = self.enterContext(StandIn())

    def transfer(self, source='discordvoicesrc name=source {} ! appsink '
                              'name=out'):
        """Plays the tune; returns both pipelines after its end."""
        receiver = self.enterContext(
            Pipeline(source.format(where(self.standin, 'receiver'))))
        receiver.collect('out')
        receiver.play()
        receiver.wait_for(
            lambda: self.standin.matching('voice-joined'), 'join')
        sender = self.enterContext(Pipeline(
            f'filesrc location={self.tune} ! oggdemux ! opusparse ! '
            f'discordvoicesink name=sink {where(self.standin, "sender")}'))
        sender.play()
        sender.wait_for_eos()
        receiver.wait_for(
            lambda: len(receiver.collected()) >= len(self.sent), 'packets')
        return sender, receiver

    def test_packets_and_metas(self):
        sender, receiver = self.transfer()
        received, _ = without_silence_tail(receiver.packets())
        self.assertEqual(received, self.sent)

        user = sender['sink'].get_property('connection').get_property('user-id')
        self.assertGreater(user, 2 ** 53)
        metas = [GstDiscord.buffer_get_discord_media_meta(s.get_buffer())
                 for s in receiver.collected()]
        self.assertNotIn(None, metas)
        self.assertEqual({m.user_id for m in metas}, {user})
        self.assertEqual(len({m.ssrc for m in metas}), 1)
        self.assertEqual({m.payload_type for m in metas}, {120})
        for previous, meta in zip(metas, metas[1:]):
            self.assertEqual(meta.seqnum, (previous.seqnum + 1) % 2 ** 16)
            self.assertGreaterEqual(meta.received_time, previous.received_time)
        for previous, meta in zip(metas, metas[1:len(self.sent)]):
            self.assertEqual(meta.rtp_timestamp,
                             (previous.rtp_timestamp + FRAME) % 2 ** 32)
        for sample, meta in zip(receiver.collected(), metas):
            silent = sample_bytes(sample) == SILENCE
            self.assertEqual(int(meta.speaking_flags), 0 if silent else 1)

    def test_header_extensions(self):
        _, receiver = self.transfer()
        meta = GstDiscord.buffer_get_discord_media_meta(
            receiver.collected()[0].get_buffer())
        elements = [meta.get_nth_extension(i) for i in range(4)]
        self.assertEqual([number for _, number in elements], [1, 3, 9, 10])
        for data, number in elements:
            self.assertEqual(data.get_data(),
                             meta.get_extension(number).get_data())
        self.assertEqual(meta.get_nth_extension(4), (None, 0))
        block, profile = meta.get_extension_payload()
        self.assertEqual((block.get_size(), profile), (16, 0xbede))
        self.assertEqual((meta.rtx_ssrc, meta.rtx_payload_type), (0, 0))

    def test_caps_and_times(self):
        _, receiver = self.transfer()
        samples = receiver.collected()
        structure = samples[0].get_caps().get_structure(0)
        self.assertEqual(structure.get_name(), 'audio/x-opus')
        self.assertEqual(structure.get_int('rate'), (True, 48000))
        self.assertEqual(structure.get_int('channels'), (True, 2))
        times = [s.get_buffer().pts for s in samples]
        self.assertNotIn(Gst.CLOCK_TIME_NONE, times)
        self.assertEqual(times, sorted(times))

    def test_stats(self):
        sender, receiver = self.transfer()
        sent = sender['sink'].get_property('stats')
        got = receiver['source'].get_property('stats')
        self.assertGreaterEqual(
            sent.get_uint64('rtp-packets-sent').value, len(self.sent))
        self.assertGreaterEqual(
            got.get_uint64('rtp-packets-received').value, len(self.sent))
        senders = sent.get_array('senders').array
        self.assertEqual(senders.n_values, 1)
        self.assertGreaterEqual(
            senders.get_nth(0).get_uint64('packets-sent').value,
            len(self.sent))
        for text in (sent.to_string(), got.to_string()):
            self.assertNotIn('secret', text)
            self.assertNotIn('token', text)

    def test_messages(self):
        sender, receiver = self.transfer()
        user = sender['sink'].get_property('connection').get_property('user-id')
        joined = receiver.element_messages('discord-user-joined')
        self.assertIn(user, [m.get_uint64('user-id').value for m in joined])
        self.assertTrue(receiver.element_messages('discord-speaking'))
        done = [m.parse_progress()[0] for m in receiver.messages
                if m.type == Gst.MessageType.PROGRESS]
        self.assertIn(Gst.ProgressType.COMPLETE, done)

    def test_mix_is_continuous(self):
        receiver = self.enterContext(Pipeline(
            f'discordvoicesrc name=source {where(self.standin, "listener")} '
            'source.mix ! appsink name=out'))
        receiver.collect('out')
        receiver.play()
        # Nobody talks, and there is audio all the same: silence.
        receiver.wait_for(lambda: len(receiver.collected()) >= 25, 'silence')
        structure = receiver.collected()[0].get_caps().get_structure(0)
        self.assertEqual(structure.get_name(), 'audio/x-raw')
        self.assertEqual(structure.get_int('rate'), (True, 48000))
        self.assertEqual(structure.get_int('channels'), (True, 2))
        buffers = [s.get_buffer() for s in receiver.collected()]
        for one, other in zip(buffers, buffers[1:]):
            # A reader that is late loses audio, and is told.
            if not other.has_flags(Gst.BufferFlags.DISCONT):
                self.assertEqual(one.pts + one.duration, other.pts)
            self.assertGreaterEqual(other.pts, one.pts + one.duration)

    def test_connection_is_shared(self):
        properties = where(self.standin, 'duplex')
        call = self.enterContext(Pipeline(
            f'discordvoicesrc name=source {properties} ! fakesink async=false '
            'audiotestsrc is-live=true ! audioconvert ! '
            f'discordvoicesink name=sink {properties}'))
        call.play()
        call.wait_for(lambda: self.standin.matching('voice-joined'), 'join')
        self.assertEqual(call['source'].get_property('connection'),
                         call['sink'].get_property('connection'))
        self.assertEqual(len(self.standin.matching('identify')), 1)

    def test_signals_of_the_connection(self):
        receiver = self.enterContext(Pipeline(
            f'discordvoicesrc name=source {where(self.standin, "receiver")} '
            '! fakesink async=false'))
        receiver.play()
        receiver.wait_for(
            lambda: self.standin.matching('voice-joined'), 'join')
        connection = receiver['source'].get_property('connection')
        self.assertEqual(connection.get_property('guild-id'), int(GUILD))
        self.assertEqual(connection.get_property('channel-id'), int(CHANNEL))
        heard = []
        for signal in ('user-joined', 'speaking', 'user-left'):
            connection.connect(
                signal, lambda _, user, *rest, signal=signal: heard.append(
                    (signal, user, [int(value) for value in rest[1:]])))
        with Pipeline(
                'audiotestsrc is-live=true num-buffers=10 ! audioconvert ! '
                f'discordvoicesink {where(self.standin, "guest")}') as guest:
            guest.play()
            guest.wait_for_eos()
        receiver.wait_for(
            lambda: 'user-left' in [name for name, _, _ in heard], 'leave')
        self.assertEqual(len({user for _, user, _ in heard}), 1)
        kinds = [(name, flags) for name, _, flags in heard]
        self.assertEqual(kinds[0], ('user-joined', []))
        self.assertIn(('speaking', [1]), kinds)
        self.assertEqual(kinds[-2:], [('speaking', [0]), ('user-left', [])])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
