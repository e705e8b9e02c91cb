"""saltlike.py - as much of Salt as the formula uses, stricter than Salt, on Debian's jinja2 and yaml.

What is taken from Salt 3005/3006: undefined names are errors in SLS files; the extension "do"; the
function raise() and the filters regex_match and sha256 of its Jinja; pillar.get; the way of include,
of states and of requisites.  Anything that the formula would use beside this fails the render.
"""
import functools
import hashlib
import re
import sys

try:
    import jinja2
    import yaml
except ImportError as e:
    print(f'SKIP: {e}: tests/setup test installs it')
    sys.exit(77)

FORMULA = 'qubes/monitor/sys-monitor'
SLS = 'qubes.monitor.sys-monitor'


class Refused(Exception):
    """Salt, or the strict reading of it here, would not take this."""


def jinja_raise(message):
    raise Refused(message)


def regex_match(text, pattern, ignorecase=False, multiline=False):
    """As in salt.utils.jinja: the groups, so that a pattern without any never is true."""
    flags = (re.I if ignorecase else 0) | (re.M if multiline else 0)
    found = re.match(pattern, text, flags)
    return found.groups() if found else None


@functools.lru_cache(None) # compiling is what takes the time
def environment(root):
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root), undefined=jinja2.StrictUndefined, extensions=['jinja2.ext.do'],
        keep_trailing_newline=True)
    env.globals['raise'] = jinja_raise
    env.filters['regex_match'] = regex_match
    env.filters['sha256'] = lambda text: hashlib.sha256(text.encode()).hexdigest()
    return env


class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):  # that of C is ten times as fast
    """YAML 1.1 as Salt reads it; a key twice is refused, as Salt does ("Conflicting ID")."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise Refused(f'{key!r} twice in one mapping, line {key_node.start_mark.line + 1}')
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text):
    return yaml.load(text, Loader)  # nosec: a SafeLoader


class State:
    def __init__(self, sls, ident, module, function, args):
        self.sls, self.id, self.module, self.function, self.args = sls, ident, module, function, args
        self.name = args.get('name', ident)

    @property
    def what(self):
        return f'{self.sls}: {self.id!r} ({self.module}.{self.function})'


class Machine:
    """One target of Salt: dom0, a template or a qube."""

    def __init__(self, root, ident, os_family='Debian', pillar=None):
        self.root, self.env = root, environment(root)
        self.grains = {'id': ident, 'os_family': os_family}
        self.pillar = pillar or {}

    def render(self, path, **more):
        names = {'grains': self.grains, 'salt': {'pillar.get': self.pillar.get}, **more}
        return self.env.get_template(path).render(names)

    def text(self, sls):
        base = sls.replace('.', '/')
        # "qubes.monitor.sys-monitor" is init.sls in its folder
        path = f'{base}/init.sls' if sls == SLS else f'{base}.sls'
        try:
            return self.render(path)
        except jinja2.TemplateNotFound as e:
            raise Refused(f'{sls}: there is no {e}') from e

    def settings(self):
        source = ('{% from "' + FORMULA + '/map.jinja" import mon with context %}{{ mon | tojson }}')
        names = {'grains': self.grains, 'salt': {'pillar.get': self.pillar.get}}
        return yaml.safe_load(self.env.from_string(source).render(names))

    def data(self, sls):
        return load_yaml(self.text(sls))

    def states(self, sls, seen=None):
        """Render with what it includes; the list of State, in the order of the run."""
        seen = set() if seen is None else seen
        if sls in seen:
            return []
        seen.add(sls)
        data = self.data(sls)
        if data is None:
            return []
        if not isinstance(data, dict):
            raise Refused(f'{sls} does not render to a mapping')
        result = []
        for included in data.get('include') or []:
            result += self.states(included, seen)
        for ident, body in data.items():
            if ident == 'include':
                continue
            if not isinstance(ident, str) or not isinstance(body, dict) or len(body) != 1:
                raise Refused(f'{sls}: {ident!r} is no state')
            (function, args), = body.items()
            if function.count('.') != 1 or not isinstance(args, list):
                raise Refused(f'{sls}: {ident!r}: {function!r} with {args!r} is no state')
            flat = {}
            for arg in args:
                if not isinstance(arg, dict) or len(arg) != 1:
                    raise Refused(f'{sls}: {ident!r}: {arg!r} is no argument')
                (key, value), = arg.items()
                if key in flat:
                    raise Refused(f'{sls}: {ident!r}: {key!r} twice')
                flat[key] = value
            result.append(State(sls, ident, *function.split('.'), flat))
        ids = [s.id for s in result]
        for ident in set(ids):
            if ids.count(ident) > 1:
                raise Refused(f'{sls}: the ID {ident!r} is in two files')
        return result
