#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the benchmarks of a build directory one after the other.

usage: run-bench.py BUILD [NAME...]

Their rows, one JSON object a line, go to stdout; what else they print goes to
stderr. The exit status is 1 when a program failed or printed no row.
"""

import json
import os
import subprocess
import sys


def benchmarks(build):
    out = subprocess.run(['meson', 'introspect', build, '--benchmarks'],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)


def run(entry):
    name = entry['name']
    print(f'==> {name}', file=sys.stderr, flush=True)
    process = subprocess.Popen(entry['cmd'], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, **entry['env']},
                               cwd=entry.get('workdir'))
    rows = 0
    for line in process.stdout:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict) and 'bench' in row:
            print(line, end='', flush=True)
            rows += 1
        else:
            print(f'    {line}', end='', file=sys.stderr)
    status = process.wait()
    if status != 0 or rows == 0:
        print(f'{name}: status {status}, {rows} rows', file=sys.stderr)
    return status == 0 and rows > 0


def main():
    if len(sys.argv) < 2:
        raise SystemExit('usage: run-bench.py BUILD [NAME...]')
    chosen = [e for e in benchmarks(sys.argv[1])
              if len(sys.argv) == 2 or e['name'] in sys.argv[2:]]
    if not chosen:
        raise SystemExit('run-bench: no such benchmark')
    results = [run(entry) for entry in chosen]
    return 0 if all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
