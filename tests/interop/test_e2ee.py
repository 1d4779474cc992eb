#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Encrypted calls of our elements and @discordjs/voice with @snazzah/davey.

The client is the published package, unmodified. In each call every member is in
its turn the one who creates the group, commits, is welcomed, leaves and comes
again. All see the same privacy code, and hear each other's Opus frames byte for
byte, those that were under way while keys changed included.
"""

import sys
import unittest

from calls import Call, EncryptedCalls, Ours
from theirs import Theirs, TheirsInClear


class Interop(EncryptedCalls):
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

    def test_mixed_churn(self):
        self.come_and_go([Ours, Theirs], [Ours, Theirs, Ours, Theirs])

    def recover(self, *options):
        """Each in turn cannot take a commit, and is let in anew."""
        standin = self.start(options)
        members = self.members(standin, [Ours, Theirs, Ours, Theirs], 'fails')
        call = Call(self, standin, members)
        for member in members:
            call.join(member)
        call.agree(members)
        for number, victim in enumerate(members[:2], 1):
            standin.act(f'dave-fault:{victim.user}:commit:corrupt')
            members[3].leave()
            standin.wait('dave-invalid', user=victim.user)
            call.agree(members[:3])
            call.join(members[3])
            call.agree(members)
            call.talk(members, 0.5)
            call.understand()
            self.assertEqual(len(standin.matching('dave-invalid')), number)
        self.assertEqual(standin.violations, [])

    def test_mixed_recovery_in_two_commits(self):
        self.recover()

    def test_mixed_recovery_in_one_commit(self):
        self.recover('--dave-recover-together')

    def test_down_and_up(self):
        """A member without encryption comes and goes."""
        standin = self.start([])
        members = self.members(standin, [Ours, Theirs, TheirsInClear], 'stays')
        *able, unable = members
        call = Call(self, standin, members)
        for member in able:
            call.join(member)
        call.agree(able)
        for executed in (1, 3):
            call.join(unable)
            standin.wait('dave-executed', executed)
            call.talk(members, 0.5)
            call.understand()
            unable.leave()
            call.agree(able)
            standin.wait('dave-executed', executed + 1)
            call.talk(able, 0.5)
            call.understand()
        self.assertEqual(standin.violations, [])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
