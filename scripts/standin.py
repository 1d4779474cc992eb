# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in of Discord as a process, and what it says happened."""

import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

GUILD = '290926798626357999'
CHANNEL = '290926798999357250'
# A bound for things that must happen; nothing waits that long when they do.
PATIENCE = 30
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def end_with_parent():
    """For Popen's preexec_fn: a test that crashes leaves nobody behind."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def user_of(token):
    """The id that the stand-in gives the owner of a token."""
    start = hashlib.sha256(token.encode()).digest()[:8]
    return int.from_bytes(start, 'big') >> 4 | 1 << 59 | 1


class StandIn:
    """gst-discord-loopback, with its report read as it is written."""

    def __init__(self, *options, program=None):
        self.program = program or os.environ['GST_DISCORD_LOOPBACK']
        self.options = options
        self.events = []
        self.violations = []
        self._changed = threading.Condition()

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='gst-discord-')
        report = os.path.join(self.folder, 'report')
        ready = os.path.join(self.folder, 'ready.json')
        os.mkfifo(report)
        self._reader = threading.Thread(target=self._read, args=(report,),
                                        daemon=True)
        self._reader.start()
        self.process = subprocess.Popen(
            [self.program, '--port', '0', '--report', report,
             '--ready-file', ready, '--control', *self.options],
            stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
            preexec_fn=end_with_parent)
        self._await_ready(ready)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdin.close()
        self._reader.join(PATIENCE)
        shutil.rmtree(self.folder)
        assert status == 0, f'the stand-in ended with {status}'

    def _await_ready(self, path):
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(path):
            assert self.process.poll() is None, 'the stand-in did not start'
            assert time.monotonic() < deadline, 'the stand-in is not ready'
            time.sleep(0.01)
        with open(path, encoding='utf-8') as file:
            urls = json.load(file)
        self.gateway_url = urls['gateway_url']
        self.api_url = urls['api_url']

    def _read(self, path):
        with open(path, encoding='utf-8') as report:
            for line in report:
                entry = json.loads(line)
                with self._changed:
                    if 'violation' in entry:
                        self.violations.append(entry)
                    else:
                        self.events.append(entry)
                    self._changed.notify_all()

    def act(self, action):
        """Returns when it is done; what is wrong with it is on the standard
        error."""
        done = len(self.matching('action'))
        self.process.stdin.write(action + '\n')
        self.process.stdin.flush()
        self.wait('action', done + 1)

    def matching(self, name, user=None):
        return [e for e in list(self.events) if e.get('event') == name
                and user in (None, e.get('user'))]

    def wait(self, name, count=1, user=None, timeout=PATIENCE):
        """Until the report has `count` such events; returns the last one."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self.matching(name, user)) >= count, timeout)
        assert done, f'no {name} from the stand-in within {timeout} s'
        return self.matching(name, user)[count - 1]
