#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws spectrograms of audio files, one above the other, into a PNG file.

usage: spectrogram.py IMAGE AUDIO...
"""

import re
import struct
import sys
import zlib

import gi

gi.require_version('Gst', '1.0')
from gi.repository import Gst  # noqa: E402

BANDS = 256
FLOOR = -90.0
GAP = 8
MAGNITUDE = re.compile(r'magnitude=\(float\)[{<]([^}>]*)[}>]')


def columns(path):
    """One list of magnitudes in dB per 20 ms."""
    pipeline = Gst.parse_launch(
        'filesrc name=in ! decodebin ! audioconvert ! audioresample ! '
        'audio/x-raw,channels=1,rate=48000 ! '
        f'spectrum bands={BANDS} interval=20000000 threshold={int(FLOOR)} ! '
        'fakesink sync=false')
    pipeline.get_by_name('in').set_property('location', path)
    bus = pipeline.get_bus()
    pipeline.set_state(Gst.State.PLAYING)
    found = []
    while True:
        message = bus.timed_pop_filtered(
            30 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR
            | Gst.MessageType.ELEMENT)
        if message is None or message.type == Gst.MessageType.ERROR:
            raise SystemExit(f'spectrogram: cannot read {path}')
        if message.type == Gst.MessageType.EOS:
            break
        match = MAGNITUDE.search(message.get_structure().to_string())
        if match:
            found.append([float(v) for v in match.group(1).split(',')])
    pipeline.set_state(Gst.State.NULL)
    return found


def colour(level):
    """Black, violet, red, yellow, white."""
    stops = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9),
             (252, 255, 164))
    place = max(0.0, min(0.9999, level)) * (len(stops) - 1)
    index = int(place)
    part = place - index
    return bytes(round(a + (b - a) * part)
                 for a, b in zip(stops[index], stops[index + 1]))


def rows(data, width):
    shades = [colour(step / 255) for step in range(256)]
    for band in range(BANDS - 1, -1, -1):
        line = b''.join(
            shades[int(255 * (1 - column[band] / FLOOR))] for column in data)
        yield line.ljust(3 * width, b'\0')


def write_png(path, width, lines):
    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack('>I', len(body)) + kind + body + \
            struct.pack('>I', check)

    header = struct.pack('>IIBBBBB', width, len(lines), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b''.join(b'\0' + line for line in lines), 9)
    with open(path, 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header)
                   + chunk(b'IDAT', pixels) + chunk(b'IEND', b''))


def main():
    if len(sys.argv) < 3:
        raise SystemExit('usage: spectrogram.py IMAGE AUDIO...')
    Gst.init(None)
    data = [columns(path) for path in sys.argv[2:]]
    width = max(map(len, data))
    lines = []
    for picture in data:
        if lines:
            lines += [b'\xff' * 3 * width] * GAP
        lines += rows(picture, width)
    write_png(sys.argv[1], width, lines)


if __name__ == '__main__':
    main()
