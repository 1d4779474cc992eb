# SPDX-License-Identifier: LGPL-2.1-or-later
"""Encrypted calls: members that come, talk and go, and what they understood."""

import random
import tempfile
import time
import unittest
from pathlib import Path

import gi

from certificates import make_certificate
from harness import Gst, Pipeline, iterate_until, where
from oggopus import SILENCE
from standin import StandIn

gi.require_version('GstDiscord', '1.0')
from gi.repository import GstDiscord  # noqa: E402

FRAME = Gst.SECOND // 50
# All have the code of a group a moment before all send with its keys.
AHEAD = Gst.SECOND // 5
OPUS = 'audio/x-opus,channel-mapping-family=0,channels=2,rate=48000'
# Configuration 31: CELT, 20 ms, fullband; mono, one frame (RFC 6716 3.1).
TOC = 0xf8
FRAME_LENGTH = 120


class Ours:
    """discordvoicesrc and discordvoicesink on one connection."""

    kind = 'ours'

    def __init__(self, standin, token, certificate):
        self.token = token
        self._standin = standin
        self._where = (f'{where(standin, token)} tls-ca-file={certificate}')
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
        self._heard = {}
        self._receiver = self._start(
            f'pipeline.( discordvoicesrc name=src {self._where} )')
        source = self._receiver['src']
        source.connect('pad-added', self._on_pad)
        before = len(self._standin.matching('voice-joined'))
        self._receiver.play()
        self.connection = source.get_property('connection')
        self._receiver.wait_for(
            lambda: self.connection.props.user_id != 0, 'login')
        self.user = str(self.connection.props.user_id)
        # Others may join at the same time.
        self._receiver.wait_for(
            lambda: any(e['user'] == self.user for e in
                        self._standin.matching('voice-joined')[before:]),
            'join')

    def _on_pad(self, _source, pad):
        # In a streaming thread; complete before data comes.
        sink = Gst.ElementFactory.make('appsink')
        sink.set_property('sync', False)
        # Several come at once; one that takes the pipeline back to PAUSED may
        # leave another one there.
        sink.set_property('async', False)
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
            buffer.pts = AHEAD + number * FRAME
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

    def describe(self):
        return self.connection.get_stats().to_string()


