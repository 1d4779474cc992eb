#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every pipeline of the README and the element pages.

Each is a real gst-launch-1.0 (or gst-play-1.0) process in a call where somebody
talks. It passes when it joined, sent when it can send, wrote every file it
names, then ended by itself or within bounds after Ctrl-C, with status 0 and
without a word of error or warning. One that joins no call must end by itself.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from documented import Runnable, all_commands
from media import make_file
from standin import CHANNEL, GUILD, PATIENCE, StandIn, end_with_parent

TOP = Path(__file__).resolve().parents[2]
TALK = ('gst-launch-1.0 -q audiotestsrc is-live=true wave=ticks ! audioconvert '
        '! opusenc ! discordvoicesink')
# Somebody is live, too.
SHOW = ('gst-launch-1.0 -q videotestsrc is-live=true ! '
        'video/x-raw,width=160,height=120,framerate=10/1 ! vp8enc deadline=1 ! '
        'queue ! sink.video audiotestsrc is-live=true ! audioconvert ! '
        'opusenc ! queue ! sink.audio discordvoicesink name=sink '
        'account-type=user go-live=true codecs=video/x-vp8')
COMPLAINT = re.compile(r'ERROR|WARNING|CRITICAL|Assertion|erroneous', re.I)
ENOUGH = 200  # bytes: more than the headers of any format used here


class Process:
    """A pipeline with its output in a file, so that no pipe fills up."""

    def __init__(self, arguments, folder, environment=None):
        self.log = tempfile.TemporaryFile('w+', dir=folder)
        self._process = subprocess.Popen(
            arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            preexec_fn=end_with_parent)

    def ended(self):
        return self._process.poll() is not None

    def _catches(self, number):
        status = Path(f'/proc/{self._process.pid}/status').read_text(
            encoding='utf-8')
        caught = re.search(r'^SigCgt:\s*([0-9a-f]+)$', status, re.M)
        return int(caught.group(1), 16) >> (number - 1) & 1

    def interrupt(self):
        """Ctrl-C. gst-launch-1.0 catches it while its loop runs: the call may be
        joined before, and what ends by itself is not done at once."""
        deadline = time.monotonic() + PATIENCE
        while not self.ended() and time.monotonic() < deadline:
            # Held, so that it does not end between the look and the signal.
            self._process.send_signal(signal.SIGSTOP)
            ready = self._catches(signal.SIGINT)
            if ready:
                self._process.send_signal(signal.SIGINT)
            self._process.send_signal(signal.SIGCONT)
            if ready:
                return
            time.sleep(0.01)

    def finish(self):
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            status = 'killed: it did not end'
        self.log.seek(0)
        text = self.log.read()
        self.log.close()
        return status, text


class DocumentedPipelines(unittest.TestCase):
    """One test per command; they are added below."""

    @classmethod
    def setUpClass(cls):
        cls.standin = cls.enterClassContext(StandIn())
        cls.folder = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='gst-discord-'))
        where = [f'gateway-url={cls.standin.gateway_url}', f'guild-id={GUILD}',
                 f'channel-id={CHANNEL}']
        for line, token in (TALK, 'talker'), (SHOW, 'streamer'):
            process = Process([*line.split(), *where], cls.folder,
                              {'DISCORD_TOKEN': token})
            cls.addClassCleanup(process.finish)
            cls.addClassCleanup(process.interrupt)
        # They begin as soon as somebody is there to hear or see it.
        cls.streamer = cls.standin.wait('stream-started')['user']
        cls.standin.wait('voice-joined', 3)

    def evidence_missing(self, runnable, folder, before):
        if not runnable.joins:
            return 'it did not end by itself'
        users = [e['user'] for e in self.standin.matching('identify')[before:]]
        if not users:
            return 'it did not log in'
        user = users[0]
        if not self.standin.matching('voice-joined', user):
            return 'it did not join'
        if runnable.sends and not (self.standin.matching('speaking', user)
                                   or self.standin.matching('video', user)):
            return 'it neither spoke nor showed anything'
        for name in runnable.outputs:
            path = folder / name
            if not path.exists() or path.stat().st_size < ENOUGH:
                return f'it wrote nothing to {name}'
        return None

    def run_command(self, command, token):
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            runnable = Runnable(command, self.standin, GUILD, CHANNEL,
                                self.streamer,
                                lambda file: make_file(folder / file))
            before = len(self.standin.matching('identify'))
            process = Process(runnable.arguments, folder,
                              {**runnable.environment, 'DISCORD_TOKEN': token})
            deadline = time.monotonic() + PATIENCE
            while not process.ended() and time.monotonic() < deadline and \
                    self.evidence_missing(runnable, folder, before):
                time.sleep(0.05)
            missing = None
            if runnable.joins or not process.ended():
                missing = self.evidence_missing(runnable, folder, before)
            process.interrupt()
            status, output = process.finish()
        shown = f'{command}\nran as {" ".join(runnable.arguments)}\n{output}'
        self.assertEqual(status, 0, shown)
        self.assertIsNone(missing, shown)
        self.assertIsNone(COMPLAINT.search(output), shown)


def add_tests():
    for number, command in enumerate(all_commands(TOP)):
        def test(self, command=command, token=f'reader-{number}'):
            self.run_command(command, token)
        test.__doc__ = repr(command)
        page = re.sub(r'\W+', '_', command.page.rsplit('/', 1)[-1])
        setattr(DocumentedPipelines, f'test_{page}_{number:02d}', test)


add_tests()

if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
