"""policy.py - the grammar of a Qubes OS 4.2 policy file, strictly, and how it decides."""
import re

NAME = r'[A-Za-z][A-Za-z0-9_.-]{0,30}'
SERVICE = re.compile(r'(\*|[A-Za-z0-9_.-]+)\Z')
ARGUMENT = re.compile(r'(\*|\+[A-Za-z0-9_.+-]*)\Z')
SOURCE = re.compile(rf'({NAME}|@anyvm|@adminvm|@tag:[\w-]+|@type:\w+|@dispvm:{NAME})\Z')
TARGET = re.compile(rf'({NAME}|@anyvm|@adminvm|@default|@dispvm|@dispvm:{NAME}|@tag:[\w-]+|@type:\w+)\Z')
PARAMS = {'allow': {'target': TARGET, 'user': re.compile(r'[a-z]+\Z'), 'notify': re.compile(r'(yes|no)\Z'),
                    'autostart': re.compile(r'(yes|no)\Z')},
          'deny': {'notify': re.compile(r'(yes|no)\Z')},
          'ask': {'default_target': TARGET}}


class Wrong(Exception):
    """With this in it, every call of the machine would be denied."""


def parse(text):
    rules = []
    if text and not text.endswith('\n'):
        raise Wrong('the last line has no end')
    for number, line in enumerate(text.split('\n')[:-1], 1):
        if not line.isascii() or not line.isprintable():
            raise Wrong(f'line {number}: odd characters')
        if not line.strip() or line.startswith('#'):
            continue
        if line != line.strip():
            raise Wrong(f'line {number}: space at an end')
        fields = line.split()
        if len(fields) < 5:
            raise Wrong(f'line {number}: five fields at least')
        service, argument, source, target, action = fields[:5]
        for what, value, shape in (('service', service, SERVICE), ('argument', argument, ARGUMENT),
                                   ('source', source, SOURCE), ('target', target, TARGET)):
            if not shape.match(value):
                raise Wrong(f'line {number}: {what} {value!r}')
        if service == '*' and argument != '*':
            raise Wrong(f'line {number}: any service has any argument')
        if source == 'dom0' or target == 'dom0':
            raise Wrong(f'line {number}: dom0 is @adminvm in a rule')
        if action not in PARAMS:
            raise Wrong(f'line {number}: action {action!r}')
        params = {}
        for field in fields[5:]:
            key, equals, value = field.partition('=')
            if not equals or key not in PARAMS[action] or not PARAMS[action][key].match(value) or key in params:
                raise Wrong(f'line {number}: parameter {field!r}')
            params[key] = value
        rules.append((service, argument, source, target, action, params))
    return rules


def _matches(pattern, name):
    """@anyvm is all but dom0, @default and @dispvm included."""
    return pattern == name or (pattern == '@anyvm' and name != '@adminvm')


def decide(rules, service, argument, source, target):
    """The first rule that matches: (action, target in the end, autostart, notify); None if none does."""
    source, target = ('@adminvm' if n == 'dom0' else n for n in (source, target))
    for r_service, r_argument, r_source, r_target, action, params in rules:
        if (r_service in ('*', service) and r_argument in ('*', '+' + argument) and
                _matches(r_source, source) and _matches(r_target, target)):
            if action == 'deny':
                return 'deny', None, None, params.get('notify', 'yes')
            if action == 'ask':
                return 'ask', None, None, 'no'
            end = params.get('target', target)
            if end == '@default':  # an allow that says nobody
                return 'deny', None, None, 'yes'
            return 'allow', end, params.get('autostart', 'yes'), params.get('notify', 'no')
    return None
