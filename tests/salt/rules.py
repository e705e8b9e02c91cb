"""rules.py - what may stand in a state: names, arguments and types of the modules, and requisites."""
import functools
import re
import subprocess

from saltlike import Refused

MODE = re.compile(r'0[0-7]{3}\Z')
LABELS = 'red orange yellow green gray blue purple black'.split()


def is_text(v):
    return isinstance(v, str) and v != ''


def is_bool(v):
    return isinstance(v, bool)


def is_int(v):
    return isinstance(v, int) and not isinstance(v, bool)


def is_mode(v):
    return isinstance(v, str) and bool(MODE.match(v))  # unquoted, YAML reads 0644 as 420


def is_path(v):
    return isinstance(v, str) and re.match(r'/[A-Za-z0-9/._@-]+\Z', v) is not None


def is_texts(v):
    return isinstance(v, list) and v != [] and all(map(is_text, v))


def is_commands(v):
    return is_text(v) or is_texts(v)


def is_salt(v):
    return isinstance(v, str) and v.startswith('salt://')


# The preferences that the module qvm takes, with their types.  It drops unknown ones in silence, and
# a number or boolean in quotes is another value to it at every run; so is default-dispvm.
PREFS = {
    'template': is_text, 'label': lambda v: v in LABELS, 'netvm': lambda v: isinstance(v, str),
    'default_dispvm': lambda v: isinstance(v, str), 'audiovm': lambda v: isinstance(v, str),
    'autostart': is_bool, 'include_in_backups': is_bool, 'vcpus': is_int, 'memory': is_int, 'maxmem': is_int,
}
PRESENT = {'template': is_text, 'label': lambda v: v in LABELS}


def pairs(value, allowed, what):
    if not isinstance(value, list) or not value:
        raise Refused(f'{what} is no list')
    for item in value:
        if not isinstance(item, dict) or len(item) != 1:
            raise Refused(f'{what}: {item!r} is no pair')
        (key, v), = item.items()
        if key not in allowed:
            raise Refused(f'{what}: the module does not know {key!r}')
        if not allowed[key](v):
            raise Refused(f'{what}: {key} has the wrong type: {v!r}')
    if len({next(iter(i)) for i in value}) != len(value):
        raise Refused(f'{what}: a key twice')
    return True


FILE = {'user': is_text, 'group': is_text, 'mode': is_mode}
# function: (arguments that must be there, others that may)
FUNCTIONS = {
    'file.managed': (FILE, {
        'name': is_path, 'source': is_salt, 'contents': lambda v: isinstance(v, str), 'template': lambda v: v == 'jinja',
        'context': lambda v: isinstance(v, dict), 'makedirs': is_bool, 'dir_mode': is_mode, 'check_cmd': is_text}),
    'file.directory': (FILE, {'makedirs': is_bool}),
    'file.symlink': ({'target': is_text}, {'makedirs': is_bool, 'force': is_bool}),
    'file.absent': ({}, {'name': is_path}),
    'cmd.run': ({'name': is_text}, {'stateful': is_bool}),
    'pkg.installed': ({'pkgs': is_texts}, {}),
    'test.show_notification': ({'text': is_text}, {}),
    'test.fail_without_changes': ({'name': is_text}, {}),
    'qvm.vm': ({
        'present': lambda v: pairs(v, PRESENT, 'present'), 'prefs': lambda v: pairs(v, PREFS, 'prefs'),
        'service': lambda v: pairs(v, {'enable': is_texts, 'disable': is_texts}, 'service')}, {
        'features': lambda v: pairs(v, {'enable': is_texts, 'disable': is_texts}, 'features')}),
}
REQUISITES = ('require', 'require_in', 'onchanges')
CONDITIONS = {'onlyif': is_commands, 'unless': is_commands}


@functools.lru_cache(None)
def check_shell(command):
    """Is it shell at all?"""
    subprocess.run(['sh', '-n', '-c', command], check=True)


def check_state(state):
    name = f'{state.module}.{state.function}'
    if name not in FUNCTIONS:
        raise Refused(f'{state.what}: no such function here')
    must, may = FUNCTIONS[name]
    for key in must:
        if key not in state.args:
            raise Refused(f'{state.what}: {key} is missing')
    known = {**must, **may, **CONDITIONS}
    for key, value in state.args.items():
        if key in REQUISITES:
            continue
        if key not in known:
            raise Refused(f'{state.what}: unknown argument {key!r}')
        if not known[key](value):
            raise Refused(f'{state.what}: {key} is {value!r}')
    if state.module == 'file':
        if not is_path(state.name):
            raise Refused(f'{state.what}: {state.name!r} is no path')
        if state.function == 'managed' and ('source' in state.args) == ('contents' in state.args):
            raise Refused(f'{state.what}: either source or contents')
    commands = [state.args[k] for k in CONDITIONS if k in state.args] + ([state.name] if state.module == 'cmd' else [])
    for command in commands:
        for line in [command] if isinstance(command, str) else command:
            check_shell(line)


def check_requisites(states):
    """Every requisite names one state of the run, and none waits for itself."""
    index = {}
    for s in states:
        index[(s.module, s.id)] = s
        index[(s.module, s.name)] = s
    after = {s.id: set() for s in states}
    for s in states:
        for kind in REQUISITES:
            if kind not in s.args:
                continue
            wanted = s.args[kind]
            if not isinstance(wanted, list) or not wanted:
                raise Refused(f'{s.what}: {kind} is no list')
            for item in wanted:
                if not isinstance(item, dict) or len(item) != 1:
                    raise Refused(f'{s.what}: {kind}: {item!r}')
                key = next(iter(item.items()))
                if key not in index:
                    raise Refused(f'{s.what}: {kind} names {key}, which is nowhere')
                other = index[key]
                first, then = (s, other) if kind.endswith('_in') else (other, s)
                after[then.id].add(first.id)
    done = set()
    while len(done) < len(after):
        ready = {i for i in after if i not in done and after[i] <= done}
        if not ready:
            raise Refused(f'these states wait for each other: {sorted(set(after) - done)}')
        done |= ready
    return after


def check(states):
    for s in states:
        check_state(s)
    return check_requisites(states)
