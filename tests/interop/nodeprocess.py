# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Node.js program of this folder as a process: commands in, events out, each
a line of JSON."""

import json
import os
import platform
import subprocess
import threading
from pathlib import Path

from standin import PATIENCE, end_with_parent

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


class NodeProcess:
    """The program `script`, with more in its environment."""

    def __init__(self, script, **environment):
        self.events = []
        self._ended = False
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [node_program(), HERE / script], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, **environment}, preexec_fn=end_with_parent)
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
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def tell(self, name, **fields):
        self._process.stdin.write(json.dumps({'do': name, **fields}) + '\n')
        self._process.stdin.flush()

    def matching(self, *names):
        return [e for e in list(self.events) if e['event'] in names]

    def wait(self, name, count=1):
        return self.wait_for_any((name,), count)

    def wait_for_any(self, names, count):
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended or len(self.matching(*names)) >= count,
                PATIENCE)
        found = self.matching(*names)
        assert len(found) >= count, (
            f'{len(found)} of {count} {" or ".join(names)} from the client; '
            f'errors: {self.matching("error")}')
        return found[count - 1]
