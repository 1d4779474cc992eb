# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines under test, and waiting for what they do."""

import threading

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
from gi.repository import GLib, Gst, GstApp  # noqa: E402,F401

from standin import CHANNEL, GUILD, PATIENCE  # noqa: E402

# PyGObject makes a class of what it meets for the first time, and is not ready
# for two threads that do at once; streaming threads meet these.
MET_IN_HANDLERS = (Gst.Buffer, Gst.FlowReturn.OK, Gst.GhostPad,
                   Gst.PadDirection.SRC, Gst.PadLinkReturn.OK, Gst.Sample,
                   Gst.StateChangeReturn.SUCCESS, GstApp.AppSink)

Gst.init(None)


def iterate_until(condition, what):
    """Runs the default main context until `condition()` holds."""
    late = []
    context = GLib.MainContext.default()
    # Other threads change things without a word to the main context.
    tick = GLib.timeout_add(10, lambda: True)
    end = GLib.timeout_add_seconds(PATIENCE, lambda: late.append(1) or False)
    try:
        while not condition():
            assert not late, f'no {what} within {PATIENCE} s'
            context.iteration(True)
    finally:
        GLib.source_remove(tick)
        if not late:
            GLib.source_remove(end)


def where(standin, token, guild=GUILD, channel=CHANNEL):
    """The properties that lead an element into the stand-in's channel."""
    return (f'gateway-url={standin.gateway_url} token={token} '
            f'guild-id={guild} channel-id={channel}')


class Pipeline:
    """A pipeline in a `with` statement, its messages and collected buffers."""

    def __init__(self, description):
        self.pipeline = Gst.parse_launch(description)
        self.messages = []
        self.samples = []
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pipeline.set_state(Gst.State.NULL)

    def __getitem__(self, name):
        return self.pipeline.get_by_name(name)

    def set_state(self, state):
        result = self.pipeline.set_state(state)
        assert result != Gst.StateChangeReturn.FAILURE, 'state change failed'
        return result

    def play(self):
        return self.set_state(Gst.State.PLAYING)

    def collect(self, name):
        """Keeps every sample that the appsink `name` gets."""
        sink = self[name]
        sink.set_property('emit-signals', True)
        sink.set_property('sync', False)
        sink.connect('new-sample', self._on_sample)

    def _on_sample(self, sink):
        sample = sink.emit('pull-sample')
        with self._lock:
            self.samples.append(sample)
        return Gst.FlowReturn.OK

    def collected(self):
        with self._lock:
            return list(self.samples)

    def packets(self):
        return [sample_bytes(sample) for sample in self.collected()]

    def poll_bus(self):
        """Moves what is on the bus to `messages`; an error message raises."""
        bus = self.pipeline.get_bus()
        while True:
            message = bus.pop()
            if message is None:
                return
            self.messages.append(message)
            if message.type == Gst.MessageType.ERROR:
                error, details = message.parse_error()
                raise AssertionError(f'{message.src.get_name()}: '
                                     f'{error.message} ({details})')

    def element_messages(self, name):
        self.poll_bus()
        found = [m.get_structure() for m in self.messages
                 if m.type == Gst.MessageType.ELEMENT]
        return [s for s in found if s is not None and s.get_name() == name]

    def wait_for(self, condition, what):
        def check():
            self.poll_bus()
            return condition()
        iterate_until(check, what)

    def wait_for_message(self, kind, what):
        self.wait_for(lambda: any(m.type == kind for m in self.messages), what)

    def wait_for_eos(self):
        self.wait_for_message(Gst.MessageType.EOS, 'end of stream')


def sample_bytes(sample):
    buffer = sample.get_buffer()
    return buffer.extract_dup(0, buffer.get_size())
