#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fills a folder with links to the system plugins that tests may use.

usage: link-plugins.py LIST SYSTEM_PLUGIN_FOLDER FOLDER
"""

import sys
from pathlib import Path


def wanted(path):
    for line in path.read_text(encoding='utf-8').splitlines():
        fields = line.split('#', 1)[0].split()
        if fields:
            yield fields[0], fields[1]


def main():
    listing, system, folder = (Path(a) for a in sys.argv[1:4])
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    links = {}
    for name, package in wanted(listing):
        plugin = system / f'libgst{name}.so'
        if plugin.exists():
            links[plugin.name] = plugin
        else:
            missing.append(f'{name} (Debian package {package})')
    if missing:
        print('missing GStreamer plugins: ' + ', '.join(missing),
              file=sys.stderr)
        return 1
    for old in folder.iterdir():
        if old.name not in links:
            old.unlink()
    for name, plugin in links.items():
        link = folder / name
        if not link.is_symlink() or link.readlink() != plugin:
            link.unlink(missing_ok=True)
            link.symlink_to(plugin)
    return 0


if __name__ == '__main__':
    sys.exit(main())
