#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/plugins/<element>.md for every element of our plugins.

What the registry knows (pads, properties, signals) is joined with the gtk-doc
comments of the sources. Run it where the registry holds the elements of this
tree: ./run devenv scripts/gen-plugin-docs.py

With --check nothing is written; the exit status is 1 when a page is stale, is
missing, is there for an element that is not, or shows less than two pipelines.
"""

import argparse
import re
import sys
from pathlib import Path

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GObject, Gst  # noqa: E402

from gtkdoc import Comments, to_markdown  # noqa: E402

TOP = Path(__file__).resolve().parent.parent
PAGES = TOP / 'docs' / 'plugins'
SOURCES = ('gst', 'ext')
PLUGINS = ('discordvoice', 'discordrtp')
MIN_PIPELINES = 2
PIPELINE = re.compile(
    r'^```\n(?:(?!```).*\n)*?.*gst-(?:launch|play)-1\.0', re.M)

MUTABLE = (
    (Gst.PARAM_MUTABLE_PLAYING, 'in any state'),
    (Gst.PARAM_MUTABLE_PAUSED, 'up to PAUSED'),
    (Gst.PARAM_MUTABLE_READY, 'up to READY'),
)
RANKS = ((256, 'primary'), (128, 'secondary'), (64, 'marginal'), (0, 'none'))
TYPE_NAMES = {
    'gchararray': 'string',
    'gboolean': 'boolean',
    'guint': 'unsigned integer',
    'gint': 'integer',
    'guint64': '64-bit unsigned integer',
    'gint64': '64-bit integer',
    'gdouble': 'double',
    'gfloat': 'float',
    'GStrv': 'array of strings',
    'void': 'nothing',
}
LIMITS = {
    'guint': (0, 2 ** 32 - 1),
    'gint': (-2 ** 31, 2 ** 31 - 1),
    'guint64': (0, 2 ** 64 - 1),
    'gint64': (-2 ** 63, 2 ** 63 - 1),
}


def type_name(gtype):
    return TYPE_NAMES.get(gtype.name, f'`{gtype.name}`')


def ancestry(gtype):
    chain = [gtype]
    while chain[-1].parent != GObject.TYPE_INVALID:
        chain.append(chain[-1].parent)
    return chain[::-1]


def is_ours(gtype, element_type):
    """Own classes and interfaces we implement, but no GStreamer base class."""
    return (gtype == element_type or gtype.name.startswith('GstDiscord')
            or gtype.is_interface())


def enum_rows(pspec):
    values = getattr(pspec, 'enum_class', None) or getattr(
        pspec, 'flags_class', None)
    if values is None:
        return []
    table = getattr(values, '__enum_values__', None) or getattr(
        values, '__flags_values__', {})
    return [(int(number), value) for number, value in sorted(table.items())]


def default_text(pspec):
    kind = pspec.value_type
    value = getattr(pspec, 'default_value', None)
    if kind.is_a(GObject.TYPE_ENUM):
        return f'`{value.value_nick}`'
    if kind.is_a(GObject.TYPE_FLAGS):
        return '`' + ('+'.join(value.value_nicks) or 'none') + '`'
    if value is None:
        return 'none'
    if kind == GObject.TYPE_BOOLEAN:
        return 'true' if value else 'false'
    if kind == GObject.TYPE_STRING:
        return f'`{value}`' if value else 'the empty string'
    return str(value)


def range_text(pspec):
    low = getattr(pspec, 'minimum', None)
    high = getattr(pspec, 'maximum', None)
    limits = LIMITS.get(pspec.value_type.name)
    if low is None or high is None:
        return None
    if limits == (low, high):
        return None
    if limits and high == limits[1]:
        return f'{low} or more'
    return f'{low} to {high}'


def access_text(pspec):
    flags = pspec.flags
    words = []
    if flags & GObject.ParamFlags.READABLE:
        words.append('readable')
    if flags & GObject.ParamFlags.WRITABLE:
        words.append('writable')
    text = ' and '.join(words) if len(words) > 1 else f'{words[0]} only'
    if flags & GObject.ParamFlags.CONSTRUCT_ONLY:
        return text + ', at construction'
    if flags & GObject.ParamFlags.WRITABLE:
        when = [name for bit, name in MUTABLE if int(flags) & bit]
        if when:
            text += f', {when[0]}'
    if int(flags) & Gst.PARAM_CONTROLLABLE:
        text += ', controllable'
    return text


def property_lines(pspec, owner, comments):
    facts = [type_name(pspec.value_type)]
    if pspec.flags & GObject.ParamFlags.READABLE and \
            pspec.flags & GObject.ParamFlags.WRITABLE or \
            getattr(pspec, 'default_value', None) is not None:
        facts.append(f'default {default_text(pspec)}')
    limits = range_text(pspec)
    if limits:
        facts.append(limits)
    facts.append(access_text(pspec))
    yield f'### {pspec.name}'
    yield ''
    yield ' · '.join(facts)
    yield ''
    blurb = (pspec.blurb or '').strip()
    if blurb:
        yield blurb if blurb.endswith('.') else blurb + '.'
        yield ''
    comment = comments.find(f'{owner.name}:{pspec.name}')
    if comment:
        yield from text_block(comment)
    rows = enum_rows(pspec)
    if rows:
        yield '| nick | value | name |'
        yield '|---|---|---|'
        for number, value in rows:
            nick = getattr(value, 'value_nick', None) or \
                '+'.join(value.value_nicks)
            name = getattr(value, 'value_name', None) or \
                '+'.join(value.value_names)
            yield f'| `{nick}` | {number} | {name} |'
        yield ''


def text_block(comment):
    text = to_markdown(comment.body)
    if text:
        yield text
        yield ''
    if comment.since:
        yield f'Since: {comment.since}'
        yield ''


def signal_lines(query, name, owner, comments):
    comment = comments.find(f'{owner.name}::{name}')
    names = [p for p, _ in comment.params][1:] if comment else []
    arguments = []
    for index, gtype in enumerate(query.param_types):
        label = names[index] if index < len(names) else f'arg{index}'
        arguments.append(f'{label}: {type_name(gtype)}')
    yield f'### {name}'
    yield ''
    yield f'({", ".join(arguments)}) → {type_name(query.return_type)}'
    yield ''
    if comment:
        for parameter, text in comment.params[1:]:
            yield f'- `{parameter}`: {to_markdown(text)}'
        if len(comment.params) > 1:
            yield ''
        yield from text_block(comment)
        if comment.returns:
            yield f'Returns: {to_markdown(comment.returns)}'
            yield ''


def own_signals(gtype):
    for owner in ancestry(gtype):
        if not is_ours(owner, gtype):
            continue
        for name in sorted(GObject.signal_list_names(owner)):
            yield name, owner, GObject.signal_query(name, owner)


def own_properties(instance):
    gtype = instance.__gtype__
    found = [p for p in instance.list_properties()
             if is_ours(p.owner_type, gtype)]
    return sorted(found, key=lambda p: p.name)


def template_lines(template, comments):
    presence = {Gst.PadPresence.ALWAYS: 'always',
                Gst.PadPresence.SOMETIMES: 'sometimes',
                Gst.PadPresence.REQUEST: 'on request'}[template.presence]
    direction = template.direction.value_nick
    yield f'### {template.name_template}'
    yield ''
    yield f'{direction}, {presence}'
    yield ''
    yield '```'
    yield template.get_caps().to_string().replace('; ', ';\n')
    yield '```'
    yield ''
    pad_type = template.props.gtype
    if pad_type.name.startswith('GstDiscord'):
        pad = GObject.new(pad_type, direction=template.direction)
        for pspec in own_properties(pad):
            yield from (line.replace('### ', '#### ', 1) for line in
                        property_lines(pspec, pspec.owner_type, comments))


def page(factory, comments):
    name = factory.get_name()
    gtype = factory.get_element_type()
    section = comments.find(f'SECTION:element-{name}')
    if section is None:
        raise SystemExit(f'no "SECTION:element-{name}" comment in the sources')

    yield ('<!-- Generated by scripts/gen-plugin-docs.py from the registry and '
           f'{section.file}. -->')
    yield f'# {name}'
    yield ''
    yield f'{section.short_description or factory.get_metadata("description")}'
    yield ''
    yield '| | |'
    yield '|---|---|'
    yield f'| Plugin | {factory.get_plugin_name()} |'
    yield f'| Class | {factory.get_metadata("klass")} |'
    yield f'| Rank | {rank_text(factory.get_rank())} |'
    yield f'| GType | `{gtype.name}` |'
    if section.since:
        yield f'| Since | {section.since} |'
    yield ''
    body = to_markdown(section.body)
    yield body
    yield ''
    yield from hierarchy_lines(gtype, factory)
    yield '## Pads'
    yield ''
    instance = factory.create(None)
    templates = sorted(instance.get_pad_template_list(),
                       key=lambda t: (t.direction, t.name_template))
    if not templates:
        yield 'None of its own.'
        yield ''
    for template in templates:
        yield from template_lines(template, comments)
    properties = own_properties(instance)
    if properties:
        yield '## Properties'
        yield ''
        for pspec in properties:
            yield from property_lines(pspec, pspec.owner_type, comments)
    signals = list(own_signals(gtype))
    for title, action in (('Signals', False), ('Action signals', True)):
        chosen = [s for s in signals if action ==
                  bool(s[2].signal_flags & GObject.SignalFlags.ACTION)]
        if not chosen:
            continue
        yield f'## {title}'
        yield ''
        for signal, owner, query in chosen:
            yield from signal_lines(query, signal, owner, comments)


def rank_text(rank):
    for value, name in RANKS:
        if rank >= value:
            return name if rank == value else f'{name} + {rank - value}'
    return str(rank)


def hierarchy_lines(gtype, factory):
    yield '## Hierarchy'
    yield ''
    yield '```'
    for depth, ancestor in enumerate(ancestry(gtype)):
        indent = '    ' * (depth - 1) + '╰── ' if depth else ''
        yield indent + ancestor.name
    yield '```'
    yield ''
    interfaces = sorted(i.name for i in gtype.interfaces)
    if interfaces:
        yield 'Implements: ' + ', '.join(f'`{name}`' for name in interfaces)
        yield ''
    protocols = factory.get_uri_protocols()
    if protocols:
        yield 'URIs: ' + ', '.join(f'`{p}://`' for p in protocols)
        yield ''


def index(factories):
    yield '<!-- Generated by scripts/gen-plugin-docs.py from the registry. -->'
    yield '# Elements'
    yield ''
    yield '| element | plugin | does |'
    yield '|---|---|---|'
    for factory in factories:
        name = factory.get_name()
        yield (f'| [{name}]({name}.md) | {factory.get_plugin_name()} | '
               f'{factory.get_metadata("description")} |')


def load_factories():
    registry = Gst.Registry.get()
    factories = []
    for plugin in PLUGINS:
        if registry.find_plugin(plugin) is None:
            raise SystemExit(f'the registry has no plugin {plugin}: use '
                             './run devenv scripts/gen-plugin-docs.py')
        for feature in registry.get_feature_list_by_plugin(plugin):
            if isinstance(feature, Gst.ElementFactory):
                factories.append(feature.load())
    return sorted(factories, key=lambda f: f.get_name())


def render(lines):
    text = '\n'.join(line.rstrip() for part in lines
                     for line in part.split('\n'))
    return re.sub(r'\n{3,}', '\n\n', text).rstrip('\n') + '\n'


def pages():
    comments = Comments(TOP, SOURCES)
    factories = load_factories()
    result = {'README.md': render(index(factories))}
    for factory in factories:
        result[factory.get_name() + '.md'] = render(page(factory, comments))
    return result


def complaints(wanted):
    present = {p.name for p in PAGES.glob('*.md')}
    for name in sorted(present - set(wanted)):
        yield f'docs/plugins/{name}: no such element'
    for name, text in sorted(wanted.items()):
        path = PAGES / name
        if not path.exists():
            yield f'docs/plugins/{name}: missing'
        elif path.read_text(encoding='utf-8') != text:
            yield f'docs/plugins/{name}: stale'
        if name != 'README.md' and len(PIPELINE.findall(text)) < MIN_PIPELINES:
            yield f'docs/plugins/{name}: less than {MIN_PIPELINES} pipelines'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--check', action='store_true',
                        help='write nothing, fail when a page is stale')
    options = parser.parse_args()

    Gst.init(None)
    wanted = pages()
    if not options.check:
        PAGES.mkdir(parents=True, exist_ok=True)
        for old in PAGES.glob('*.md'):
            if old.name not in wanted:
                old.unlink()
        for name, text in wanted.items():
            (PAGES / name).write_text(text, encoding='utf-8')
    found = list(complaints(wanted))
    for complaint in found:
        print(complaint)
    if found and options.check:
        print('write them anew: ./run devenv scripts/gen-plugin-docs.py')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
