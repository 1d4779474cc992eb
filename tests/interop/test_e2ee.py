#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Encrypted calls of our elements and @discordjs/voice with @snazzah/davey.

The client is the published package, unmodified. In each call every member is in
its turn the one who creates the group, commits, is welcomed, leaves and comes
again. All see the same privacy code, and hear each other's Opus frames byte for
byte, those that were under way while keys changed included.

The stand-in delays media a little, as a network does: the public client sends
under a new key as soon as it has it, and so can be heard by nobody whom the
news reach later than its first frame.
"""

import random
import sys
import tempfile
import unittest
from pathlib import Path

from certificates import make_certificate
from harness import iterate_until
from members import Ours, Theirs
from standin import StandIn

# Configuration 31: CELT, 20 ms, fullband; mono, one frame (RFC 6716 3.1).
TOC = 0xf8
FRAME_LENGTH = 120


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

        def heard():
            return [frame for frame in listener.heard(speaker.user)
                    if frame in meant]
        try:
            iterate_until(lambda: len(heard()) >= len(said), 'frames')
        except AssertionError:
            missing = set(said) - set(heard())
            self.test.fail(
                f'{listener.token} misses of {speaker.token}: '
                f'{[n for n, frame in enumerate(said) if frame in missing]}')
        self.test.assertEqual(heard(), said)

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


class EndToEnd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-')))
        cls.certificate, cls.key = make_certificate(cls.folder)

    def start(self, *options):
        return self.enterContext(StandIn(
            '--tls-cert', self.certificate, '--tls-key', self.key,
            '--delay-to-client', '100', *options))

    def take_turns(self, *kinds, options=()):
        standin = self.start(*options)
        members = [
            self.enterContext(kind(standin, f'{kind.kind}-{number}',
                                   self.certificate))
            for number, kind in enumerate(kinds)]
        call = Call(self, standin, members)
        for _ in kinds:
            call.turn()
        self.assertEqual(standin.violations, [])

    def test_theirs_2(self):
        self.take_turns(*[Theirs] * 2)

    def test_theirs_3(self):
        self.take_turns(*[Theirs] * 3)

    def test_theirs_5(self):
        self.take_turns(*[Theirs] * 5)

    def test_mixed_2(self):
        self.take_turns(Ours, Theirs)

    def test_mixed_3(self):
        self.take_turns(Ours, Theirs, Ours)

    def test_mixed_5(self):
        self.take_turns(Ours, Theirs, Theirs, Ours, Theirs)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
