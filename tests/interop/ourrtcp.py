# SPDX-License-Identifier: LGPL-2.1-or-later
"""RTCP and retransmissions of ours: what the elements call, in a program."""

import json
import os
import subprocess


def _run(*arguments):
    return subprocess.run(
        [os.environ['GST_DISCORD_RTCP_TOOL'], *map(str, arguments)],
        check=True, stdout=subprocess.PIPE, text=True).stdout


def write(kind, *arguments):
    """`kind`: nack, pli, rr or cname, see rtcptool.c."""
    return bytes.fromhex(_run(kind, *arguments))


def read(data):
    """What is in the packets of a compound."""
    return json.loads(_run('read', data.hex()))


def retransmit(packet, pt, sequence, ssrc):
    return bytes.fromhex(_run('rtx', packet.hex(), pt, sequence, ssrc))
