#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our elements and @discordjs/voice in one call, in both directions.

The client is the published package, unmodified; it talks to the stand-in over
TLS, because it knows nothing else, and so do the elements. What arrives must be
what was sent: every Opus packet, in order, byte for byte.
"""

import base64
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from certificates import make_certificate
from harness import Gst, Pipeline, where
from media import make_file
from oggopus import read_opus_packets, without_silence_tail
from standin import CHANNEL, GUILD, PATIENCE, StandIn, end_with_parent

HERE = Path(__file__).resolve().parent
MODES = ('aead_aes256_gcm_rtpsize', 'aead_xchacha20_poly1305_rtpsize')
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

    def join(self, standin):
        self.tell('join', gateway=standin.gateway_url, token='public-client',
                  guild=GUILD, channel=CHANNEL)
        return self.wait('ready')

    def packets(self):
        return [base64.b64decode(e['data']) for e in self.matching('packet')]


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-')))
        cls.certificate, cls.key = make_certificate(cls.folder)
        cls.tune = make_file(cls.folder / 'sent.ogg')
        cls.sent = read_opus_packets(cls.tune)
        assert len(cls.sent) >= 100

    def start(self, mode):
        standin = self.enterContext(StandIn(
            '--tls-cert', self.certificate, '--tls-key', self.key,
            '--modes', mode))
        client = self.enterContext(Client(self.certificate))
        versions = client.wait('versions')
        ready = client.join(standin)
        self.assertEqual(ready['mode'], mode)
        print(f'@discordjs/voice {versions["client"]} on Node.js '
              f'{versions["node"]}, {mode}')
        return standin, client

    def element(self, name, standin):
        return (f'{name} name=discord {where(standin, "elements")} '
                f'tls-ca-file={self.certificate}')

    def finish(self, standin, client):
        client.tell('leave')
        client.wait('left')
        self.assertEqual(client.matching('error'), [])
        self.assertEqual(standin.violations, [])

    def sink_to_client(self, mode):
        standin, client = self.start(mode)
        with Pipeline(f'filesrc location={self.tune} ! oggdemux ! opusparse ! '
                      f'{self.element("discordvoicesink", standin)}') as sender:
            # In PAUSED the sink has joined and announced its SSRC; the client
            # drops what it hears before it knows whose SSRC that is.
            sender.set_state(Gst.State.PAUSED)
            sender.wait_for(lambda: client.matching('speaker'), 'speaker')
            speaker = client.matching('speaker')[0]['user']
            client.tell('subscribe', user=speaker)
            sender.play()
            sender.wait_for_eos()
            client.wait('packet', count=len(self.sent))
        received, _ = without_silence_tail(client.packets())
        self.assertEqual(received, self.sent)
        self.finish(standin, client)

    def client_to_src(self, mode):
        standin, client = self.start(mode)
        with Pipeline(f'{self.element("discordvoicesrc", standin)} '
                      '! appsink name=out') as receiver:
            receiver.collect('out')
            receiver.play()
            receiver.wait_for(
                lambda: len(standin.matching('voice-joined')) >= 2, 'join')
            client.tell('play', packets=[
                base64.b64encode(packet).decode() for packet in self.sent])
            receiver.wait_for(lambda: client.matching('played'), 'end of play')
            receiver.wait_for(
                lambda: len(receiver.collected()) >= len(self.sent), 'packets')
            received, _ = without_silence_tail(receiver.packets())
        self.assertEqual(received, self.sent)
        self.finish(standin, client)

    def test_sink_to_client_aes_gcm(self):
        self.sink_to_client(MODES[0])

    def test_sink_to_client_xchacha(self):
        self.sink_to_client(MODES[1])

    def test_client_to_src_aes_gcm(self):
        self.client_to_src(MODES[0])

    def test_client_to_src_xchacha(self):
        self.client_to_src(MODES[1])


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
