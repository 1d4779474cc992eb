#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Encrypted calls of our elements among themselves, see calls.py."""

import sys
import unittest

from calls import EncryptedCalls, Ours


class EndToEnd(EncryptedCalls):
    def test_turns_of_2(self):
        self.take_turns(*[Ours] * 2)

    def test_turns_of_3(self):
        self.take_turns(*[Ours] * 3)

    def test_turns_of_5(self):
        self.take_turns(*[Ours] * 5)

    def test_first_commit_waits(self):
        self.take_turns(*[Ours] * 2, options=['--dave-first-ordinary'])

    def test_churn(self):
        self.come_and_go([Ours, Ours], [Ours] * 4)

    def test_churn_overlapping(self):
        """Proposed as fast as it happens, epochs overlap."""
        self.come_and_go([Ours, Ours], [Ours] * 4, seconds=20, seed=2, options=[
            '--dave-overlap', '--dave-several-proposals'])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
