#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes tables of benchmark rows (one JSON object a line).

usage: bench-table.py [--json FILE] [--update-docs FILE] ROWS

Rows with the same "bench" share a table, whose columns are their other keys in
the order of appearance. --update-docs replaces these tables between the two
marker comments of a Markdown page, and leaves the others that are there.
"""

import argparse
import datetime
import json
import os
import platform
import re
import sys
from pathlib import Path

BEGIN = '<!-- bench: begin -->'
END = '<!-- bench: end -->'


def read_rows(path):
    rows = []
    for line in Path(path).read_text(encoding='utf-8').splitlines():
        if line.strip():
            rows.append(json.loads(line))
    return rows


def cell(value):
    if value is None:
        return '-'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, float):
        return f'{value:.3g}' if abs(value) < 100 else f'{value:.0f}'
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return str(value)


def tables(rows):
    names = dict.fromkeys(row['bench'] for row in rows)
    for name in names:
        chosen = [row for row in rows if row['bench'] == name]
        columns = list(dict.fromkeys(
            key for row in chosen for key in row if key != 'bench'))
        yield name, columns, [[cell(row.get(c)) for c in columns]
                              for row in chosen]


def is_number(text):
    return re.fullmatch(r'-?[\d.]+(e[+-]?\d+)?|-', text) is not None


def print_text(rows):
    for name, columns, lines in tables(rows):
        width = [max(map(len, column)) for column in zip(columns, *lines)]
        print(f'\n{name}\n')
        print('  ' + '  '.join(c.ljust(w) for c, w in zip(columns, width)))
        for line in lines:
            print('  ' + '  '.join(
                c.rjust(w) if is_number(c) else c.ljust(w)
                for c, w in zip(line, width)))


def machine():
    cpu = platform.processor() or platform.machine()
    try:
        info = Path('/proc/cpuinfo').read_text(encoding='utf-8')
        found = re.search(r'^model name\s*:\s*(.+)$', info, re.M)
        cpu = found.group(1) if found else cpu
    except OSError:
        pass
    return {
        'cpu': cpu,
        'cores': os.cpu_count(),
        'kernel': f'{platform.system()} {platform.release()}',
        'date': datetime.date.today().isoformat(),
    }


def markdown(columns, lines, where):
    yield ''
    yield (f'Measured {where["date"]} on {where["cpu"]} ({where["cores"]} '
           f'cores), {where["kernel"]}.')
    yield ''
    yield '| ' + ' | '.join(columns) + ' |'
    yield '|' + '|'.join(
        '---:' if all(is_number(line[i]) for line in lines) else '---'
        for i in range(len(columns))) + '|'
    for line in lines:
        yield '| ' + ' | '.join(c.replace('|', '\\|') for c in line) + ' |'


def read_sections(body):
    """By heading, in their order."""
    parts = re.split(r'^### (.+)$', body, flags=re.M)
    return dict(zip(parts[1::2], (text.strip('\n') for text in parts[2::2])))


def update_page(path, rows, where):
    text = path.read_text(encoding='utf-8')
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f'{path}: wants one "{BEGIN}" and one "{END}"')
    head, rest = text.split(BEGIN)
    body, tail = rest.split(END)
    sections = read_sections(body)
    for name, columns, lines in tables(rows):
        sections[name] = '\n'.join(markdown(columns, lines, where)).strip('\n')
    body = '\n\n'.join(f'### {name}\n\n{section}'
                       for name, section in sections.items())
    path.write_text(f'{head}{BEGIN}\n{body}\n{END}{tail}', encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('rows', help='file with one JSON object a line')
    parser.add_argument('--json', type=Path, help='where the rows are kept')
    parser.add_argument('--update-docs', type=Path, metavar='PAGE')
    options = parser.parse_args()

    rows = read_rows(options.rows)
    if not rows:
        raise SystemExit('bench-table: no rows')
    where = machine()
    print_text(rows)
    if options.json:
        options.json.write_text(
            json.dumps({'machine': where, 'rows': rows}, indent=1) + '\n',
            encoding='utf-8')
    if options.update_docs:
        update_page(options.update_docs, rows, where)
    return 0


if __name__ == '__main__':
    sys.exit(main())
