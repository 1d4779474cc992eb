#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what .editorconfig and CONTRIBUTING.md ask of every tracked file."""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
MAX_LINES = 700

SOURCES = {'.c', '.h', '.py', '.sh', '.js', '.mjs', '.build'}
SOURCE_NAMES = {'run', 'meson.build', 'meson_options.txt'}
# Data and text that other rules made: not ours to reformat.
GENERATED = re.compile(
    r'^(COPYING|tests/vectors/|tests/fuzz/corpus/|tests/interop/package-lock)')
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')


def tracked_files():
    out = subprocess.run(['git', 'ls-files', '-z'], cwd=TOP, check=True,
                         stdout=subprocess.PIPE).stdout
    return [name for name in out.decode().split('\0') if name]


def is_source(path):
    return path.suffix in SOURCES or path.name in SOURCE_NAMES


def problems(name):
    path = TOP / name
    if GENERATED.match(name) or not path.is_file():
        return
    data = path.read_bytes()
    if b'\0' in data:
        yield 0, 'binary file outside tests/vectors and tests/fuzz/corpus'
        return
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        yield 0, 'not UTF-8'
        return
    lines = text.split('\n')
    if text and not text.endswith('\n'):
        yield len(lines), 'no newline at the end'
    if is_source(path):
        if LICENCE not in '\n'.join(lines[:3]):
            yield 1, f'no "{LICENCE}" at the top'
        if len(lines) - 1 > MAX_LINES:
            yield len(lines), f'longer than {MAX_LINES} lines: two ideas'
    for number, line in enumerate(lines, 1):
        if line.endswith((' ', '\t', '\r')):
            yield number, 'white space at the end of the line'
        if '\t' in line:
            yield number, 'a tab'
        if UNFINISHED.search(line):
            yield number, 'unfinished'


def main():
    failed = False
    for name in tracked_files():
        for line, what in problems(name):
            print(f'{name}:{line}: {what}')
            failed = True
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
