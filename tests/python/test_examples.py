#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every example, in a call with somebody who talks where that matters."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from certificates import make_certificate
from harness import Pipeline, where
from media import make_file
from oggopus import read_opus_packets
from standin import (CHANNEL, GUILD, PATIENCE, StandIn, end_with_parent,
                     user_of)

EXAMPLES = Path(__file__).resolve().parents[2] / 'examples'
PROGRAMS = Path(os.environ['GST_DISCORD_EXAMPLES'])
OTHER_GUILD = str(int(GUILD) + 1)
TALK = ('audiotestsrc is-live=true ! audioconvert ! '
        'discordvoicesink name=talker {}')
CAMERA = ('videotestsrc is-live=true ! '
          'video/x-raw,width=160,height=120,framerate=15/1 ! '
          'vp8enc deadline=1 ! camera.video '
          'audiotestsrc is-live=true ! audioconvert ! '
          'discordvoicesink name=camera account-type=user '
          'codecs=video/x-vp8 {}')
SHOW = ('videotestsrc is-live=true ! '
        'video/x-raw,width=160,height=120,framerate=15/1 ! '
        'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=300 ! '
        'video/x-h264,profile=constrained-baseline,stream-format=byte-stream ! '
        'streamer.video audiotestsrc is-live=true ! audioconvert ! '
        'discordvoicesink name=streamer account-type=user go-live=true '
        'codecs=video/x-h264 {}')
WATCH = ('discordvoicesrc name=viewer account-type=user codecs=video/x-h264 '
         'stream-user={} {} ! h264parse ! avdec_h264 ! appsink name=pictures '
         'caps=video/x-raw,width=160,height=120 async=false')
SEE = ('discordvoicesrc name=viewer account-type=user stream-user={} {} ! {} ! '
       'appsink name=pictures async=false')
# Longer than it takes to join a stream.
FILM = ('videotestsrc num-buffers=300 ! '
        'video/x-raw,width=160,height=90,framerate=30/1 ! vp8enc deadline=1 ! '
        'webmmux name=film audiotestsrc num-buffers=500 samplesperbuffer=960 ! '
        'audio/x-raw,rate=48000 ! audioconvert ! opusenc ! film. '
        'film. ! filesink location={}')
ENOUGH = 1000


class Example:
    """A running example."""

    def __init__(self, folder, token, *command):
        self._command = [str(word) for word in command]
        self._process = subprocess.Popen(
            self._command, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, 'DISCORD_TOKEN': token},
            preexec_fn=end_with_parent)

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def finish(self):
        try:
            output, _ = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, _ = self._process.communicate()
            raise AssertionError(f'{self._command} does not end:\n{output}')
        assert self._process.returncode == 0, f'{self._command}:\n{output}'
        return output


