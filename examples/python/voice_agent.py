#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The skeleton of a voice agent: it hears each user, and it can speak.

usage: voice_agent.py GUILD CHANNEL [PROPERTY=VALUE...]

Every user arrives decoded in an appsink of its own (speech recognition goes
there), and what is pushed into the appsrc is said in the channel (speech
synthesis goes there). This one says again what it hears. The token comes from
the environment variable DISCORD_TOKEN.
"""

import signal
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import GLib, Gst, GstApp, GstDiscord  # noqa: E402,F401

# async=false: the pipeline gets to PLAYING when its sinks have data, and here
# the mouth has none before the ears have heard something.
FORMAT = ('audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2')
EAR = (f'queue ! opusdec plc=true use-inband-fec=true ! audioconvert ! '
       f'audioresample ! {FORMAT} ! appsink name=ear emit-signals=true '
       'sync=false async=false')
MOUTH = (f'appsrc name=mouth caps="{FORMAT}" format=time is-live=true '
         'do-timestamp=true max-buffers=50 leaky-type=downstream ! '
         'audiorate tolerance=40000000 ! discordvoicesink name=sink')


class Agent:
    """Override heard() with something clever."""

    def __init__(self, guild, channel, properties):
        self.failed = False
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.parse_launch(f'discordvoicesrc name=source {MOUTH}')
        self.mouth = self.pipeline.get_by_name('mouth')
        source = self.pipeline.get_by_name('source')
        for element in (source, self.pipeline.get_by_name('sink')):
            element.set_property('guild-id', guild)
            element.set_property('channel-id', channel)
            for text in properties:
                name, value = text.split('=', 1)
                Gst.util_set_object_arg(element, name, value)
        Gst.util_set_object_arg(source, 'video-pads', 'none')
        source.connect('pad-added', self._on_pad)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self._on_error)
        bus.connect('message::eos', lambda *_: self.loop.quit())

    def heard(self, user_id, pcm):
        """20 ms of one user's audio, s16le 48 kHz stereo; any thread."""
        self.say(pcm)

    def say(self, pcm):
        self.mouth.push_buffer(Gst.Buffer.new_wrapped(pcm))

    def _on_pad(self, _source, pad):
        ear = Gst.parse_bin_from_description(EAR, True)
        ear.get_by_name('ear').connect('new-sample', self._on_sample)
        self.pipeline.add(ear)
        pad.link(ear.get_static_pad('sink'))
        ear.sync_state_with_parent()

    def _on_sample(self, ear):
        buffer = ear.emit('pull-sample').get_buffer()
        # The sender's name tag survives decoding and conversion.
        meta = GstDiscord.buffer_get_discord_media_meta(buffer)
        user_id = meta.user_id if meta is not None else 0
        self.heard(user_id, buffer.extract_dup(0, buffer.get_size()))
        return Gst.FlowReturn.OK

    def _on_error(self, _bus, message):
        error, _ = message.parse_error()
        print(f'error: {error.message}', file=sys.stderr)
        self.failed = True
        self.loop.quit()

    def run(self):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT,
                             self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    Gst.init(None)
    return Agent(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]).run()


if __name__ == '__main__':
    sys.exit(main())
