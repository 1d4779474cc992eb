#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Watches somebody's Go Live stream and shows it elsewhere, as it is.

usage: watch_party.py STREAM TARGET [PROPERTY=VALUE...]

STREAM is a stream's key, guild:GUILD:CHANNEL:USER or call:CHANNEL:USER.

TARGET is GUILD/CHANNEL, where we go live with it, or the end of a pipeline, in
which an element called "target" takes H.264 and Opus:

  'matroskamux name=target ! filesink location=party.mkv'
  'mpegtsmux name=target ! srtsink uri=srt://:7001'

Nothing is encoded again: what the streamer sends is what is shown, and who asks
for a keyframe there asks the streamer. When the stream ends, so do we.

The token of the account that watches comes from the environment variable
DISCORD_TOKEN. An account is in one channel at a time, so that the one that goes
live is another: its token comes from DISCORD_TARGET_TOKEN. Bots can do neither;
these are tokens of user accounts, or with account-type=bearer of OAuth2. The
properties go to the Discord elements.
"""

import re
import signal
import sys

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # noqa: E402

PLACE = re.compile(r'(\d+)/(\d+)')
# One codec on both sides, since nobody translates.
SOURCE = 'discordvoicesrc name=source codecs=video/x-h264 account-type=user'
GO_LIVE = ('discordvoicesink name=target codecs=video/x-h264 '
           'account-type=user token-env=DISCORD_TARGET_TOKEN go-live=true '
           'guild-id={} channel-id={}')
QUEUES = ('queue name=video ! h264parse ! target. '
          'queue name=audio ! opusparse ! target.')


class WatchParty:
    def __init__(self, stream, target, properties):
        self.failed = False
        self.loop = GLib.MainLoop()
        place = PLACE.fullmatch(target)
        if place:
            target = GO_LIVE.format(*place.groups())
        self.pipeline = Gst.parse_launch(f'{SOURCE} {target} {QUEUES}')
        source = self.pipeline.get_by_name('source')
        source.set_property('stream-key', stream)
        source.connect('pad-added', self._on_pad)
        discord = [source]
        if place:
            discord.append(self.pipeline.get_by_name('target'))
        for element in discord:
            for text in properties:
                name, value = text.split('=', 1)
                Gst.util_set_object_arg(element, name, value)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', self._on_error)
        bus.connect('message::eos', lambda *_: self.loop.quit())
        bus.connect('message::element', self._on_element)

    def _queue_sink(self, name):
        return self.pipeline.get_by_name(name).get_static_pad('sink')

    def _on_pad(self, _source, pad):
        sink = self._queue_sink(pad.get_name().split('_')[0])
        # The streamer's first picture and sound; there are no others.
        if not sink.is_linked():
            pad.link(sink)

    def _on_element(self, _bus, message):
        told = message.get_structure()
        if told.get_name() != 'discord-stream-state':
            return
        state = told.get_value('state').value_nick
        print(f"{message.src.get_name()}: {told.get_string('stream-key')} is "
              f'{state}', flush=True)
        if message.src.get_name() == 'source' and state == 'ended':
            # What the stream never had ends here.
            for name in ('video', 'audio'):
                if not self._queue_sink(name).is_linked():
                    self._queue_sink(name).send_event(Gst.Event.new_eos())

    def _on_error(self, _bus, message):
        error, _debug = message.parse_error()
        print(f'{message.src.get_name()}: {error.message}', file=sys.stderr)
        self.failed = True
        self.loop.quit()

    def _stop(self):
        # Recordings are finished, and we are seen to end our stream.
        self.pipeline.send_event(Gst.Event.new_eos())
        return GLib.SOURCE_CONTINUE

    def run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self._stop)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0


def main(arguments):
    if len(arguments) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    Gst.init(None)
    return WatchParty(arguments[1], arguments[2], arguments[3:]).run()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
