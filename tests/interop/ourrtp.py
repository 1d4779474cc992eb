# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our payloader, depayloader and RTX demultiplexer, fed with bytes."""

import gi

gi.require_version('GstRtp', '1.0')
from gi.repository import GstRtp  # noqa: E402,F401

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


def packetize(codec, frames, properties, extensions=()):
    """The packets of all frames, one after the other. `extensions`: pairs of
    an element's name and its number in the header extension."""
    def add_extensions(pipeline):
        for name, number in extensions:
            extension = Gst.ElementFactory.make(name)
            extension.set_id(number)
            pipeline['pay'].emit('add-extension', extension)

    buffers = [make_buffer(frame.data, i, frame.key)
               for i, frame in enumerate(frames)]
    return [sample_bytes(sample) for sample in run(
        f'discordrtpvideopay name=pay {properties}', CAPS[codec], buffers,
        add_extensions)]


def depacketize(codec, packets):
    """`packets`: a list for each frame."""
    buffers = [make_buffer(packet, i)
               for i, packets in enumerate(packets) for packet in packets]
    samples = run(f'discordrtpvideodepay ! {CAPS[codec]}', rtp_caps(codec),
                  buffers)
    return [Frame(sample_bytes(sample), is_key(sample)) for sample in samples]


def restore(codec, packets, properties):
    buffers = [make_buffer(packet, 0) for packet in packets]
    return [sample_bytes(sample) for sample in run(
        f'discordrtxdemux {properties}', rtp_caps(codec), buffers)]
