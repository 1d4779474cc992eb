# SPDX-License-Identifier: LGPL-2.1-or-later
"""@discordjs/voice as a member of a call."""

import base64

from oggopus import SILENCE
from publicclient import Client


class Theirs:
    """@discordjs/voice with @snazzah/davey."""

    kind = 'theirs'
    dave = True

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
        self._packets = len(self._client.matching('packet'))
        self.user = self._client.join(
            self._standin, self.token, dave=self.dave)['user']

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
        since = self._client.matching('packet')[self._packets:]
        packets = [base64.b64decode(e['data']) for e in since
                   if e['user'] == user]
        return [packet for packet in packets if packet != SILENCE]

    def play(self, packets):
        self._played = len(self._client.matching('played')) + 1
        self._client.tell('play', packets=[
            base64.b64encode(packet).decode() for packet in packets])

    def has_played(self):
        return len(self._client.matching('played')) >= self._played

    def check(self):
        assert self._client.matching('error') == []

    def describe(self):
        """What to know when something is missing."""
        return [e['message'] for e in self._client.matching('dave')][-12:]


class TheirsInClear(Theirs):
    """The same with its encryption switched off."""

    kind = 'clear'
    dave = False
