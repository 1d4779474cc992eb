# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the media files that tests read."""

import subprocess
from pathlib import Path

TONE = 'audiotestsrc num-buffers=100 samplesperbuffer=960'
SOUND = f'{TONE} ! audio/x-raw,rate=48000,channels=2 ! audioconvert'
ENCODE = {
    '.ogg': f'{SOUND} ! opusenc ! oggmux',
    '.opus': f'{SOUND} ! opusenc ! oggmux',
    '.webm': f'{SOUND} ! opusenc ! webmmux',
    '.mka': f'{SOUND} ! opusenc ! matroskamux',
    '.mkv': f'{SOUND} ! opusenc ! matroskamux',
    '.wav': f'{SOUND} ! wavenc',
}


def make_file(path):
    """Two seconds of sound in the format the name's ending promises; files of
    other kinds are only named. Returns the path."""
    path = Path(path)
    encode = ENCODE.get(path.suffix)
    if encode and not path.exists():
        subprocess.run(
            ['gst-launch-1.0', '-q', *encode.split(), '!', 'filesink',
             f'location={path}'], check=True)
    return path
