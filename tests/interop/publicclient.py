# SPDX-License-Identifier: LGPL-2.1-or-later
"""@discordjs/voice as a process of its own, in the role of a peer."""

import base64

from nodeprocess import NodeProcess
from standin import CHANNEL, GUILD


class Client(NodeProcess):
    """@discordjs/voice, which trusts `authority`."""

    def __init__(self, authority):
        super().__init__('client.mjs', NODE_EXTRA_CA_CERTS=str(authority))

    def join(self, standin, token='public-client', dave=False):
        ready = len(self.matching('ready'))
        self.tell('join', gateway=standin.gateway_url, token=token,
                  guild=GUILD, channel=CHANNEL, dave=dave)
        return self.wait('ready', ready + 1)

    def packets(self, user=None):
        return [base64.b64decode(e['data']) for e in self.matching('packet')
                if user in (None, e['user'])]
