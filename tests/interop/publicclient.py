# SPDX-License-Identifier: LGPL-2.1-or-later
"""@discordjs/voice as a process of its own, in the role of a peer."""

import base64
import json
import os
import platform
import subprocess
import threading
from pathlib import Path

from standin import CHANNEL, GUILD, PATIENCE, end_with_parent

HERE = Path(__file__).resolve().parent
MACHINES = {'x86_64': 'x64', 'aarch64': 'arm64'}


def node_program():
    """The Node.js that the lock file pins: Debian's is too old."""
    machine = MACHINES.get(platform.machine(), platform.machine())
    path = HERE / 'node_modules' / f'node-linux-{machine}' / 'bin' / 'node'
    if not path.exists():
        raise SystemExit(f'{path} is missing: run `npm ci` in tests/interop, '
                         'or ./run test, which does')
    return path


class Client:
    """@discordjs/voice in a process of its own."""

    def __init__(self, authority):
        self.events = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [node_program(), HERE / 'client.mjs'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'NODE_EXTRA_CA_CERTS': str(authority)},
            preexec_fn=end_with_parent)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(PATIENCE)
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()

    def tell(self, name, **fields):
        self._process.stdin.write(json.dumps({'do': name, **fields}) + '\n')
        self._process.stdin.flush()

    def matching(self, name):
        return [e for e in list(self.events) if e['event'] == name]

    def wait(self, name, count=1):
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self.matching(name)) >= count, PATIENCE)
        found = self.matching(name)
        assert done, (f'{len(found)} of {count} {name} from the client; '
                      f'errors: {self.matching("error")}')
        return found[count - 1]

    def join(self, standin, token='public-client', dave=False):
        ready = len(self.matching('ready'))
        self.tell('join', gateway=standin.gateway_url, token=token,
                  guild=GUILD, channel=CHANNEL, dave=dave)
        return self.wait('ready', ready + 1)

    def packets(self, user=None):
        return [base64.b64decode(e['data']) for e in self.matching('packet')
                if user in (None, e['user'])]
