#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Video in RTP between our elements and werift, in both directions.

werift is the published package, unmodified: a WebRTC implementation with
packetisers and depacketisers of its own for all five codecs. What arrives must
be what the encoder made, byte for byte, but for what packets do not carry and
whoever depacketises chooses: the length of start codes of H.264 and H.265 (one
of 3 bytes becomes one of 4), and whether OBUs of AV1 say their size.
"""

import base64
import random
import sys
import unittest

import ourrtcp
import ourrtp
from ourrtp import PT, TICKS
from rtppeer import PAYLOAD_MAX, RtpPeer
from videoframes import CONTENT, ENCODERS, encode, make_sizes

SSRC = 0x11223344
# Numbers and times go over their end on the way.
FIRST_SEQUENCE = 0xfff0
FIRST_TIME = 0xfffff000
PAY = (f'pt={PT} ssrc={SSRC} seqnum-offset={FIRST_SEQUENCE} '
       f'timestamp-offset={FIRST_TIME}')

RTX_PT = 106
RTX_SSRC = 777
RTX_MAPS = (
    f'payload-type-map="application/x-rtp-pt-map,{PT}=(uint){RTX_PT}" '
    f'ssrc-map="application/x-rtp-ssrc-map,{SSRC}=(uint){RTX_SSRC}"')
# What one NACK holds, of numbers however far apart (media-transport 9.2).
NACK_MAX = 253
# Elements, their numbers (media-transport 3.2) and their sizes.
EXTENSIONS = (('discordhdrextabssendtime', 3, 3),
              ('discordhdrexttransportseq', 5, 2),
              ('discordhdrextplayoutdelay', 6, 3))


def sequence_of(packet):
    return int.from_bytes(packet[2:4], 'big')


def time_of(number):
    return (FIRST_TIME + number * TICKS) & 0xffffffff


class Rtp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = cls.enterClassContext(RtpPeer())
        versions = cls.peer.wait('versions')
        print(f'werift {versions["peer"]} on Node.js {versions["node"]}')

    def check_frames(self, codec, received, sent):
        content = CONTENT[codec]
        self.assertEqual(len(received), len(sent))
        for i, (there, here) in enumerate(zip(received, sent)):
            if content(there) != content(here):
                self.fail(f'frame {i}, {len(here)} bytes, is not what was sent')

    def check_headers(self, headers):
        for i, header in enumerate(headers):
            self.assertEqual(
                (header['pt'], header['ssrc'], header['sequence']),
                (PT, SSRC, (FIRST_SEQUENCE + i) & 0xffff))
            self.assertLessEqual(header['size'], PAYLOAD_MAX)
        # One marker a frame, where its time ends.
        for this, following in zip(headers, headers[1:]):
            self.assertEqual(this['marker'], this['time'] != following['time'])
        self.assertTrue(headers[-1]['marker'])

    def to_peer(self, codec, frames):
        packets = ourrtp.packetize(codec, frames, PAY)
        headers, received = self.peer.depacketize(codec, packets)
        self.assertEqual(len(headers), len(packets))
        self.check_headers(headers)
        self.check_frames(codec, [data for data, _, _ in received],
                          [frame.data for frame in frames])
        self.assertEqual([time for _, time, _ in received],
                         [time_of(i) for i in range(len(frames))])
        # Of VP8 it takes every packet behind a frame's first for a keyframe's.
        if codec != 'VP8':
            self.assertEqual([key for _, _, key in received],
                             [frame.key for frame in frames])

    def to_peer_and_from(self, codec, frames):
        self.to_peer(codec, frames)
        for payload_max in (PAYLOAD_MAX, 300):
            self.from_peer(codec, frames, payload_max)

    def from_peer(self, codec, frames, payload_max):
        packets = self.peer.packetize(
            codec, [(frame.data, time_of(i), frame.key)
                    for i, frame in enumerate(frames)],
            maxPayloadSize=payload_max, payloadType=PT, ssrc=SSRC,
            sequenceNumber=FIRST_SEQUENCE)
        received = ourrtp.depacketize(codec, packets)
        self.check_frames(codec, [frame.data for frame in received],
                          [frame.data for frame in frames])
        self.assertEqual([frame.key for frame in received],
                         [frame.key for frame in frames])

    def encoder(self, name):
        codec, frames = encode(name)
        sizes = [len(frame.data) for frame in frames]
        self.assertLess(min(sizes), 100)
        self.assertGreater(max(sizes), 50 * PAYLOAD_MAX)
        return codec, frames

    def test_slices(self):
        """The frames of several slices have them."""
        for name, slices in (('h264-slices', 6), ('h265-slices', 4)):
            codec, frames = self.encoder(name)
            large = max(frames, key=lambda frame: len(frame.data))
            units = CONTENT[codec](large.data)
            self.assertGreaterEqual(
                len([unit for unit in units if len(unit) > PAYLOAD_MAX]),
                slices)

    def check_sizes(self, name):
        codec, frames = self.encoder(name)
        self.to_peer_and_from(codec, make_sizes(codec, frames[-9], PAYLOAD_MAX))

    def test_sizes_h264(self):
        self.check_sizes('h264')

    def test_sizes_h265(self):
        self.check_sizes('h265-slices')

    def test_sizes_vp8(self):
        self.check_sizes('vp8')

    def test_extensions(self):
        """The elements of our header extension, as it reads them."""
        codec, frames = self.encoder('vp8')
        packets = ourrtp.packetize(codec, frames, PAY, [
            (name, number) for name, number, _ in EXTENSIONS])
        headers, received = self.peer.depacketize(codec, packets)
        self.check_headers(headers)
        self.check_frames(codec, [data for data, _, _ in received],
                          [frame.data for frame in frames])
        for header in headers:
            self.assertEqual(
                [(element['id'], len(base64.b64decode(element['data'])))
                 for element in header['extensions']],
                [(number, size) for _, number, size in EXTENSIONS])

    def lose(self, packets):
        """Which are lost: first, last, and by chance, neighbours as well."""
        chance = random.Random(4711)
        return [i for i in range(len(packets))
                if i in (1, len(packets) - 1) or chance.random() < 0.2]

    def test_their_retransmissions(self):
        """What we miss we ask for and it sends again; our demultiplexer makes
        of that the packets that were lost."""
        codec, frames = self.encoder('h264')
        sent = [packet for packets in self.peer.packetize(
            codec, [(frame.data, time_of(i), frame.key)
                    for i, frame in enumerate(frames)],
            payloadType=PT, ssrc=SSRC, sequenceNumber=FIRST_SEQUENCE)
            for packet in packets]
        lost = self.lose(sent)
        numbers = [sequence_of(sent[i]) for i in lost]
        asked = []
        for start in range(0, len(numbers), NACK_MAX):
            [nack] = self.peer.read_rtcp(ourrtcp.write(
                'nack', 1, SSRC, *numbers[start:start + NACK_MAX]))
            # Behind the end of the numbers it counts on.
            asked += [number & 0xffff for number in nack['lost']]
        by_number = {sequence_of(packet): packet for packet in sent}
        again = self.peer.wrap([by_number[number] for number in asked],
                               pt=RTX_PT, ssrc=RTX_SSRC, sequence=0xfffe)
        self.assertEqual(len(again), len(lost))

        arrived = [packet for i, packet in enumerate(sent) if i not in lost]
        restored = ourrtp.restore(codec, arrived + again, RTX_MAPS)
        self.assertEqual(restored[:len(arrived)], arrived)
        self.assertEqual(restored[len(arrived):], [sent[i] for i in lost])

    def test_our_retransmissions(self):
        """It asks, we send again, and it has what was lost."""
        codec, frames = self.encoder('h264')
        sent = ourrtp.packetize(codec, frames, PAY)[:100]
        lost = self.lose(sent)
        [nack] = ourrtcp.read(self.peer.write_rtcp(
            'nack', sender=1, media=SSRC,
            lost=[sequence_of(sent[i]) for i in lost]))
        by_number = {sequence_of(packet): packet for packet in sent}
        again = [ourrtcp.retransmit(by_number[number], RTX_PT, 7 + i, RTX_SSRC)
                 for i, number in enumerate(nack['lost'])]
        self.assertEqual(self.peer.unwrap(again, pt=PT, ssrc=SSRC),
                         [sent[i] for i in lost])


def add_encoder_tests():
    for name in ENCODERS:
        def test(self, name=name):
            self.to_peer_and_from(*self.encoder(name))
        setattr(Rtp, 'test_' + name.replace('-', '_'), test)


add_encoder_tests()

if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
