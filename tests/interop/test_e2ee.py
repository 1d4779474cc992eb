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

from calls import EncryptedCalls, Ours
from theirs import Theirs


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


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
