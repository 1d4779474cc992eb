#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records a voice channel, one Ogg/Opus file per user, until Ctrl-C.

usage: record_per_user.py GUILD CHANNEL FOLDER [PROPERTY=VALUE...]

Nothing is decoded. Beside the files stands index.json: who is in which file and
at what time it begins, so that the files can be laid out on one time line. The
token comes from the environment variable DISCORD_TOKEN.
"""

import json
import signal
import sys
import time
from pathlib import Path

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import GLib, Gst, GstDiscord  # noqa: E402


class Track:
    """One stream into one file."""

    def __init__(self, pipeline, pad, path):
        self.path = path
        self.user_id = 0
        self.start = None
        self.bin = Gst.parse_bin_from_description(
            'queue ! opusparse ! oggmux ! filesink name=file async=false', True)
        self.bin.get_by_name('file').set_property('location', str(path))
        pipeline.add(self.bin)
        pad.add_probe(Gst.PadProbeType.BUFFER, self._on_buffer)
        pad.link(self.bin.get_static_pad('sink'))
        self.bin.sync_state_with_parent()

    def _on_buffer(self, _pad, info):
        meta = GstDiscord.buffer_get_discord_media_meta(info.get_buffer())
        if self.start is None:
            self.start = time.time()
        if meta is None or meta.user_id == 0:
            return Gst.PadProbeReturn.OK
        self.user_id = meta.user_id
        return Gst.PadProbeReturn.REMOVE

    def describe(self):
        return {'file': self.path.name, 'user_id': str(self.user_id),
                'start': self.start}


class Recorder:
    def __init__(self, guild, channel, folder, properties):
        self.folder = folder
        self.tracks = []
        self.failed = False
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline.new('recorder')
        source = Gst.ElementFactory.make('discordvoicesrc', 'call')
        source.set_property('guild-id', guild)
        source.set_property('channel-id', channel)
        # What nobody records is not even sent to us.
        Gst.util_set_object_arg(source, 'video-pads', 'none')
        for text in properties:
            name, value = text.split('=', 1)
            Gst.util_set_object_arg(source, name, value)
        source.connect('pad-added', self._on_pad)
        self.pipeline.add(source)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self._on_error)
        bus.connect('message::eos', lambda *_: self.loop.quit())

    def _on_pad(self, _source, pad):
        # Called in a streaming thread; the bin is complete before data comes.
        number = len(self.tracks)
        path = self.folder / f'{number:03d}-{pad.get_name()}.ogg'
        self.tracks.append(Track(self.pipeline, pad, path))

    def _on_error(self, _bus, message):
        error, _ = message.parse_error()
        print(f'error: {error.message}', file=sys.stderr)
        self.failed = True
        self.loop.quit()

    def _on_interrupt(self):
        # The files get their last page when the end of stream has gone through.
        self.pipeline.send_event(Gst.Event.new_eos())
        if not self.tracks:
            self.loop.quit()
        return GLib.SOURCE_REMOVE

    def run(self):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT,
                             self._on_interrupt)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        index = [t.describe() for t in self.tracks if t.start is not None]
        (self.folder / 'index.json').write_text(
            json.dumps(index, indent=1) + '\n', encoding='utf-8')
        return 1 if self.failed else 0


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    Gst.init(None)
    folder = Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(int(sys.argv[1]), int(sys.argv[2]), folder,
                        sys.argv[4:])
    return recorder.run()


if __name__ == '__main__':
    sys.exit(main())
