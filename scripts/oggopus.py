# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the Opus packets of an Ogg file (RFC 3533, RFC 7845)."""

import struct

# What a Discord client sends when it stops speaking; not part of the audio.
SILENCE = b'\xf8\xff\xfe'
_HEADER = struct.Struct('<4sBBqIIIB')


def read_packets(path):
    """All packets of the first logical stream, headers included."""
    with open(path, 'rb') as file:
        data = file.read()
    packets = []
    pending = b''
    serial = None
    offset = 0
    while offset < len(data):
        capture, _, _, _, stream, _, _, segments = _HEADER.unpack_from(
            data, offset)
        if capture != b'OggS':
            raise ValueError(f'{path}: no Ogg page at byte {offset}')
        table = data[offset + _HEADER.size:offset + _HEADER.size + segments]
        offset += _HEADER.size + segments
        if serial is None:
            serial = stream
        for length in table:
            if stream == serial:
                pending += data[offset:offset + length]
                if length < 255:
                    packets.append(pending)
                    pending = b''
            offset += length
    return packets


def read_opus_packets(path):
    """The audio packets only."""
    packets = read_packets(path)
    if len(packets) < 2 or not packets[0].startswith(b'OpusHead') or \
            not packets[1].startswith(b'OpusTags'):
        raise ValueError(f'{path}: not Ogg/Opus')
    return packets[2:]


def without_silence_tail(packets):
    """Drops the silence frames that end a talk; returns also how many."""
    end = len(packets)
    while end and packets[end - 1] == SILENCE:
        end -= 1
    return packets[:end], len(packets) - end
