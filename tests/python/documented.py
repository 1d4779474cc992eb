# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the pipelines that the documentation shows, and makes them runnable.

What stands for something of the reader's is replaced, the rest runs as it is
written:

- elements that join a call get the stand-in's gateway-url; guild-id and
  channel-id get the stand-in's ids, also inside discord:// URIs, and stream-user
  that of somebody who is live;
- microphones become a test tone, loudspeakers become a file that grows;
- files that are read are made, with the format their names promise; files that
  are written go into the test's own folder;
- http(s) URIs become the URI of such a file.
"""

import re
import shlex
from pathlib import Path

JOINING = {'discordvoicesrc', 'discordvoicesink', 'discordrtpbin',
           'discordtransport'}
MICROPHONES = {'autoaudiosrc', 'pulsesrc', 'alsasrc', 'jackaudiosrc',
               'pipewiresrc'}
LOUDSPEAKERS = {'autoaudiosink', 'pulsesink', 'alsasink', 'jackaudiosink',
                'pipewiresink'}
# Of a filesink: what it got can be seen at once.
UNBUFFERED = 'buffer-mode=unbuffered'
PLAYERS = ('gst-launch-1.0', 'gst-play-1.0')
BLOCK = re.compile(r'^```\w*\n(.*?)^```$', re.M | re.S)
ASSIGNMENT = re.compile(r'^[A-Z][A-Z0-9_]*=')
ELEMENT = re.compile(r'^[a-z][a-z0-9]*$')
URI = re.compile(r'^(uri=)?(https?://\S+|file:///\S+)$')
DISCORD_URI = re.compile(r'^(uri=)?discord://[^?]*(.*)$')


class Command:
    """One shown command."""

    def __init__(self, page, text):
        self.page = page
        self.text = text

    def __repr__(self):
        return f'{self.page}: {self.text}'


def commands(path, name):
    """The commands in the code blocks of a Markdown page."""
    for block in BLOCK.findall(path.read_text(encoding='utf-8')):
        for line in block.replace('\\\n', ' ').split('\n'):
            words = line.split()
            if any(player in words for player in PLAYERS):
                yield Command(name, ' '.join(words))


def all_commands(top):
    pages = sorted((top / 'docs' / 'plugins').glob('*.md'))
    for path in [top / 'README.md', *pages]:
        yield from commands(path, path.relative_to(top).as_posix())


class Runnable:
    """A command with the reader's things replaced."""

    def __init__(self, command, standin, guild, channel, streamer, make_file):
        self.environment = {}
        self.arguments = []
        self.inputs = []
        self.outputs = []
        self.joins = False
        self.sends = False
        self._standin = standin
        self._ids = {'guild-id': guild, 'channel-id': channel,
                     'stream-user': streamer}
        self._make_file = make_file
        self._element = None
        for word in shlex.split(command.text):
            self._take(word)

    def _take(self, word):
        if not self.arguments and ASSIGNMENT.match(word):
            name, value = word.split('=', 1)
            self.environment[name] = value
        elif ELEMENT.match(word) and not word.isdigit():
            self._take_element(word)
        else:
            self.arguments.append(self._replace(word))

    def _take_element(self, name):
        self._element = name
        self.joins = self.joins or name in JOINING
        self.sends = self.sends or name == 'discordvoicesink'
        if name in MICROPHONES:
            self.arguments += ['audiotestsrc', 'is-live=true']
        elif name in LOUDSPEAKERS:
            output = f'loudspeaker-{len(self.outputs)}.raw'
            self.outputs.append(output)
            self.arguments += ['filesink', 'sync=true', UNBUFFERED,
                               f'location={output}']
        else:
            self.arguments.append(name)
            if name == 'filesink':
                self.arguments.append(UNBUFFERED)
            if name in JOINING:
                self.arguments.append(
                    f'gateway-url={self._standin.gateway_url}')

    def _replace(self, word):
        name, _, value = word.partition('=')
        if name in self._ids:
            return f'{name}={self._ids[name]}'
        if name == 'gateway-url':
            return f'{name}={self._standin.gateway_url}'
        if name == 'location':
            self._take_file(value)
        if name == 'token-file':
            Path(self._make_file(value)).write_text('documented\n',
                                                    encoding='utf-8')
        if DISCORD_URI.match(word):
            return self._replace_discord_uri(word)
        match = URI.match(word)
        if match:
            made = Path(self._make_file(Path(match.group(2)).name))
            return (match.group(1) or '') + made.as_uri()
        return word

    def _take_file(self, name):
        if self._element and self._element.endswith('src'):
            self.inputs.append(name)
            self._make_file(name)
        else:
            self.outputs.append(name)

    def _replace_discord_uri(self, word):
        self.joins = True
        prefix, query = DISCORD_URI.match(word).groups()
        extra = f'gateway-url={self._standin.gateway_url}'
        query = f'{query}&{extra}' if query else f'?{extra}'
        return (f'{prefix or ""}discord://{self._ids["guild-id"]}/'
                f'{self._ids["channel-id"]}{query}')
