#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends music through the stand-in of Discord and compares what comes back.

Run by ./run demo, which builds what this needs and sets the environment.
"""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

from oggopus import read_opus_packets
from standin import CHANNEL, GUILD, PATIENCE, StandIn, end_with_parent

SCRIPTS = Path(__file__).resolve().parent
SENT = 'tune.ogg'
RECEIVED = 'received.ogg'


def start(folder, token, command):
    """A process as a person would start it, and the line for that person."""
    print(f'\n  DISCORD_TOKEN={token} {command}\n', flush=True)
    return subprocess.Popen(shlex.split(command), cwd=folder,
                            env={**os.environ, 'DISCORD_TOKEN': token},
                            preexec_fn=end_with_parent,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def finish(process, what, seconds):
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        raise SystemExit(f'the {what} did not end:\n{output}')
    if process.returncode != 0:
        raise SystemExit(f'the {what} failed:\n{output}')


def transfer(folder):
    """Plays SENT through the stand-in into RECEIVED; returns violations."""
    with StandIn() as standin:
        where = (f'gateway-url={standin.gateway_url} guild-id={GUILD} '
                 f'channel-id={CHANNEL}')
        print('The stand-in of Discord listens at '
              f'{standin.gateway_url}\n\nThe receiver joins first:')
        receiver = start(
            folder, 'receiver', f'gst-launch-1.0 -e discordvoicesrc {where} ! '
            f'opusparse ! oggmux ! filesink location={RECEIVED}')
        standin.wait('voice-joined')

        seconds = len(read_opus_packets(folder / SENT)) / 50
        print(f'Then {seconds:.0f} s of music are sent, in real time:')
        sender = start(
            folder, 'sender', f'gst-launch-1.0 filesrc location={SENT} ! '
            f'oggdemux ! opusparse ! discordvoicesink {where}')
        finish(sender, 'sender', seconds + PATIENCE)
        # Its stream ends when the sender leaves, and with it the recording.
        finish(receiver, 'receiver', PATIENCE)
        return standin.violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folder', type=Path, help='where the files go')
    parser.add_argument('--spectrogram', action='store_true',
                        help='draw what was sent and received, compare.png')
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    tune = options.folder / SENT
    received = options.folder / RECEIVED
    if not tune.exists():
        part = tune.with_suffix('.part')
        subprocess.run([SCRIPTS / 'make-tune.py', part], check=True)
        part.rename(tune)
    received.unlink(missing_ok=True)

    violations = transfer(options.folder)
    result = subprocess.run([SCRIPTS / 'compare-opus.py', tune, received],
                            check=False).returncode
    for violation in violations:
        print(f'protocol violation: {violation}')
    print(f'sent     {tune}\nreceived {received}')
    if options.spectrogram:
        picture = options.folder / 'compare.png'
        subprocess.run([SCRIPTS / 'spectrogram.py', picture, tune, received],
                       check=True)
        print(f'spectrograms {picture} (sent above, received below)')
    return 1 if result or violations else 0


if __name__ == '__main__':
    sys.exit(main())
