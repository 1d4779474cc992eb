#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it takes to run the plugins: nothing but the distribution's libraries."""

import os
import pathlib
import subprocess
import unittest

OURS = 'libgstdiscord-1.0.so'


def plugins():
    for folder in os.environ['GST_PLUGIN_PATH'].split(':'):
        yield from pathlib.Path(folder).rglob('libgst*.so')


def linked(path):
    """The files of all libraries that the loader takes with the one at path."""
    out = subprocess.run(['ldd', path], check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        name, _, rest = line.strip().partition(' => ')
        if rest:
            yield name, rest.rsplit(' (', 1)[0]


def owner(path):
    """The Debian package of a file; /lib and /usr/lib are one since Debian 12,
    and dpkg knows a file by either."""
    real = os.path.realpath(path)
    for name in (real, real.removeprefix('/usr'), path,
                 path.removeprefix('/usr')):
        found = subprocess.run(['dpkg', '-S', name], capture_output=True,
                               text=True)
        if found.returncode == 0:
            return found.stdout.split(':')[0]
    return None


class Install(unittest.TestCase):
    def test_pain_23_libraries_of_the_distribution_only(self):
        found = list(plugins())
        self.assertEqual(sorted(p.name for p in found),
                         ['libgstdiscordrtp.so', 'libgstdiscordvoice.so'])
        for plugin in found:
            for name, path in linked(plugin):
                if name.startswith(OURS):
                    continue
                self.assertIsNotNone(owner(path), f'{plugin.name}: {path}')


if __name__ == '__main__':
    unittest.main()
