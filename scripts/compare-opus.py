#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the Opus packets of two Ogg files one by one.

usage: compare-opus.py SENT RECEIVED

Silence frames at the end of RECEIVED (a sender ends its talk with five) are
said, not compared. The exit status is 0 only when every other packet is there,
in order, with the same bytes.
"""

import sys

from oggopus import read_opus_packets, without_silence_tail


def first_difference(sent, received):
    for index, (one, other) in enumerate(zip(sent, received)):
        if one != other:
            return index
    return min(len(sent), len(received))


def main():
    if len(sys.argv) != 3:
        raise SystemExit('usage: compare-opus.py SENT RECEIVED')
    try:
        sent = read_opus_packets(sys.argv[1])
        received = read_opus_packets(sys.argv[2])
    except (OSError, ValueError) as error:
        raise SystemExit(f'compare-opus: {error}')
    received, silence = without_silence_tail(received)

    note = f' (and {silence} silence frames at the end)' if silence else ''
    size = sum(map(len, sent))
    if sent and sent == received:
        print(f'{len(sent)} packets sent, {len(received)} received, '
              f'identical{note}: {size} bytes of Opus')
        return 0
    print(f'{len(sent)} packets sent, {len(received)} received{note}, '
          f'different from packet {first_difference(sent, received)} on')
    return 1


if __name__ == '__main__':
    sys.exit(main())
