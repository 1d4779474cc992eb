#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up what the test programs of one or more meson test runs reported.

Each argument is NAME=FILE, FILE being a JSON log of `meson test`. Counted are
the single tests inside the programs where a program says how many it ran
(GstCheck and Python's unittest do), otherwise the program as one test. The last
line is "N passed, N failed, N skipped"; the exit status is 1 when anything
failed or was skipped: a test that cannot run where it should is not a pass.
"""

import json
import re
import sys

CHECK = re.compile(
    r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)
UNITTEST = re.compile(r'^Ran (\d+) tests? in ', re.M)
UNITTEST_END = re.compile(r'^(?:OK|FAILED)(?: \((.*)\))?$', re.M)
PASSES = {'OK', 'EXPECTEDFAIL'}


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = passed
        self.failed = failed
        self.skipped = skipped

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self):
        return (f'{self.passed} passed, {self.failed} failed, '
                f'{self.skipped} skipped')


def count_check(output):
    runs = [tuple(map(int, m)) for m in CHECK.findall(output)]
    if not runs:
        return None
    total = sum(r[0] for r in runs)
    failed = sum(r[1] + r[2] for r in runs)
    return Count(total - failed, failed)


def count_unittest(output):
    ran = UNITTEST.search(output)
    end = UNITTEST_END.search(output)
    if ran is None or end is None:
        return None
    notes = dict(re.findall(r'(\w[\w ]*)=(\d+)', end.group(1) or ''))
    failed = int(notes.get('failures', 0)) + int(notes.get('errors', 0))
    skipped = int(notes.get('skipped', 0))
    # A class that cannot be set up fails without having run a test.
    passed = max(0, int(ran.group(1)) - failed - skipped)
    return Count(passed, failed, skipped)


def count_program(entry):
    result = entry['result']
    output = entry.get('stdout', '') + '\n' + entry.get('stderr', '')
    if result == 'SKIP':
        return Count(skipped=1)
    count = count_check(output) or count_unittest(output)
    if count is None:
        return Count(passed=1) if result in PASSES else Count(failed=1)
    if result not in PASSES and count.failed == 0:
        # Timed out or crashed before, between or after its tests.
        count.failed = 1
    return count


def main():
    total = Count()
    programs = 0
    for argument in sys.argv[1:]:
        name, path = argument.split('=', 1)
        run = Count()
        with open(path, encoding='utf-8') as log:
            for line in log:
                entry = json.loads(line)
                programs += 1
                count = count_program(entry)
                run += count
                if count.failed or count.skipped:
                    print(f'{name}: {entry["name"]}: {count}')
        print(f'{name}: {run}')
        total += run
    print(f'{total.passed + total.failed + total.skipped} tests in '
          f'{programs} test programs')
    print(total)
    return 1 if total.failed or total.skipped or not total.passed else 0


if __name__ == '__main__':
    sys.exit(main())
