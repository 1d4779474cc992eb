#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a small tune into an Ogg/Opus file.

usage: make-tune.py FILE [SECONDS]

Plucked strings (Karplus and Strong's algorithm) over a chord progression, with
a bass and a melody on top, encoded by GStreamer's opusenc in 20 ms frames. The
samples are always the same ones.
"""

import array
import random
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
from gi.repository import Gst, GstApp  # noqa: E402,F401

RATE = 48000
BEAT = 0.5
# Chords as semitones from A2, each two beats: Am F C G, then Am F G Am.
CHORDS = ((0, 12, 15, 19), (-4, 8, 12, 15), (3, 10, 15, 19), (-2, 10, 14, 17),
          (0, 12, 15, 19), (-4, 8, 12, 15), (-2, 10, 14, 17), (0, 12, 15, 19))
MELODY = (24, 27, 31, 29, 27, 24, 22, 24, 20, 24, 27, 31, 29, 26, 22, 24)
CAPS = f'audio/x-raw,format=S16LE,rate={RATE},channels=2,layout=interleaved'


def pluck(semitones, seconds, noise):
    """One string: noise in a delay line as long as its period, low-passed."""
    frequency = 110.0 * 2 ** (semitones / 12)
    line = [noise.uniform(-1, 1) for _ in range(round(RATE / frequency))]
    samples = array.array('f', bytes(4 * int(seconds * RATE)))
    size = len(line)
    position = 0
    for index in range(len(samples)):
        following = position + 1 if position + 1 < size else 0
        value = line[position]
        samples[index] = value
        line[position] = 0.498 * (value + line[following])
        position = following
    return samples


def add(mix, samples, start, gain, pan):
    offset = 2 * int(start * RATE)
    left, right = gain * (1 - pan), gain * (1 + pan)
    room = (len(mix) - offset) // 2
    for index in range(min(len(samples), room)):
        mix[offset + 2 * index] += left * samples[index]
        mix[offset + 2 * index + 1] += right * samples[index]


def compose(seconds):
    noise = random.Random(1)
    cache = {}

    def string(semitones, length):
        key = semitones, length
        if key not in cache:
            cache[key] = pluck(semitones, length, noise)
        return cache[key]

    mix = array.array('f', bytes(8 * int(seconds * RATE)))
    beats = int(seconds / BEAT)
    for beat in range(beats):
        chord = CHORDS[beat // 2 % len(CHORDS)]
        start = beat * BEAT
        add(mix, string(chord[beat % 2], 1.0), start, 0.30, 0)
        for half, note in enumerate((chord[1:] * 2)[beat % 3:][:2]):
            add(mix, string(note, 1.0), start + half * BEAT / 2, 0.20, -0.4)
        add(mix, string(MELODY[beat % len(MELODY)], 1.0), start, 0.24, 0.4)
    peak = max(max(mix), -min(mix))
    scale = 29000 / peak
    fade = int(0.5 * RATE) * 2
    out = array.array('h', bytes(2 * len(mix)))
    for index, value in enumerate(mix):
        left = len(mix) - index
        out[index] = int(value * scale * (left / fade if left < fade else 1))
    return out


def encode(samples, path):
    pipeline = Gst.parse_launch(
        f'appsrc name=in caps="{CAPS}" format=time ! audioconvert ! '
        'opusenc bitrate=128000 frame-size=20 ! oggmux ! filesink name=out')
    pipeline.get_by_name('out').set_property('location', path)
    source = pipeline.get_by_name('in')
    pipeline.set_state(Gst.State.PLAYING)
    step = 2 * RATE
    for offset in range(0, len(samples), step):
        part = samples[offset:offset + step]
        buffer = Gst.Buffer.new_wrapped(part.tobytes())
        buffer.pts = offset // 2 * Gst.SECOND // RATE
        buffer.duration = len(part) // 2 * Gst.SECOND // RATE
        source.push_buffer(buffer)
    source.end_of_stream()
    message = pipeline.get_bus().timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        reason = message.parse_error()[0].message if message else 'no end'
        raise SystemExit(f'make-tune: {reason}')


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit('usage: make-tune.py FILE [SECONDS]')
    Gst.init(None)
    encode(compose(float(sys.argv[2]) if len(sys.argv) > 2 else 16.0),
           sys.argv[1])


if __name__ == '__main__':
    main()
