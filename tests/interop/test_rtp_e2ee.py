#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""End-to-end encrypted video through a packetiser that knows nothing of it.

Frames are encrypted for a group of two and packetised by our elements, put
together by werift, packetised by werift again, and put together and decrypted
by our elements. Decryption authenticates a frame, so one that arrives took both
ways without a byte changed.
"""

import sys
import unittest

import gi

import ourrtp
from connections import join, leave
from harness import iterate_until
from ourrtp import PT, TICKS
from rtppeer import RtpPeer
from standin import StandIn
from videoframes import CONTENT, ENCODERS, encode

gi.require_version('GstDiscord', '1.0')
from gi.repository import GstDiscord  # noqa: E402

E2eeState = GstDiscord.DiscordE2eeState
SSRC = 0x11223344
# At the end of what DAVE encrypted (dave 6.1).
MAGIC = b'\xfa\xfa'


class EncryptedRtp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = cls.enterClassContext(RtpPeer())

    def setUp(self):
        self.standin = self.enterContext(StandIn())
        self.members = [join(self.standin, f'{self.id()}.{name}')
                        for name in ('one', 'two')]
        iterate_until(self.agreed, 'group')

    def agreed(self):
        one, two = (member.props for member in self.members)
        return (one.e2ee_state == two.e2ee_state == E2eeState.ENCRYPTED
                and one.voice_privacy_code == two.voice_privacy_code)

    def carry(self, codec, frames):
        sender, receiver = self.members
        packets = ourrtp.packetize(codec, frames, f'ssrc={SSRC}',
                                   encrypter=sender)
        _, carried = self.peer.depacketize(codec, packets)
        self.assertEqual(len(carried), len(frames))
        for data, _, _ in carried:
            self.assertEqual(data[-2:], MAGIC)
        again = self.peer.packetize(
            codec, [(data, i * TICKS, frame.key) for i, ((data, _, _), frame)
                    in enumerate(zip(carried, frames))],
            payloadType=PT, ssrc=SSRC)
        received = ourrtp.depacketize(codec, again, decrypter=receiver,
                                      user=sender.props.user_id)
        content = CONTENT[codec]
        self.assertEqual(len(received), len(frames))
        for i, (there, here) in enumerate(zip(received, frames)):
            if content(there.data) != content(here.data):
                self.fail(f'frame {i}, {len(here.data)} bytes, is not what '
                          'was sent')

    def tearDown(self):
        for member in self.members:
            leave(member)
        self.assertEqual(self.standin.violations, [])


def add_tests():
    for name in ENCODERS:
        def test(self, name=name):
            self.carry(*encode(name))
        setattr(EncryptedRtp, 'test_' + name.replace('-', '_'), test)


add_tests()

if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
