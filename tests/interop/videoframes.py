# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames of real encoders and of every size, and what of them must stay the
same whoever packetises and depacketises."""

import random
import re
from typing import NamedTuple

from harness import Gst, Pipeline, sample_bytes

FRAME_RATE = 30
START_CODE = re.compile(b'\0\0\0?\1')
OBU_TEMPORAL_DELIMITER = 2
OBU_HAS_EXTENSION = 0x04
OBU_HAS_SIZE = 0x02

BYTE_STREAM = 'stream-format=byte-stream,alignment=au'
CAPS = {
    'AV1': 'video/x-av1,stream-format=obu-stream,alignment=tu',
    'H264': f'video/x-h264,{BYTE_STREAM}',
    'H265': f'video/x-h265,{BYTE_STREAM}',
    'VP8': 'video/x-vp8',
    'VP9': 'video/x-vp9,alignment=super-frame',
}

X264 = 'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=4 ' \
       'pass=quant quantizer=24'
ENCODERS = {
    'av1': ('AV1', 'av1enc usage-profile=realtime cpu-used=8 lag-in-frames=0 '
                   'keyframe-max-dist=4 tile-columns=2 ! av1parse'),
    'h264': ('H264', f'{X264} threads=1'),
    'h264-slices': ('H264', f'{X264} threads=6 sliced-threads=true'),
    'h265-slices': ('H265', 'x265enc tune=zerolatency speed-preset=ultrafast '
                            'key-int-max=4 qp=24 option-string=slices=4'),
    'vp8': ('VP8', 'vp8enc deadline=1 cpu-used=8 keyframe-max-dist=4 '
                   'min-quantizer=10 max-quantizer=20 '
                   'target-bitrate=20000000 token-partitions=8'),
    'vp9': ('VP9', 'vp9enc deadline=1 cpu-used=8 keyframe-max-dist=4 '
                   'min-quantizer=10 max-quantizer=20 lag-in-frames=0 '
                   'target-bitrate=20000000 tile-columns=2 ! vp9parse'),
}
# Frames of some 200 kB, of some hundred bytes, and of some ten.
PICTURES = (
    'num-buffers=6 pattern=snow ! video/x-raw,width=640,height=480',
    'num-buffers=9 pattern=ball ! video/x-raw,width=320,height=240',
    'num-buffers=9 pattern=black ! video/x-raw,width=64,height=64',
)


class Frame(NamedTuple):
    data: bytes
    key: bool


def encode(name):
    """The codec, and frames large and small of the encoder."""
    codec, encoder = ENCODERS[name]
    frames = []
    for picture in PICTURES:
        with Pipeline(f'videotestsrc {picture},format=I420,'
                      f'framerate={FRAME_RATE}/1 ! {encoder} '
                      f'! {CAPS[codec]} ! appsink name=out') as pipeline:
            pipeline.collect('out')
            pipeline.play()
            pipeline.wait_for_eos()
            frames += [Frame(sample_bytes(sample), is_key(sample))
                       for sample in pipeline.collected()]
    return codec, frames


def is_key(sample):
    return not sample.get_buffer().has_flags(Gst.BufferFlags.DELTA_UNIT)


def make_sizes(codec, key, payload_max):
    """Frames about as long as so many packets, behind the header of the
    encoder's keyframe `key` or of a unit of the codec."""
    noise = random.Random(codec)
    head = {'H264': b'\0\0\0\1\x41', 'H265': b'\0\0\0\1\x02\x01',
            'VP8': key.data[:10]}[codec]
    frames = [key]
    for packets in (1, 2, 3, 20):
        for more in range(-12, 13):
            size = packets * payload_max + more - len(head)
            # No zeros: nothing that looks like a start code.
            body = bytes(noise.choices(range(1, 256), k=size))
            frames.append(Frame(head + body, codec == 'VP8'))
    return frames


def nal_units(frame):
    return START_CODE.split(frame)[1:]


def obus(data):
    """Headers and payloads, without what RTP does not carry: sizes, and the
    temporal delimiter."""
    found = []
    at = 0
    while at < len(data):
        header = data[at]
        head_size = 2 if header & OBU_HAS_EXTENSION else 1
        head = bytes([header & ~OBU_HAS_SIZE]) + data[at + 1:at + head_size]
        at += head_size
        size = len(data) - at
        if header & OBU_HAS_SIZE:
            size, at = read_leb128(data, at)
        assert at + size <= len(data), 'an OBU beyond the frame'
        if (header >> 3 & 15) != OBU_TEMPORAL_DELIMITER:
            found.append((head, data[at:at + size]))
        at += size
    return found


def read_leb128(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


# What depacketisers choose for themselves is left out: the length of start
# codes, whether OBUs have sizes.
CONTENT = {'AV1': obus, 'H264': nal_units, 'H265': nal_units,
           'VP8': bytes, 'VP9': bytes}
