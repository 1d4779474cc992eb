# SPDX-License-Identifier: LGPL-2.1-or-later
"""Members of an encrypted call, ours and theirs, that can all do the same."""

import base64

import gi

from harness import Gst, Pipeline, iterate_until, where
from oggopus import SILENCE
from publicclient import Client

gi.require_version('GstDiscord', '1.0')
from gi.repository import GstDiscord  # noqa: E402

FRAME = Gst.SECOND // 50
OPUS = 'audio/x-opus,channel-mapping-family=0,channels=2,rate=48000'


class Theirs:
    """@discordjs/voice with @snazzah/davey."""

    kind = 'theirs'

    def __init__(self, standin, token, certificate):
        self.token = token
        self._standin = standin
        self._client = Client(certificate)

    def __enter__(self):
        self._client.__enter__()
        return self

    def __exit__(self, *error):
        self._client.__exit__(*error)

    def join(self):
        self._before = len(self._client.matching('transitioned'))
        self.user = self._client.join(
            self._standin, self.token, dave=True)['user']

    def leave(self):
        left = len(self._client.matching('left'))
        self._client.tell('leave')
        self._client.wait('left', left + 1)

    def code(self):
        """The voice privacy code, None outside a group."""
        changes = self._client.matching('transitioned')[self._before:]
        return changes[-1].get('code') if changes else None

    def hear(self, user):
        self._client.tell('subscribe', user=user)

    def heard(self, user):
        return [p for p in self._client.packets(user) if p != SILENCE]

    def play(self, packets):
        self._played = len(self._client.matching('played')) + 1
        self._client.tell('play', packets=[
            base64.b64encode(packet).decode() for packet in packets])

    def has_played(self):
        return len(self._client.matching('played')) >= self._played

    def check(self):
        assert self._client.matching('error') == []


class Ours:
    """discordvoicesrc and discordvoicesink on one connection."""

    kind = 'ours'

    def __init__(self, standin, token, certificate):
        self.token = token
        self._standin = standin
        self._where = (f'{where(standin, token)} tls-ca-file={certificate}')
        self._heard = {}
        self._pipelines = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipeline in self._pipelines:
            pipeline.pipeline.set_state(Gst.State.NULL)

    def _start(self, description):
        pipeline = Pipeline(description)
        self._pipelines.append(pipeline)
        return pipeline

    def _stop(self, pipeline):
        pipeline.poll_bus()
        pipeline.pipeline.set_state(Gst.State.NULL)
        self._pipelines.remove(pipeline)

    def join(self):
        self._sender = None
        self._receiver = self._start(
            f'pipeline.( discordvoicesrc name=src {self._where} )')
        source = self._receiver['src']
        source.connect('pad-added', self._on_pad)
        before = len(self._standin.matching('voice-joined'))
        self._receiver.play()
        self._receiver.wait_for(
            lambda: len(self._standin.matching('voice-joined')) > before,
            'join')
        self.connection = source.get_property('connection')
        self.user = str(self.connection.props.user_id)

    def _on_pad(self, _source, pad):
        # In a streaming thread; complete before data comes.
        sink = Gst.ElementFactory.make('appsink')
        sink.set_property('sync', False)
        sink.set_property('emit-signals', True)
        sink.connect('new-sample', self._on_sample)
        self._receiver.pipeline.add(sink)
        pad.link(sink.get_static_pad('sink'))
        sink.sync_state_with_parent()

    def _on_sample(self, sink):
        buffer = sink.emit('pull-sample').get_buffer()
        meta = GstDiscord.buffer_get_discord_media_meta(buffer)
        packet = buffer.extract_dup(0, buffer.get_size())
        if packet != SILENCE:
            self._heard.setdefault(str(meta.user_id), []).append(packet)
        return Gst.FlowReturn.OK

    def leave(self):
        left = len(self._standin.matching('left'))
        if self._sender is not None:
            self._stop(self._sender)
        self.connection = None
        self._stop(self._receiver)
        iterate_until(lambda: len(self._standin.matching('left')) > left,
                      'leave')

    def code(self):
        return self._receiver['src'].get_property('voice-privacy-code')

    def hear(self, user):
        """It hears everybody."""

    def heard(self, user):
        return list(self._heard.get(user, []))

    def play(self, packets):
        if self._sender is not None:
            self._stop(self._sender)
        self._sender = self._start(
            f'appsrc name=in format=time caps="{OPUS}" max-bytes=0 '
            f'! discordvoicesink {self._where}')
        source = self._sender['in']
        for number, packet in enumerate(packets):
            buffer = Gst.Buffer.new_wrapped(packet)
            buffer.pts = number * FRAME
            buffer.duration = FRAME
            source.emit('push-buffer', buffer)
        source.emit('end-of-stream')
        self._sender.play()

    def has_played(self):
        self._sender.poll_bus()
        return any(message.type == Gst.MessageType.EOS
                   for message in self._sender.messages)

    def check(self):
        for pipeline in self._pipelines:
            pipeline.poll_bus()
