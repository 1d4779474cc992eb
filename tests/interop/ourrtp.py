# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our payloader, depayloader and RTX demultiplexer, fed with bytes; encryption
if wanted."""

import gi

gi.require_version('GstDiscord', '1.0')
gi.require_version('GstRtp', '1.0')
from gi.repository import GstDiscord, GstRtp  # noqa: E402,F401

from harness import Gst, Pipeline, sample_bytes
from videoframes import CAPS, FRAME_RATE, Frame, is_key

PT = 105
CLOCK_RATE = 90000
TICKS = CLOCK_RATE // FRAME_RATE


def rtp_caps(codec):
    return (f'application/x-rtp,media=video,clock-rate={CLOCK_RATE},'
            f'encoding-name={codec},payload={PT}')


def make_buffer(data, number, key=True):
    buffer = Gst.Buffer.new_wrapped(data)
    buffer.pts = number * Gst.SECOND // FRAME_RATE
    if not key:
        buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
    return buffer


def run(description, caps, buffers, prepare=lambda pipeline: None):
    """The samples that come out of the pipeline."""
    with Pipeline(f'appsrc name=in format=time caps="{caps}" ! {description} '
                  '! appsink name=out') as pipeline:
        pipeline.collect('out')
        prepare(pipeline)
        pipeline.play()
        for buffer in buffers:
            pipeline['in'].emit('push-buffer', buffer)
        pipeline['in'].emit('end-of-stream')
        pipeline.wait_for_eos()
        return pipeline.collected()


def packetize(codec, frames, properties, extensions=(), encrypter=None):
    """The packets of all frames, one after the other. `extensions`: pairs of
    an element's name and its number in the header extension. `encrypter`: the
    connection for whose group frames are encrypted."""
    def prepare(pipeline):
        for name, number in extensions:
            extension = Gst.ElementFactory.make(name)
            extension.set_id(number)
            pipeline['pay'].emit('add-extension', extension)
        if encrypter is not None:
            pipeline['dave'].props.connection = encrypter

    buffers = [make_buffer(frame.data, i, frame.key)
               for i, frame in enumerate(frames)]
    dave = 'discorddaveenc name=dave ! ' if encrypter is not None else ''
    return [sample_bytes(sample) for sample in run(
        f'{dave}discordrtpvideopay name=pay {properties}', CAPS[codec],
        buffers, prepare)]


def depacketize(codec, packets, decrypter=None, user=0):
    """`packets`: a list for each frame. `decrypter`: the connection that has
    the keys for frames of `user`."""
    def prepare(pipeline):
        if decrypter is not None:
            pipeline['dave'].props.connection = decrypter

    buffers = [make_buffer(packet, i)
               for i, packets in enumerate(packets) for packet in packets]
    if decrypter is not None:
        info = GstDiscord.DiscordMediaMeta.get_info()
        for buffer in buffers:
            buffer.add_meta(info, None)
            meta = GstDiscord.buffer_get_discord_media_meta(buffer)
            meta.user_id = user
    dave = ' ! discorddavedec name=dave' if decrypter is not None else ''
    samples = run(f'discordrtpvideodepay{dave} ! {CAPS[codec]}',
                  rtp_caps(codec), buffers, prepare)
    return [Frame(sample_bytes(sample), is_key(sample)) for sample in samples]


def restore(codec, packets, properties):
    buffers = [make_buffer(packet, 0) for packet in packets]
    return [sample_bytes(sample) for sample in run(
        f'discordrtxdemux {properties}', rtp_caps(codec), buffers)]