class Call:
    """Several members in one channel, and what each of them said."""

    def __init__(self, test, standin, members):
        self.test = test
        self.standin = standin
        self.members = members
        self.code = None
        self._random = random.Random(len(members))
        self._said = {}

    def join(self, member):
        member.join()
        for other in self.members:
            if other is not member and getattr(other, 'user', None):
                other.hear(member.user)
                member.hear(other.user)

    def let_commit(self, member):
        self.standin.act(f'set:dave-committer={member.user}')

    def agree(self, members):
        """All have one code, and not the last one."""
        def agreed():
            codes = {member.code() for member in members}
            return len(codes) == 1 and codes.isdisjoint({None, self.code})
        iterate_until(agreed, 'privacy code of '
                      + ', '.join(m.token for m in members))
        self.code = members[0].code()
        self.test.assertRegex(self.code, r'^\d{30}$')

    def talk(self, members, seconds):
        """All of them begin to talk."""
        self._said = {}
        for member in members:
            frames = [bytes([TOC]) + self._random.randbytes(FRAME_LENGTH)
                      for _ in range(int(seconds * 50))]
            self._said[member] = frames
            member.play(frames)

    def understand(self):
        """Those who talked heard each other, every frame, in order."""
        iterate_until(lambda: all(m.has_played() for m in self._said),
                      'end of talking')
        for speaker, said in self._said.items():
            for listener in self._said:
                if speaker is not listener:
                    self._check_heard(listener, speaker, said)

    def _check_heard(self, listener, speaker, said):
        meant = set(said)
        # Between two of theirs a busy machine loses single frames, as their
        # player and receiver share a thread: that is not ours to prove.
        foreign = listener.kind == speaker.kind == 'theirs'
        enough = len(said) - (len(said) // 10 + 1 if foreign else 0)

        def heard():
            return [frame for frame in listener.heard(speaker.user)
                    if frame in meant]
        try:
            iterate_until(lambda: len(heard()) >= enough, 'frames')
        except AssertionError:
            missing = set(said) - set(heard())
            self.test.fail(
                f'{listener.token} misses of {speaker.token}: '
                f'{[n for n, frame in enumerate(said) if frame in missing]}\n'
                f'{listener.describe()}')
        got = heard()
        self.test.assertEqual(
            got, [frame for frame in said if frame in got] if foreign else said)

    def churn(self, staying, moving, seconds, seed):
        """While some talk, somebody else comes or goes every second."""
        choose = random.Random(seed)
        here = set()
        self.talk(staying, seconds + 1)
        begin = time.monotonic()
        for second in range(1, seconds + 1):
            iterate_until(lambda: time.monotonic() >= begin + second, 'second')
            member = choose.choice(moving)
            if member in here:
                self._go(member, staying)
                here.remove(member)
            else:
                self.join(member)
                here.add(member)
        self.understand()
        for member in here:
            self._go(member, staying)

    def _go(self, member, talking):
        """It missed nothing from the first frame on that it understood."""
        for speaker in talking:
            said = {f: n for n, f in enumerate(self._said[speaker])}
            heard = [said[f] for f in member.heard(speaker.user) if f in said]
            self.test.assertTrue(
                heard, f'{member.token} heard nothing of {speaker.token}')
            whole = set(range(heard[0], heard[-1] + 1))
            self.test.assertEqual(
                sorted(whole - set(heard)), [],
                f'{member.token} misses of {speaker.token}, from {heard[0]} '
                f'to {heard[-1]}\n{member.describe()}')
            self.test.assertEqual(heard, sorted(heard))
        member.check()
        member.leave()
        member.user = None

    def turn(self):
        """The first creates and commits, the others are welcomed; the second
        commits while the first leaves and comes back."""
        first, second, *_ = self.members
        rest = self.members[1:]
        self.join(first)
        self.let_commit(first)
        for count, member in enumerate(rest, 2):
            self.join(member)
            self.agree(self.members[:count])
        self.talk(self.members, 0.5)
        self.understand()
        self.let_commit(second)
        if len(rest) > 1:
            self.talk(rest, 3)
        first.leave()
        if len(rest) > 1:
            self.agree(rest)
        self.join(first)
        self.agree(self.members)
        if len(rest) > 1:
            self.understand()
        self.talk(self.members, 0.5)
        self.understand()
        self.end()

    def end(self):
        for member in self.members:
            member.check()
            member.leave()
            member.user = None
        self.code = None
        self.members.append(self.members.pop(0))


class EncryptedCalls(unittest.TestCase):
    """Tests of calls; the members' kinds are classes like Ours.

    The stand-in delays media a little, as a network does: the public client
    sends under a new key as soon as it has it, and so can be heard by nobody
    whom the news reach later than its first frame.
    """

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-')))
        cls.certificate, cls.key = make_certificate(cls.folder)

    def start(self, options):
        return self.enterContext(StandIn(
            '--tls-cert', self.certificate, '--tls-key', self.key,
            '--delay-to-client', '300', *options))

    def members(self, standin, kinds, role):
        return [
            self.enterContext(kind(standin, f'{kind.kind}-{role}-{number}',
                                   self.certificate))
            for number, kind in enumerate(kinds)]

    def take_turns(self, *kinds, options=()):
        standin = self.start(options)
        call = Call(self, standin, self.members(standin, kinds, 'turn'))
        for _ in kinds:
            call.turn()
        self.assertEqual(standin.violations, [])

    def come_and_go(self, staying, moving, seconds=60, seed=1, options=()):
        standin = self.start(options)
        staying = self.members(standin, staying, 'stays')
        moving = self.members(standin, moving, 'moves')
        call = Call(self, standin, staying + moving)
        for member in staying:
            call.join(member)
        call.agree(staying)
        call.churn(staying, moving, seconds, seed)
        print(f'{len(standin.matching("dave-executed"))} transitions, '
              f'{len(standin.matching("dave-commit-late"))} late commits')
        self.assertEqual(standin.violations, [])
