#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop that is streamed: a window of known content is captured, sent by
the example, received, and found in the picture."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import Pipeline, sample_bytes, where
from standin import CHANNEL, GUILD, PATIENCE, StandIn, end_with_parent
from xwindow import Window, XServer

EXAMPLE = (Path(__file__).resolve().parents[2] / 'examples' / 'launch'
           / 'golive-screen.sh')
COLOURS = (0xd02020, 0x20a020, 0x2020d0, 0xd0d020)
# What 4:2:0 and an encoder may change of a plain colour.
TOLERANCE = 16
WATCH = ('discordvoicesrc name=src account-type=user stream-user={user} '
         '{where} '
         'src. ! video/x-h264 ! queue ! avdec_h264 ! videoconvert ! '
         'video/x-raw,format=RGB ! appsink name=out')


def colour_at(sample, x, y):
    """At these shares of width and height."""
    structure = sample.get_caps().get_structure(0)
    width = structure.get_int('width').value
    height = structure.get_int('height').value
    stride = (width * 3 + 3) // 4 * 4
    at = int(height * y) * stride + int(width * x) * 3
    return sample_bytes(sample)[at:at + 3]


def shows(sample, colours):
    for i, colour in enumerate(colours):
        seen = colour_at(sample, 0.25 + 0.5 * (i % 2), 0.25 + 0.5 * (i // 2))
        if any(abs(a - b) > TOLERANCE
               for a, b in zip(seen, colour.to_bytes(3, 'big'))):
            return False
    return True


class Screen(unittest.TestCase):
    def setUp(self):
        self.standin = self.enterContext(StandIn())
        self.server = self.enterContext(XServer())
        self.folder = self.enterContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-'))

    def start_streamer(self, source):
        streamer = subprocess.Popen(
            [EXAMPLE, GUILD, CHANNEL,
             f'gateway-url={self.standin.gateway_url}'],
            cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, 'DISCORD_TOKEN': 'streamer',
                 'SCREEN_SOURCE': source,
                 'AUDIO_SOURCE': 'audiotestsrc is-live=true'},
            preexec_fn=end_with_parent)
        self.addCleanup(streamer.stdout.close)
        self.addCleanup(streamer.wait, PATIENCE)
        self.addCleanup(streamer.kill)
        return streamer

    def finish(self, streamer):
        streamer.send_signal(signal.SIGINT)
        output, _ = streamer.communicate(timeout=PATIENCE)
        self.assertEqual(streamer.returncode, 0, output)

    def start_viewer(self):
        user = self.standin.wait('stream-started')['user']
        viewer = self.enterContext(Pipeline(WATCH.format(
            user=user, where=where(self.standin, 'viewer'))))
        viewer.collect('out')
        viewer.play()
        return viewer

    def assert_seen(self, colours):
        window = self.enterContext(Window(self.server, 320, 180, colours))
        streamer = self.start_streamer(
            f'ximagesrc use-damage=false display-name={self.server.display} '
            f'xid={window.id}')
        viewer = self.start_viewer()
        viewer.wait_for(
            lambda: any(shows(s, colours) for s in viewer.collected()[-3:]),
            'picture of the window')
        return streamer, viewer

    def test_window_is_seen(self):
        streamer, viewer = self.assert_seen(COLOURS)
        self.assertFalse(shows(viewer.collected()[-1], COLOURS[::-1]))
        # The thumbnail is made of the same.
        self.standin.wait('preview')
        self.finish(streamer)
        # The end of the stream is that of who watches.
        viewer.wait_for_eos()
        self.assertEqual(self.standin.violations, [])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
