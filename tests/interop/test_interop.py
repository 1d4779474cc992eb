#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our elements and @discordjs/voice in one call, in both directions.

The client is the published package, unmodified; it talks to the stand-in over
TLS, because it knows nothing else, and so do the elements. What arrives must be
what was sent: every Opus packet, in order, byte for byte.
"""

import base64
import sys
import tempfile
import unittest
from pathlib import Path

from certificates import make_certificate
from harness import Gst, Pipeline, where
from media import make_file
from oggopus import read_opus_packets, without_silence_tail
from publicclient import Client
from standin import StandIn

MODES = ('aead_aes256_gcm_rtpsize', 'aead_xchacha20_poly1305_rtpsize')


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