class Examples(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-')))
        self.tune = make_file(self.folder / 'tune.ogg')

    def start_standin(self, *options):
        self.standin = self.enterContext(StandIn(*options))
        self.gateway = f'gateway-url={self.standin.gateway_url}'

    def start_talker(self):
        before = len(self.standin.matching('voice-joined'))
        talker = self.enterContext(
            Pipeline(TALK.format(where(self.standin, 'talker'))))
        talker.play()
        talker.wait_for(
            lambda: len(self.standin.matching('voice-joined')) > before, 'join')
        return talker

    def start_listener(self, guild=GUILD, properties=''):
        """Nobody speaks to an empty channel."""
        before = len(self.standin.matching('voice-joined'))
        listener = self.enterContext(Pipeline(
            f'discordvoicesrc {where(self.standin, "listener", guild)} '
            f'{properties}'))
        listener.play()
        self.standin.wait('voice-joined', before + 1)

    def example(self, *command):
        return Example(self.folder, 'example', *command)

    def wait_for_size(self, path):
        deadline = time.monotonic() + PATIENCE
        while not path.exists() or path.stat().st_size < ENOUGH:
            self.assertLess(time.monotonic(), deadline, f'no {path}')
            time.sleep(0.05)

    def assert_spoke(self, times=1):
        self.standin.wait('speaking', times)
        self.assertEqual(self.standin.violations, [])

    def test_launch_play_file(self):
        self.start_standin()
        self.start_listener()
        self.example(EXAMPLES / 'launch' / 'play-file.sh', self.tune, GUILD,
                     CHANNEL, self.gateway).finish()
        self.assert_spoke()

    def test_launch_play_uri(self):
        self.start_standin()
        self.start_listener()
        self.example(EXAMPLES / 'launch' / 'play-uri.sh', self.tune.as_uri(),
                     GUILD, CHANNEL, self.gateway).finish()
        self.assert_spoke()

    def test_launch_talk(self):
        self.start_standin()
        self.start_talker()
        heard = self.folder / 'heard.raw'
        os.environ['AUDIO_SOURCE'] = 'audiotestsrc is-live=true'
        os.environ['AUDIO_SINK'] = f'filesink buffer-mode=2 location={heard}'
        self.addCleanup(os.environ.pop, 'AUDIO_SOURCE')
        self.addCleanup(os.environ.pop, 'AUDIO_SINK')
        example = self.example(EXAMPLES / 'launch' / 'talk.sh', GUILD, CHANNEL,
                               self.gateway)
        self.assert_spoke(2)
        self.wait_for_size(heard)
        example.interrupt()
        example.finish()

    def test_launch_record_mix(self):
        self.start_standin()
        self.start_talker()
        path = self.folder / 'mix.mka'
        example = self.example(EXAMPLES / 'launch' / 'record-mix.sh', path,
                               GUILD, CHANNEL, self.gateway)
        self.wait_for_size(path)
        example.interrupt()
        example.finish()

    def test_launch_relay(self):
        self.start_standin()
        self.start_talker()
        self.start_listener(OTHER_GUILD)
        example = self.example(EXAMPLES / 'launch' / 'relay.sh', GUILD, CHANNEL,
                               OTHER_GUILD, CHANNEL, self.gateway)
        self.assert_spoke(2)
        example.interrupt()
        example.finish()

    def test_c_play(self):
        self.start_standin()
        self.start_listener()
        output = self.example(
            PROGRAMS / 'discord-play', f'--guild={GUILD}',
            f'--channel={CHANNEL}', f'--gateway-url={self.standin.gateway_url}',
            self.tune.as_uri()).finish()
        self.assertIn('discord-state', output)
        self.assert_spoke()

    def test_c_users(self):
        self.start_standin()
        example = self.example(PROGRAMS / 'discord-users', GUILD, CHANNEL,
                               self.standin.gateway_url)
        self.standin.wait('voice-joined')
        talker = self.start_talker()
        user = talker['talker'] \
            .get_property('connection').get_property('user-id')
        self.standin.wait('speaking')
        example.interrupt()
        self.assertIn(f'{user} joined', example.finish())

    def test_python_record_per_user(self):
        self.start_standin()
        talker = self.start_talker()
        user = talker['talker'] \
            .get_property('connection').get_property('user-id')
        folder = self.folder / 'recording'
        example = self.example(
            sys.executable, EXAMPLES / 'python' / 'record_per_user.py', GUILD,
            CHANNEL, folder, self.gateway)
        self.standin.wait('voice-joined', 2)
        self.wait_for_size(folder / self.first_recording(folder))
        example.interrupt()
        example.finish()
        index = json.loads((folder / 'index.json').read_text(encoding='utf-8'))
        self.assertEqual([entry['user_id'] for entry in index], [str(user)])
        packets = read_opus_packets(folder / index[0]['file'])
        self.assertGreater(len(packets), 0)

    def test_python_record_per_user_who_is_seen(self):
        """A camera is nobody's business here, and ends no recording."""
        self.start_standin()
        camera = self.enterContext(
            Pipeline(CAMERA.format(where(self.standin, 'camera'))))
        camera.play()
        self.standin.wait('video')
        folder = self.folder / 'recording'
        example = self.example(
            sys.executable, EXAMPLES / 'python' / 'record_per_user.py', GUILD,
            CHANNEL, folder, self.gateway)
        self.wait_for_size(folder / self.first_recording(folder))
        example.interrupt()
        example.finish()
        index = json.loads((folder / 'index.json').read_text(encoding='utf-8'))
        self.assertEqual(len(index), 1)
        self.assertGreater(
            len(read_opus_packets(folder / index[0]['file'])), 0)

    def first_recording(self, folder):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for path in sorted(folder.glob('*.ogg')):
                return path.name
            time.sleep(0.05)
        raise AssertionError('no recording')

    def test_python_voice_agent(self):
        self.start_standin()
        self.start_talker()
        example = self.example(
            sys.executable, EXAMPLES / 'python' / 'voice_agent.py', GUILD,
            CHANNEL, self.gateway)
        self.assert_spoke(2)
        example.interrupt()
        example.finish()

    def start_streamer(self):
        """A stream that is on air, and its key."""
        streamer = self.enterContext(
            Pipeline(SHOW.format(where(self.standin, 'streamer'))))
        streamer.play()
        user = self.standin.wait('stream-started')['user']
        return f'guild:{GUILD}:{CHANNEL}:{user}'

    def test_python_watch_party(self):
        """What is shown here is seen there, and ends when it ends."""
        self.start_standin()
        key = self.start_streamer()
        os.environ['DISCORD_TARGET_TOKEN'] = 'example-target'
        self.addCleanup(os.environ.pop, 'DISCORD_TARGET_TOKEN')
        example = self.example(
            sys.executable, EXAMPLES / 'python' / 'watch_party.py', key,
            f'{OTHER_GUILD}/{CHANNEL}', self.gateway)
        owner = self.standin.wait('stream-started', 2)['user']
        viewer = self.enterContext(Pipeline(WATCH.format(
            owner, where(self.standin, 'viewer', OTHER_GUILD))))
        viewer.collect('pictures')
        viewer.play()
        viewer.wait_for(lambda: viewer.collected(), 'picture')
        self.standin.act(f'stream-end:{key.split(":")[3]}')
        viewer.wait_for_eos()
        self.assertIn('is ended', example.finish())
        # Nobody talks in the channels that streams are in.
        said = [event['detail']
                for event in self.standin.matching('voice-state')]
        joins = [detail for detail in said if f'channel {CHANNEL}' in detail]
        self.assertEqual(len(joins), 4)
        for detail in joins:
            self.assertTrue(detail.endswith(' mute deaf'), detail)
        self.assertEqual(self.standin.violations, [])

    def test_python_watch_party_recorded(self):
        self.start_standin()
        key = self.start_streamer()
        path = self.folder / 'party.mkv'
        example = self.example(
            sys.executable, EXAMPLES / 'python' / 'watch_party.py', key,
            'matroskamux name=target ! filesink buffer-mode=unbuffered '
            f'location={path}', self.gateway)
        self.wait_for_size(path)
        self.standin.act(f'stream-end:{key.split(":")[3]}')
        example.finish()
        player = self.enterContext(Pipeline(
            f'filesrc location={path} ! matroskademux name=d '
            'd.video_0 ! queue ! h264parse ! avdec_h264 ! '
            'appsink name=pictures '
            'd.audio_0 ! queue ! opusdec ! fakesink'))
        player.collect('pictures')
        player.play()
        player.wait_for_eos()
        self.assertGreater(len(player.collected()), 0)

    def start_waiting_viewer(self, decoder):
        """Sees what 'example' shows as soon as it is live."""
        viewer = self.enterContext(Pipeline(SEE.format(
            user_of('example'), where(self.standin, 'viewer'), decoder)))
        viewer.collect('pictures')
        viewer.play()
        self.standin.wait('joined')
        return viewer

    def test_launch_golive_file(self):
        """To the end of the file, which is that of the stream."""
        film = self.folder / 'film.webm'
        with Pipeline(FILM.format(film)) as pipeline:
            pipeline.play()
            pipeline.wait_for_eos()
        self.start_standin()
        viewer = self.start_waiting_viewer('h264parse ! avdec_h264')
        self.example(EXAMPLES / 'launch' / 'golive-file.sh', film.as_uri(),
                     GUILD, CHANNEL, self.gateway).finish()
        viewer.wait_for_eos()
        self.assertGreater(len(viewer.collected()), 0)
        self.assertEqual(self.standin.violations, [])

    def test_launch_golive_test(self):
        self.start_standin()
        viewer = self.start_waiting_viewer('vp8dec')
        example = self.example(EXAMPLES / 'launch' / 'golive-test.sh', GUILD,
                               CHANNEL, self.gateway)
        viewer.wait_for(viewer.collected, 'picture')
        self.standin.wait('preview')
        example.interrupt()
        example.finish()
        viewer.wait_for_eos()
        self.assertEqual(self.standin.violations, [])

    def test_python_own_signaller(self):
        certificate, key = make_certificate(self.folder)
        self.start_standin('--tls-cert', certificate, '--tls-key', key)
        self.start_listener(properties=f'tls-ca-file={certificate}')
        self.example(
            sys.executable, EXAMPLES / 'python' / 'own_signaller.py', GUILD,
            CHANNEL, self.tune, self.standin.gateway_url,
            certificate).finish()
        self.assert_spoke()


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
