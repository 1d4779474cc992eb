# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads gtk-doc comments out of C sources."""

import re

BLOCK = re.compile(r'/\*\*\n(.*?)\n? *\*/', re.S)
PARAMETER = re.compile(r'^@([\w-]+|\.\.\.):\s*(.*)$')
TAG = re.compile(r'^(Since|Returns|Deprecated|Stability):\s*(.*)$')
EXAMPLE = re.compile(r'\|\[(.*?)\]\|', re.S)


class Comment:
    """One comment: its identifier, @parameters, body and tags."""

    def __init__(self, identifier, lines, file):
        self.identifier = identifier
        self.file = file
        self.params = []
        self.tags = {}
        self.body = self._parse(lines)

    def _parse(self, lines):
        body = []
        target = None
        example = False
        for line in lines:
            example = (example or '|[' in line) and ']|' not in line
            parameter = None if example or body else PARAMETER.match(line)
            tag = None if example else TAG.match(line)
            if parameter:
                self.params.append([parameter.group(1), parameter.group(2)])
                target = 'param'
            elif tag:
                self.tags[tag.group(1)] = tag.group(2)
                target = tag.group(1)
            elif not line.strip():
                target = None
                if body:
                    body.append('')
            elif target == 'param':
                self.params[-1][1] += ' ' + line.strip()
            elif target:
                self.tags[target] += ' ' + line.strip()
            else:
                body.append(line)
        return '\n'.join(body).strip('\n')

    def param(self, name):
        for key, text in self.params:
            if key == name:
                return text
        return None

    @property
    def short_description(self):
        return self.param('short_description')

    @property
    def since(self):
        return self.tags.get('Since')

    @property
    def returns(self):
        return self.tags.get('Returns')


class Comments:
    """Every gtk-doc comment of the C files below some folders."""

    def __init__(self, top, folders):
        self._found = {}
        for folder in folders:
            for path in sorted((top / folder).rglob('*.[ch]')):
                self._read(path, path.relative_to(top).as_posix())

    def _read(self, path, name):
        for match in BLOCK.finditer(path.read_text(encoding='utf-8')):
            lines = [re.sub(r'^ \* ?', '', line)
                     for line in match.group(1).split('\n')]
            identifier = lines[0].strip().rstrip(':')
            self._found.setdefault(identifier,
                                   Comment(identifier, lines[1:], name))

    def find(self, identifier):
        return self._found.get(identifier)


def _inline(text):
    text = re.sub(r'(?<!\w)[#%](\w[\w:-]*)', r'`\1`', text)
    text = re.sub(r'(?<![\w`])@(\w+)', r'`\1`', text)
    return re.sub(r'(?<!`)\b(\w+) \(\)', r'`\1()`', text)


def to_markdown(text):
    """gtk-doc's own marks as Markdown; examples become code blocks."""
    parts = EXAMPLE.split(text)
    out = []
    for index, part in enumerate(parts):
        if index % 2:
            code = re.sub(r'^ *<!-- language.*?-->', '', part).strip('\n')
            out.append('\n```\n' + code + '\n```\n')
        else:
            out.append(_inline(part.lstrip(' ')))
    return re.sub(r'\n{3,}', '\n\n', ''.join(out)).strip('\n')
