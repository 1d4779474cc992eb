#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RTCP between us and werift, in both directions: what one writes, the other
reads as what was meant.

The published package, unmodified. It exports no FIR, and reads a packet of
feedback to the end of the compound, so feedback comes last in ours here.
"""

import sys
import unittest

import ourrtcp
from rtppeer import RtpPeer

OURS = 0x0001869f
MEDIA = 0xfffe0001
REPORT = {'ssrc': MEDIA, 'fractionLost': 25, 'packetsLost': 70000,
          'highestSequence': 0x1fffe, 'jitter': 4711, 'lsr': 0xdeadbeef,
          'dlsr': 65536}
# About the end of sequence numbers, far apart, and more than one bit mask.
LOST = ([0], [65534, 65535, 0, 1], [100, 116, 117, 133, 134],
        list(range(1000, 1040)), [5, 20000, 40000])
NOT_RECEIVED, SMALL, LARGE = 0, 1, 2


class Rtcp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = cls.enterClassContext(RtpPeer())

    def test_our_nack(self):
        for lost in LOST:
            data = ourrtcp.write('nack', OURS, MEDIA, *lost)
            [packet] = self.peer.read_rtcp(data)
            # Behind the end of the numbers it counts on.
            packet['lost'] = [number & 0xffff for number in packet['lost']]
            self.assertEqual(packet, {'kind': 'nack', 'sender': OURS,
                                      'media': MEDIA, 'lost': lost})

    def test_our_pli(self):
        self.assertEqual(
            self.peer.read_rtcp(ourrtcp.write('pli', OURS, MEDIA)),
            [{'kind': 'pli', 'sender': OURS, 'media': MEDIA}])

    def test_our_receiver_report(self):
        data = ourrtcp.write('rr', OURS, *REPORT.values())
        self.assertEqual(self.peer.read_rtcp(data), [
            {'kind': 'rr', 'sender': OURS, 'reports': [REPORT]}])

    def test_our_cname(self):
        # With every number of zeros at the end.
        for name in ('u', 'us', 'use', 'user', 'user1'):
            data = ourrtcp.write('cname', MEDIA, name)
            [packet] = self.peer.read_rtcp(data)
            self.assertEqual(packet, {'kind': 'sdes', 'sources': [
                {'ssrc': MEDIA, 'items': [[1, name]]}]})

    def test_our_compound(self):
        data = ourrtcp.write('rr', OURS, *REPORT.values())
        data += ourrtcp.write('nack', OURS, MEDIA, 7, 8, 30)
        report, nack = self.peer.read_rtcp(data)
        self.assertEqual(report['reports'], [REPORT])
        self.assertEqual(nack['lost'], [7, 8, 30])

    def test_their_nack(self):
        for lost in LOST:
            data = self.peer.write_rtcp('nack', sender=OURS, media=MEDIA,
                                        lost=lost)
            self.assertEqual(ourrtcp.read(data), [
                {'kind': 'nack', 'sender': OURS, 'media': MEDIA,
                 'lost': lost}])

    def test_their_pli(self):
        data = self.peer.write_rtcp('pli', sender=OURS, media=MEDIA)
        self.assertEqual(ourrtcp.read(data), [
            {'kind': 'pli', 'sender': OURS, 'media': MEDIA}])

    def test_their_remb(self):
        data = self.peer.write_rtcp('remb', sender=OURS, exponent=5,
                                    mantissa=0x2fffe, ssrcs=[MEDIA, 5, 6])
        self.assertEqual(ourrtcp.read(data), [
            {'kind': 'remb', 'sender': OURS, 'media': 0,
             'bitrate': 0x2fffe << 5, 'ssrcs': [MEDIA, 5, 6]}])

    def check_twcc(self, base, chunks, deltas, arrivals):
        reference = 1000
        data = self.peer.write_rtcp(
            'twcc', sender=OURS, media=MEDIA, base=base, count=len(arrivals),
            reference=reference, number=200, chunks=chunks, deltas=deltas)
        start = reference * 64000
        self.assertEqual(ourrtcp.read(data), [
            {'kind': 'twcc', 'sender': OURS, 'media': MEDIA, 'number': 200,
             'packets': [[(base + i) & 0xffff,
                          None if arrival is None else start + arrival]
                         for i, arrival in enumerate(arrivals)]}])

    def test_their_twcc(self):
        self.check_twcc(
            65533,
            [{'status': SMALL, 'length': 2},
             {'size': 2, 'symbols': [NOT_RECEIVED, LARGE, SMALL, NOT_RECEIVED,
                                     SMALL, NOT_RECEIVED, NOT_RECEIVED]}],
            [1000, 500, -2000, 250, 750],
            [1000, 1500, None, -500, -250, None, 500])

    def test_their_twcc_of_one_bit(self):
        self.check_twcc(
            10,
            [{'size': 1, 'symbols': [1, 0, 1] + 11 * [0]},
             {'status': NOT_RECEIVED, 'length': 300},
             {'status': LARGE, 'length': 1}],
            [0, 63750, 64000],
            [0, None, 63750] + 311 * [None] + [127750])

    def test_their_reports(self):
        """A sender's compound, and a receiver's about two streams."""
        data = self.peer.write_rtcp(
            'sr', sender=MEDIA, ntp=str(0xe8000000_80000000), time=90000,
            packets=12, octets=34567)
        data += self.peer.write_rtcp('sdes', ssrc=MEDIA, cname='someone')
        report, names = ourrtcp.read(data)
        self.assertEqual(report, {
            'kind': 'sr', 'sender': MEDIA, 'ntp': str(0xe8000000_80000000),
            'time': 90000, 'packets': 12, 'octets': 34567})
        self.assertEqual(names, {'kind': 'other', 'sender': MEDIA})

        reports = [REPORT, {**REPORT, 'ssrc': 5, 'fractionLost': 255}]
        data = self.peer.write_rtcp('rr', sender=OURS, reports=reports)
        self.assertEqual(ourrtcp.read(data), [
            {'kind': 'rr', 'sender': OURS, 'reports': reports}])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
