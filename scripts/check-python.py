#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles every tracked Python file without leaving anything behind."""

import subprocess
import sys
import warnings
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def main():
    names = subprocess.run(['git', 'ls-files', '-z', '--', '*.py'], cwd=TOP,
                           check=True, stdout=subprocess.PIPE).stdout
    failed = False
    # An invalid escape or a comparison with a literal is a mistake as well.
    warnings.simplefilter('error')
    for name in filter(None, names.decode().split('\0')):
        path = TOP / name
        if not path.exists():
            continue
        try:
            compile(path.read_bytes(), name, 'exec')
        except (SyntaxError, ValueError, Warning) as error:
            print(f'{name}: {error}')
            failed = True
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
