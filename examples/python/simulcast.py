#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends a test picture as the camera, in three layers, and tells what is sent.

usage: simulcast.py GUILD CHANNEL [PROPERTY=VALUE...]

Each receiver gets the layer that fits it, and a layer that nobody wants costs
nothing. Every two seconds a line for each layer says how much of it was sent.
The token comes from the environment variable DISCORD_TOKEN.
"""

import signal
import sys

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # noqa: E402

# RID, width, height, bit/s
LAYERS = ((100, 1280, 720, 2500000), (50, 640, 360, 700000),
          (25, 320, 180, 200000))
SOURCE = ('videotestsrc is-live=true pattern=ball ! '
          'video/x-raw,width=1280,height=720,framerate=30/1 ! tee name=t')
LAYER = ('t. ! queue leaky=downstream max-size-buffers=3 ! videoscale ! '
         'video/x-raw,width={1},height={2} ! vp8enc deadline=1 cpu-used=8 '
         'end-usage=cbr keyframe-max-dist=300 target-bitrate={3} ! '
         'sink.video_{0}')


class Sender:
    def __init__(self, guild, channel, properties):
        self.failed = False
        self.loop = GLib.MainLoop()
        layers = ' '.join(LAYER.format(*layer) for layer in LAYERS)
        self.pipeline = Gst.parse_launch(
            f'discordvoicesink name=sink codecs=video/x-vp8 {SOURCE} {layers}')
        self.sink = self.pipeline.get_by_name('sink')
        self.sink.set_property('guild-id', guild)
        self.sink.set_property('channel-id', channel)
        for text in properties:
            name, value = text.split('=', 1)
            Gst.util_set_object_arg(self.sink, name, value)
        for rid, _, _, bitrate in LAYERS:
            pad = self.sink.get_static_pad(f'video_{rid}')
            pad.set_property('max-bitrate', bitrate)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self._on_error)
        bus.connect('message::element', self._on_element)

    def _on_error(self, _bus, message):
        error, _debug = message.parse_error()
        print(f'{message.src.get_name()}: {error.message}', file=sys.stderr)
        self.failed = True
        self.loop.quit()

    def _on_element(self, _bus, message):
        told = message.get_structure()
        if told.get_name() == 'discord-media-wants':
            print(f"layer {told.get_string('rid')}: wanted "
                  f"{told.get_value('quality')}")

    def _print_stats(self):
        for rid, *_ in LAYERS:
            stats = self.sink.get_static_pad(f'video_{rid}').props.stats
            print(f"layer {rid}: selected={stats.get_value('selected')} "
                  f"frames={stats.get_value('frames-sent')} "
                  f"bytes={stats.get_value('bytes-sent')} "
                  f"unwanted={stats.get_value('dropped-unwanted')}",
                  flush=True)
        return GLib.SOURCE_CONTINUE

    def run(self):
        GLib.timeout_add_seconds(2, self._print_stats)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT,
                             self.loop.quit)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM,
                             self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self._print_stats()
        self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0


def main(arguments):
    if len(arguments) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    Gst.init(None)
    return Sender(int(arguments[1]), int(arguments[2]), arguments[3:]).run()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
