#!/usr/bin/python3
"""render.py STAGE BUILD - does the formula say what it should, for every target and pillar?

STAGE holds srv/ as salt/pack.cmake makes it; BUILD is the built tree, which is installed once more
here and compared with what the states would put into a template.
"""
import ast
import functools
import hashlib
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

import rules
from saltlike import FORMULA, SLS, Machine, Refused, load_yaml

STAGE, BUILD = sys.argv[1:3]
SOURCE = os.environ['MON_SRC']
ROOT = f'{STAGE}/srv/salt'
JUDGE = '/srv/salt/qubes/monitor/sys-monitor/dom0/judge'

DEFAULT = ['debian-12-hard', 'debian-12-hard-min', 'debian-12-work', 'fedora-41-vpn-min']
PILLARS = {
    'none': None,
    'empty': {},
    'name without a value': {'sys-monitor': None},
    'other names': {'sys-monitor': {'name': 'mon', 'vault': 'store.1', 'template': 'debian-13', 'label': 'black'}},
    'long names': {'sys-monitor': {'name': 'a' * 31, 'vault': 'b' * 31}},
    'words of YAML in names': {'sys-monitor': {'name': 'on', 'vault': 'null', 'template': 'yes', 'templates': ['no', 'true', 'y']}},
    'Whonix': {'sys-monitor': {'templates': DEFAULT + ['whonix-workstation-17', 'whonix-gateway-17']}},
    'no template but the own': {'sys-monitor': {'templates': []}},
    'numbers': {'sys-monitor': {'memory': 300, 'maxmem': 300, 'interval': 60, 'retention': 2, 'budget': '1500M',
                                'quota': '8M'}},
    'times': {'sys-monitor': {'interval': 5, 'backup_time': '23:59', 'retention': 36525, 'budget': '1',
                              'quota': '9999999999G'}},
    'exclude': {'sys-monitor': {'exclude': ['disp*', 'ban?', 'x']}},
    'exclude: as many as fit': {'sys-monitor': {'exclude': [f'{i:02}' + 'a' * 28 for i in range(64)]}},
    'sets': {'sys-monitor': {'exclude': ['disp[0-9]', '[!a]b[cd]'], 'timeout': 0.001, 'deadline': 86400}},
    'alerts': {'sys-monitor': {'alerts': 'warning'}},
    'exec': {'sys-monitor': {'handler': 'exec'}},
    'exec and alerts': {'sys-monitor': {'handler': 'exec', 'alerts': 'err'}},
    'xen': {'sys-monitor': {'xen': True}},
    'rules': {'sys-monitor': {'rules': "# \"why\" 'not'\nhot:  cpu > 90%  for 5m  on *\nsilent: missing for 1m on sys-*\n"}},
    'clone': {'sys-monitor': {'template': 'tpl-sys-monitor', 'clone': 'debian-12-minimal'}},
    'the folder': {'sys-monitor': {'dir': '/rw/record', 'self': 'me'}},
    'calls': {'sys-monitor': {'timeout': 0.5, 'deadline': 4, 'parallel': 64, 'no_handler': ['windows-*']}},
    'the rules elsewhere': {'sys-monitor': {'rules_file': '/rw/my.rules', 'rules': 'silent: missing for 1m on *'}},
    'the vault only': {'sys-monitor': {'vault': 'other-vault'}},
}
WRONG = {
    'a key that is not known': ('templats', {'templats': ['debian-12']}),
    'name: no string': ('name', {'name': 7}),
    'name: a boolean, as YAML reads yes': ('name', {'name': True}),
    'name: empty': ('name', {'name': ''}),
    'name: a command': ('name', {'name': 'x; reboot'}),
    'name: a path': ('name', {'name': '../x'}),
    'name: a line end behind it': ('name', {'name': 'monitor\n'}),
    'name: 32 letters': ('name', {'name': 'a' * 32}),
    'name: dom0': ('name', {'name': 'dom0'}),
    'name: a policy word': ('name', {'name': '@anyvm'}),
    'name: the vault': ('vault', {'name': 'secrets-vault'}),
    'template: the qube': ('template', {'template': 'sys-monitor'}),
    'template: a list': ('template', {'template': ['debian-12']}),
    'templates: one string': ('templates', {'templates': 'debian-12'}),
    'templates: a mapping': ('templates', {'templates': {'debian-12': None}}),
    'templates: a number in it': ('templates', {'templates': [12]}),
    'templates: one twice': ('templates', {'templates': ['a', 'b', 'a']}),
    'templates: the qube itself': ('templates', {'templates': ['sys-monitor']}),
    'label: a colour Qubes does not have': ('label', {'label': 'pink'}),
    'memory: quoted': ('memory', {'memory': '400'}),
    'memory: too little to boot': ('memory', {'memory': 10}),
    'memory: a boolean': ('memory', {'memory': True}),
    'maxmem: below memory': ('maxmem', {'memory': 900}),
    'vault: a space': ('vault', {'vault': 'my vault'}),
    'interval: 7, which has no calendar': ('interval', {'interval': 7}),
    'interval: quoted': ('interval', {'interval': '10'}),
    'interval: null': ('interval', {'interval': None}),
    'backup_time: a number, as YAML reads 13:50': ('backup_time', {'backup_time': 830}),
    'backup_time: 24:00': ('backup_time', {'backup_time': '24:00'}),
    'backup_time: one digit': ('backup_time', {'backup_time': '3:50'}),
    'backup_time: a line end behind it': ('backup_time', {'backup_time': '03:50\n'}),
    'budget: a line end behind it': ('budget', {'budget': '2G\n'}),
    'exclude: a line end behind it': ('exclude', {'exclude': ['x\n']}),
    'retention: below 0': ('retention', {'retention': -1}),
    'retention: a fraction': ('retention', {'retention': 2.5}),
    'budget: a number': ('budget', {'budget': 1500}),
    'budget: more than fits': ('budget', {'budget': '99999999999G'}),
    'quota: more than fits': ('quota', {'quota': '99999999999G'}),
    'quota: empty': ('quota', {'quota': ''}),
    'quota: none': ('quota', {'quota': '0'}),
    'quota: a number': ('quota', {'quota': 16777216}),
    'quota: a line end behind it': ('quota', {'quota': '16M\n'}),
    'budget: words': ('budget', {'budget': '2 GB'}),
    'exclude: one string': ('exclude', {'exclude': 'disp*'}),
    'exclude: a quote': ('exclude', {'exclude': ['a"b']}),
    'exclude: a set without end': ('exclude', {'exclude': ['disp[']}),
    'exclude: the second set without end': ('exclude', {'exclude': ['a[bc]d[e']}),
    'exclude: a dollar': ('exclude', {'exclude': ['$HOME']}),
    'exclude: a space': ('exclude', {'exclude': ['a b']}),
    'exclude: more than fit': ('exclude', {'exclude': ['a' * 63] * 32}),
    'alerts: a number': ('alerts', {'alerts': 4}),
    'alerts: no priority': ('alerts', {'alerts': 'loud'}),
    'handler: another word': ('handler', {'handler': 'tcp'}),
    'xen: quoted': ('xen', {'xen': 'true'}),
    'xen: a number': ('xen', {'xen': 1}),
    'clone: the template': ('clone', {'clone': 'debian-12-hard-min'}),
    'clone: a path': ('clone', {'clone': '../x'}),
    'rules: a list': ('rules', {'rules': ['x: missing on *']}),
    'timeout: a unit': ('timeout', {'timeout': '3s'}),
    'timeout: none': ('timeout', {'timeout': 0}),
    'timeout: a fraction too fine': ('timeout', {'timeout': 1.23456}),
    'timeout: below a millisecond': ('timeout', {'timeout': 0.0005}),
    'deadline: far below a millisecond': ('deadline', {'deadline': 0.00001}),
    'timeout: a boolean': ('timeout', {'timeout': True}),
    'parallel: too many': ('parallel', {'parallel': 65}),
    'no_handler: one string': ('no_handler', {'no_handler': 'windows'}),
    'rules_file: the settings': ('rules_file', {'rules_file': '/rw/config/sys-monitor.conf'}),
    'rules_file: relative': ('rules_file', {'rules_file': 'my.rules'}),
    'dir: a home': ('dir', {'dir': '~/x'}),
    'dir: relative': ('dir', {'dir': 'x'}),
    'dir: up': ('dir', {'dir': '/rw/../etc'}),
    'self: a space': ('self', {'self': 'a b'}),
    'no mapping at all': ('', ['name']),
}
DOM0_SLS = ['', '.policy', '.qube', '.remove', '.native']
GUEST_SLS = ['.guest', '.collector', '.config', '.remove', '.native']


class Once(Machine):
    """A machine whose files are rendered once for each pillar: that is what takes the time."""
    KNOWN = {}

    def data(self, sls):
        key = repr((self.grains, self.pillar, sls))
        if key not in self.KNOWN:
            self.KNOWN[key] = super().data(sls)
        return self.KNOWN[key]


def machine(ident='dom0', pillar=None, family='Debian'):
    return Once(ROOT, ident, family, pillar)


@functools.lru_cache(None)
def settings(pillar):
    return machine(pillar=ast.literal_eval(pillar)).settings()


def every(pillar):
    """Each kind of target with all its SLS, as (machine, sls): of the templates that get the handler one
    will do, and what the family changes is in templates."""
    mon = settings(repr(pillar))
    for part in DOM0_SLS:
        yield machine(pillar=pillar), SLS + part
    for family in 'Debian', 'RedHat':
        others = [mon['name'], 'somebody'] if family == 'Debian' else []
        for ident in mon['guests'][:1] + [mon['template']] + others:
            for part in GUEST_SLS:
                yield machine(ident, pillar, family), SLS + part


def nested(state):
    """The target and SLS of a state that runs qubesctl, else None."""
    if state.module != 'cmd' or ' qubesctl ' not in state.name:
        return None
    found = re.match(rf'sh {JUDGE} \w+ [0-9a-f]{{12}} qubesctl --skip-dom0 --show-output --targets=(\S+) state\.sls (\S+)\Z', state.name)
    if not found or state.args.get('stateful') is not True:
        raise Refused(f'{state.what}: this is no way to call qubesctl')
    return found.groups()


def by_id(states):
    return {s.id: s for s in states}


def installed(states, root=ROOT):
    """What the file states put in place: path -> ('file', mode, hash) or ('link', target) or ('dir', mode)."""
    result = {}
    for s in states:
        if s.module != 'file':
            continue
        a = s.args
        if s.function == 'managed':
            if (a['user'], a['group']) != ('root', 'root'):
                raise Refused(f'{s.what}: not of root')
            if 'source' in a:
                with open(root + a['source'].removeprefix('salt:/'), 'rb') as f:
                    content = f.read()
            else:
                content = a['contents'].encode()
            result[s.name] = 'file', a['mode'], hashlib.sha256(content).hexdigest()
        elif s.function == 'symlink':
            result[s.name] = 'link', a['target']
        elif s.function == 'directory':
            result[s.name] = 'dir', a['mode']
    return result


def staged(component):
    """The same of "cmake --install", without the folders."""
    result = {}
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(['cmake', '--install', BUILD, '--prefix', '/usr', '--component', component, '--strip'],
                       check=True, stdout=subprocess.DEVNULL, env={**os.environ, 'DESTDIR': top})
        for folder, _, files in os.walk(top):
            entries = files + [d for d in os.listdir(folder) if os.path.islink(f'{folder}/{d}')]
            if not os.listdir(folder):
                result[folder.removeprefix(top)] = 'dir', f'{stat.S_IMODE(os.stat(folder).st_mode):04o}'
            for name in set(entries):
                path = f'{folder}/{name}'
                if os.path.islink(path):
                    result[path.removeprefix(top)] = 'link', os.readlink(path)
                    continue
                with open(path, 'rb') as f:
                    digest = hashlib.sha256(f.read()).hexdigest()
                result[path.removeprefix(top)] = 'file', f'{stat.S_IMODE(os.stat(path).st_mode):04o}', digest
    return result


class Render(unittest.TestCase):
    def test_every_target_and_pillar(self):
        """All SLS render, the states are those of the modules, the requisites resolve."""
        count = 0
        for what, pillar in PILLARS.items():
            for m, sls in every(pillar):
                with self.subTest(pillar=what, target=m.grains, sls=sls):
                    states = m.states(sls)
                    rules.check(states)
                    for s in states:
                        inner = nested(s)
                        if inner:
                            target, part = inner
                            self.assertNotEqual(target, 'dom0')
                            self.assertTrue(machine(target, pillar).states(part))
                    count += 1
        self.assertGreater(count, 600)
        self.assertTrue(machine('true', PILLARS['words of YAML in names']).states(SLS + '.guest'))

    def test_twice_is_the_same(self):
        for what in 'none', 'exclude', 'exec and alerts':
            pillar = PILLARS[what]
            for m, sls in every(pillar):
                with self.subTest(pillar=what, sls=sls):
                    again = Machine(ROOT, m.grains['id'], m.grains['os_family'], pillar)
                    self.assertEqual(m.text(sls), again.text(sls))

    def test_wrong_values_name_the_key(self):
        """A wrong value is a state that fails and names the key; there is no other state, and no traceback."""
        for what, (key, wrong) in WRONG.items():
            for target, sls in (('dom0', SLS), ('dom0', SLS + '.policy'), ('dom0', SLS + '.remove'), ('dom0', SLS + '.native'),
                                ('debian-12-hard', SLS + '.guest'), ('sys-monitor', SLS + '.config')):
                with self.subTest(what, sls=sls):
                    states = machine(target, {'sys-monitor': wrong}).states(sls)
                    rules.check(states)
                    self.assertEqual({f'{s.module}.{s.function}' for s in states}, {'test.fail_without_changes'})
                    said = '\n'.join(s.name for s in states)
                    self.assertIn(f'pillar sys-monitor:{key} is ', said)
                    self.assertIn('but must be', said)
                    self.assertLessEqual(len(said.splitlines()), 10)

    def test_every_wrong_value_is_told(self):
        states = machine(pillar={'sys-monitor': {'interval': 7, 'label': 'pink', 'nobody': 1}}).states(SLS)
        self.assertEqual(len(states), 3)

    def test_elsewhere_nothing_is_done(self):
        """A part that is applied to the wrong place fails, and holds no other state."""
        for ident, parts in (('dom0', ['.guest', '.collector', '.config']), ('work', ['', '.policy', '.qube'])):
            for part in parts:
                with self.subTest(ident + part):
                    states = machine(ident).states(SLS + part)
                    self.assertEqual([f'{s.module}.{s.function}' for s in states], ['test.fail_without_changes'])

    def test_native(self):
        """The top file gives each target its part, and others nothing."""
        top = load_yaml(machine().render('qubes/monitor/sys-monitor.top'))
        self.assertEqual(top, {'base': {
            'dom0,debian-12-hard-min,debian-12-hard,debian-12-work,fedora-41-vpn-min,sys-monitor':
            [{'match': 'list'}, SLS + '.native']}})
        for what, pillar in PILLARS.items():  # whom it names, it has something for; nobody else is booted by it
            (targets, _), = load_yaml(machine(pillar=pillar).render('qubes/monitor/sys-monitor.top'))['base'].items()
            for ident in targets.split(','):
                self.assertTrue(machine(ident, pillar).states(SLS + '.native'), f'{what}: {ident}')
        for ident, part in (('dom0', ['policy', 'qube']), ('debian-12-work', ['guest']), ('sys-monitor', ['config']),
                            ('debian-12-hard-min', ['collector', 'guest']), ('work', [])):
            states = machine(ident).states(SLS + '.native')
            self.assertEqual({s.sls for s in states}, {f'{SLS}.{p}' for p in part}, ident)


class Dom0(unittest.TestCase):
    def setUp(self):
        self.states = machine().states(SLS)
        self.after = rules.check(self.states)
        self.ids = by_id(self.states)

    def before(self, ident):
        todo, done = set(self.after[ident]), set()
        while todo:
            one = todo.pop()
            done.add(one)
            todo |= self.after[one] - done
        return done

    def test_qube(self):
        self.assertEqual(self.ids['sys-monitor'].args | {'require': None, 'require_in': None}, {
            'present': [{'template': 'debian-12-hard-min'}, {'label': 'gray'}],
            'prefs': [{'template': 'debian-12-hard-min'}, {'label': 'gray'}, {'netvm': ''}, {'default_dispvm': ''}, {'audiovm': ''},
                      {'autostart': True},
                      {'include_in_backups': True}, {'vcpus': 1}, {'memory': 400}, {'maxmem': 800}],
            'service': [{'enable': ['sys-monitor']}], 'features': [{'enable': ['servicevm']}], 'require': None, 'require_in': None})

    def test_flag_is_that_of_the_units(self):
        """The service that dom0 sets is the one that the units look for."""
        folder = f'{ROOT}/{FORMULA}/files/collector/usr/lib/systemd/system'
        units = [u for u in os.listdir(folder) if u.endswith('.timer')]
        self.assertGreaterEqual(len(units), 3)
        for unit in units:
            with open(f'{folder}/{unit}', encoding='ascii') as f:
                self.assertIn('ConditionPathExists=/run/qubes-service/sys-monitor\n', f.read(), unit)

    def test_policy(self):
        a = self.ids['/etc/qubes/policy.d/30-metrics.policy'].args
        self.assertEqual((a['user'], a['group'], a['mode'], a['check_cmd']), ('root', 'qubes', '0664', 'qubes-policy-lint'))

    def test_targets(self):
        """Each template once, that of sys-monitor with all, a missing one skipped and said."""
        self.assertEqual(sorted(filter(None, map(nested, self.states))), sorted([
            ('debian-12-hard', SLS + '.guest'), ('debian-12-work', SLS + '.guest'),
            ('fedora-41-vpn-min', SLS + '.guest'), ('debian-12-hard-min', SLS + '.collector'),
            ('sys-monitor', SLS + '.config')]))
        for t in 'debian-12-hard', 'debian-12-work', 'fedora-41-vpn-min':
            self.assertEqual(self.ids[f'handler in {t}'].args['onlyif'], f'qvm-check --quiet {t}')
            self.assertEqual(self.ids[f'{t} is missing'].args['unless'], f'qvm-check --quiet {t}')

    def test_order(self):
        first = self.before('first poll of sys-monitor')
        self.assertLessEqual({'/etc/qubes/policy.d/30-metrics.policy', 'sys-monitor', 'restart of sys-monitor',
                              'collector in debian-12-hard-min', 'debian-12-hard-min is there'}, first)
        self.assertIn('collector in debian-12-hard-min', self.before('sys-monitor'))
        # One boot at a first install: it is started once, then configured as it runs.
        self.assertIn('restart of sys-monitor', self.before('sys-monitor runs'))
        self.assertIn('sys-monitor runs', self.before('configuration of sys-monitor'))
        self.assertIn('configuration of sys-monitor is followed', first)
        # What left the list goes before something new comes, and a running template is told before.
        self.assertIn('templates that left the list', self.before('handler in debian-12-work'))
        self.assertIn('debian-12-hard-min is halted', self.before('collector in debian-12-hard-min'))

    def test_a_second_run_changes_nothing(self):
        """A cmd.run reports a change whenever it runs: each must have its reason not to."""
        for what, pillar in PILLARS.items():
            for m, sls in every(pillar):
                for s in m.states(sls):
                    if s.module == 'cmd' and not {'onlyif', 'unless', 'onchanges'} & set(s.args):
                        self.assertIs(s.args.get('stateful'), True, f'{what}: {s.what}')
        restart = self.ids['restart of sys-monitor'].args
        self.assertEqual(restart['onchanges'], [
            {'cmd': 'collector in debian-12-hard-min'}, {'qvm': 'sys-monitor'}])
        # It looks in every run, changed or not: what failed once must not be forgotten.
        self.assertFalse({'onlyif', 'unless', 'onchanges'} & set(self.ids['first poll of sys-monitor'].args))

    def test_running_templates(self):
        """That of sys-monitor stops the run, the others are told, each with the command that helps."""
        state = self.ids['debian-12-hard-min is halted']
        self.assertEqual(state.args['onlyif'], 'qvm-check --quiet --running debian-12-hard-min')
        self.assertTrue(state.name.endswith('exit 1'))
        self.assertIn('qvm-shutdown --wait debian-12-hard-min', state.name)
        state = self.ids['debian-12-work runs']
        self.assertEqual((state.function, state.args['onlyif']), ('show_notification', 'qvm-check --quiet --running debian-12-work'))
        self.assertIn('qvm-shutdown --wait debian-12-work', state.args['text'])

    def test_marks(self):
        """Each template is marked with what it gets; what left the list is found by that."""
        for t, part in (('debian-12-work', 'guest'), ('debian-12-hard-min', 'collector')):
            self.assertEqual(self.ids[f'{t} is marked'].name, f'qvm-features {t} sys-monitor-part {part}')
        leave = self.ids['templates that left the list'].name
        self.assertEqual(leave, 'sh /srv/salt/qubes/monitor/sys-monitor/dom0/leave debian-12-hard-min debian-12-hard '
                         'debian-12-work fedora-41-vpn-min')

    def test_clone(self):
        ids = by_id(machine(pillar=PILLARS['clone']).states(SLS))
        state = ids['debian-12-minimal is cloned to tpl-sys-monitor']
        self.assertTrue(state.name.endswith('; qvm-clone debian-12-minimal tpl-sys-monitor'))
        self.assertEqual(state.args['unless'], 'qvm-check --quiet tpl-sys-monitor')
        self.assertEqual(state.args['require_in'], [{'cmd': 'tpl-sys-monitor is there'}])
        self.assertIn('debian-12-minimal is cloned to tpl-sys-monitor', rules.check(list(ids.values()))['tpl-sys-monitor is there'])
        self.assertFalse([i for i in self.ids if 'cloned' in i])

    def test_settings_of_dom0_and_template_are_compared(self):
        """A pillar that reaches dom0 only is caught, also where it holds nothing but alerts."""
        for what, pillar in PILLARS.items():
            mon = machine(pillar=pillar).settings()
            for s in machine(pillar=pillar).states(SLS):
                inner = nested(s)
                if inner:
                    target, sls = inner
                    part = sls.removeprefix(SLS + '.')
                    want = f'{part}, with the settings {s.name.split()[3]}'
                    self.assertEqual(s.name.split()[2], part)
                    self.assertIn(want, by_id(machine(target, pillar).states(sls)), what)
                    if pillar and pillar.get('sys-monitor'):
                        self.assertNotIn(want, by_id(machine(target).states(sls)), what)
            self.assertRegex(mon['digest'], r'\A[0-9a-f]{12}\Z')

    def test_commands_of_dom0_are_there(self):
        """The scripts that commands name are in the formula, and commands are Qubes' own."""
        known = {'qubesctl', 'qvm-check', 'qvm-shutdown', 'qvm-start', 'qvm-run', 'qvm-prefs', 'qvm-features', 'qvm-clone', '{', '}', 'echo', 'exit', 'test', 'sh',
                 'if', 'then', 'fi', '||', '&&'}
        for part in '', '.remove':
            for s in machine(pillar=PILLARS['numbers']).states(SLS + part):
                conditions = [s.args.get(k, '') for k in ('onlyif', 'unless')]
                for line in ([s.name] if s.module == 'cmd' else []) + conditions:
                    for command in [line] if isinstance(line, str) else line:
                        if not command:
                            continue
                        self.assertIn(command.split()[0], known, s.what)
                        for script in re.findall(r'/srv/(\S+)', command):
                            self.assertTrue(os.access(f'{STAGE}/srv/{script}', os.X_OK), script)

    def test_removal_is_complete(self):
        for pillar in PILLARS.values():
            mon = machine(pillar=pillar).settings()
            states = machine(pillar=pillar).states(SLS + '.remove')
            self.assertEqual({s.name.split()[1] for s in states if 'qvm-features' in s.name}, set(mon['templates']) | {mon['template']})
            self.assertIn(f'sh {os.path.dirname(JUDGE)}/leave', [s.name for s in states])
            self.assertEqual([s.name for s in states if s.module == 'file' and s.function == 'absent'],
                             ['/etc/qubes/policy.d/30-metrics.policy'])


class Guest(unittest.TestCase):
    EXTRA = {'/etc/default/locale', '/usr/lib/sys-monitor/guest.files', '/usr/lib/sys-monitor/collector.files'}
    HANDLER = '/etc/qubes-rpc/qubes.Metrics.Get'
    ENABLED = '/etc/systemd/system/sockets.target.wants/sys-monitor-sample.socket'

    def test_files_and_modes(self):
        """What the states put into a template is what is installed: all of it, with its modes."""
        guest, collector = staged('guest'), staged('collector')
        self.assertEqual(guest['/usr/bin/mon-sample'][:2], ('file', '0755'))
        self.assertEqual(guest[self.HANDLER], ('link', '/run/sys-monitor-sample.socket'))
        self.assertEqual(guest['/etc/qubes/rpc-config/qubes.Metrics.Get'][:2], ('file', '0644'))
        for ident, part, want in (('debian-12-work', '.guest', guest),
                                  ('debian-12-hard-min', '.collector', {**guest, **collector})):
            for family in 'Debian', 'RedHat':
                got = installed(machine(ident, None, family).states(SLS + part))
                for path, entry in want.items():
                    self.assertEqual(got.get(path), entry, f'{part}: {path}')
                for path, entry in got.items():
                    if path in want or path in self.EXTRA or entry[0] == 'dir' or '.target.wants/' in path:
                        continue
                    self.fail(f'{part}: {path} is put in place, but not installed')

    def test_timers_are_enabled(self):
        got = installed(machine('debian-12-hard-min').states(SLS + '.collector'))
        links = {p: e for p, e in got.items() if '.wants/' in p}
        for timer in 'monitor-poll', 'monitor-qubes', 'monitor-backup':
            link = links.pop(f'/etc/systemd/system/timers.target.wants/{timer}.timer')
            self.assertEqual(link, ('link', f'/usr/lib/systemd/system/{timer}.timer'))
            self.assertEqual(got[link[1]][0], 'file')
        for _, target in links.values():  # whatever else asks for it in [Install]
            self.assertEqual(got[target][0], 'file')

    def test_libraries(self):
        """The packages that the collector asks for on Debian are those of the libraries it is linked with."""
        programs = [f'{BUILD}/{os.path.basename(p)}' for p in installed(
            machine('debian-12-hard-min').states(SLS + '.collector')) if p.startswith('/usr/bin/')]
        self.assertGreaterEqual(len(programs), 6)
        said = subprocess.run(['ldd', *programs], check=True, capture_output=True, text=True).stdout
        dynamic = subprocess.run(['objdump', '-p', *programs], check=True, capture_output=True, text=True).stdout
        needed = {}
        for soname in set(re.findall(r'NEEDED +(\S+)', dynamic)):
            path = os.path.realpath(re.search(rf'{re.escape(soname)} => (\S+)', said).group(1))
            owner = subprocess.run(['dpkg', '-S', '*' + '/'.join(path.split('/')[-2:])], check=True, capture_output=True, text=True)
            needed[soname] = owner.stdout.split(':')[0]
        ours = {p for p in needed.values() if not re.match(r'libc6|libgcc|libasan|libubsan', p)}
        with open('/etc/os-release', encoding='utf-8') as f:
            release = int(re.search(r'^VERSION_ID="?(\d+)', f.read(), re.M).group(1))
        self.assertEqual(ours, self.libraries(release))

    @staticmethod
    def libraries(release):
        """What the collector asks for on that Debian."""
        m = machine('debian-12-hard-min')
        m.grains.update(os='Debian', osmajorrelease=release)
        return set(by_id(m.states(SLS + '.collector'))['libraries of the collector'].args['pkgs'])

    def test_libraries_of_a_release(self):
        """Debian 13 renamed two: Salt does not take a name that a package only provides."""
        self.assertEqual(self.libraries(12), {'libarchive13', 'libnettle8', 'libncursesw6', 'libtinfo6'})
        self.assertEqual(self.libraries(13), {'libarchive13t64', 'libnettle8t64', 'libncursesw6', 'libtinfo6'})

    def test_the_sampler_needs_libc_only(self):
        """It goes into any template."""
        said = subprocess.run(['objdump', '-p', f'{BUILD}/mon-sample'], check=True, capture_output=True, text=True).stdout
        for soname in re.findall(r'NEEDED +(\S+)', said):
            self.assertRegex(soname, r'\A(libc|libasan|libubsan|libgcc_s|libm|ld-linux-x86-64)\.so')

    def test_priority(self):
        """Another priority is told to the service, or by a script before the sampler."""
        script, dropin = '/usr/lib/sys-monitor/metrics-get', '/etc/systemd/system/sys-monitor-sample@.service.d/sys-monitor.conf'
        states = by_id(machine('debian-12-work', PILLARS['exec and alerts']).states(SLS + '.guest'))
        self.assertEqual(states[self.HANDLER].args['target'], script)
        self.assertEqual(states[script].args['contents'], '#!/bin/sh\nexec /usr/bin/mon-sample --alerts=err\n')
        self.assertEqual(states[script].args['mode'], '0755')
        self.assertEqual(states[dropin].function, 'absent')
        states = by_id(machine('debian-12-work', PILLARS['alerts']).states(SLS + '.guest'))
        self.assertEqual(states[dropin].args['contents'], '[Service]\nEnvironment=MON_ALERTS=warning\n')
        self.assertEqual(states[script].function, 'absent')
        states = by_id(machine('debian-12-work').states(SLS + '.guest'))
        self.assertEqual((states[script].function, states[dropin].function), ('absent', 'absent'))
        with open(f'{SOURCE}/salt/{FORMULA}/map.jinja', encoding='utf-8') as f:
            words = re.search(r"set priorities = \[(.*)\]", f.read()).group(1)
        for word in re.findall(r"'(\w+)'", words):
            subprocess.run([f'{BUILD}/mon-sample', f'--alerts={word}', '--help'], check=True, stdout=subprocess.DEVNULL)
        wrong = subprocess.run([f'{BUILD}/mon-sample', '--alerts=loud'], capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 2)

    def test_handler(self):
        """The socket is enabled and the handler a link to it; with exec it is the program, and no socket is on."""
        got = installed(machine('debian-12-work').states(SLS + '.guest'))
        self.assertEqual(got[self.HANDLER], ('link', '/run/sys-monitor-sample.socket'))
        self.assertEqual(got[self.ENABLED], ('link', '/usr/lib/systemd/system/sys-monitor-sample.socket'))
        states = machine('debian-12-work', PILLARS['exec']).states(SLS + '.guest')
        self.assertEqual(installed(states)[self.HANDLER], ('link', '/usr/bin/mon-sample'))
        self.assertEqual(by_id(states)[self.ENABLED].function, 'absent')
        self.assertIn({'file': self.ENABLED}, by_id(states)['the units are followed'].args['onchanges'])

    def shell(self, command, handler):
        """What a command of the formula says of this handler: "exit CODE", on a folder instead of /etc/qubes-rpc."""
        with tempfile.TemporaryDirectory() as folder:
            if handler is not None:
                handler(f'{folder}/qubes.Metrics.Get')
            return subprocess.run(['sh', '-c', command.replace('/etc/qubes-rpc', folder)], check=False).returncode

    def test_a_handler_of_a_person_stays(self):
        def script(path):
            with open(path, 'w', encoding='ascii') as f:
                f.write('#!/bin/sh\n')
        ours = ['/run/sys-monitor-sample.socket', '/usr/bin/mon-sample', '/usr/lib/sys-monitor/metrics-get']
        for part, ident in ('.guest', self.HANDLER), ('.remove', f'{self.HANDLER} is gone'):
            unless = by_id(machine('debian-12-work').states(SLS + part))[ident].args['unless']
            self.assertEqual(self.shell(unless, script), 0, part)
            self.assertEqual(self.shell(unless, lambda path: os.symlink('/usr/local/bin/mine', path)), 0, part)
            self.assertNotEqual(self.shell(unless, None), 0, part)
            for target in ours:
                self.assertNotEqual(self.shell(unless, lambda path: os.symlink(target, path)), 0, f'{part}: {target}')
        told = by_id(machine('debian-12-work').states(SLS + '.guest'))[f'the handler {self.HANDLER} is your own']
        self.assertEqual(told.args['onlyif'], unless)

    def test_what_a_version_no_longer_has_goes(self):
        with tempfile.TemporaryDirectory() as folder:
            for part, what in ('.guest', 'what guest no longer has'), ('.remove', 'what guest has brought'):
                os.makedirs(f'{folder}/usr/lib/sys-monitor', exist_ok=True)
                old = [f'{folder}/usr/bin/mon-old', f'{folder}/usr/bin/mon-sample', f'{folder}{self.HANDLER}']
                for path in old:
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, 'w', encoding='ascii'):
                        pass
                with open(f'{folder}/usr/lib/sys-monitor/guest.files', 'w', encoding='ascii') as f:
                    f.write('\n'.join(old) + '\n')
                state = by_id(machine('debian-12-work').states(SLS + part))[what]
                for command, code in ((state.args['onlyif'], 0), (state.name, 0)):
                    command = re.sub(r'(?<= )/(?=usr|etc)', f'{folder}/', command)
                    self.assertEqual(subprocess.run(['sh', '-c', command], check=False, stdout=subprocess.DEVNULL).returncode, code, part)
                left = [os.path.exists(path) for path in old]
                self.assertEqual(left, [False, True, True] if part == '.guest' else [False, False, True], part)
                if part == '.guest':  # and then there is nothing to do
                    with open(f'{folder}/usr/lib/sys-monitor/guest.files', 'w', encoding='ascii') as f:
                        f.write(old[1] + '\n')
                    command = re.sub(r'(?<= )/(?=usr|etc)', f'{folder}/', state.args['onlyif'])
                    self.assertNotEqual(subprocess.run(['sh', '-c', command], check=False, stdout=subprocess.DEVNULL).returncode, 0)

    def test_rules(self):
        text = PILLARS['rules']['sys-monitor']['rules']
        state = by_id(machine('sys-monitor', PILLARS['rules']).states(SLS + '.config'))['/rw/config/sys-monitor.rules']
        self.assertEqual(state.args['contents'], '# Written by Salt from the pillar in dom0; change it there.\n' + text.rstrip())
        # Salt lets this read the file before it is put in place, by its name behind the command.
        self.assertEqual(state.args['check_cmd'], 'mon-rule --check')
        with tempfile.NamedTemporaryFile('w', encoding='ascii') as f:
            for content, code in ((state.args['contents'] + '\n', 0), ('hot: cpu >> 90%\n', 3)):
                f.seek(0)
                f.truncate()
                f.write(content)
                f.flush()
                got = subprocess.run([f'{BUILD}/mon-rule', '--check', f.name], capture_output=True, check=False)
                self.assertEqual(got.returncode, code, got.stderr)
        state = by_id(machine('sys-monitor').states(SLS + '.config'))['/rw/config/sys-monitor.rules']
        self.assertEqual(state.function, 'absent')
        self.assertIn('grep -qxF', state.args['onlyif'])

    def test_keys_are_those_of_the_tools(self):
        """Every key of the configuration file has its key in the pillar, and both tables say so alike."""
        with open(f'{SOURCE}/lib/settings.c', encoding='utf-8') as f:
            theirs = re.findall(r'= \{ "(\w+)", (?:NULL|"[^"]*"), "(\w+)"', f.read())
        with open(f'{SOURCE}/salt/{FORMULA}/map.jinja', encoding='utf-8') as f:
            text = f.read()
        table = text.split('set variables = [')[1].split('] -%}')[0]
        self.assertEqual(sorted(theirs), sorted((v, k) for k, v in re.findall(r"\['(\w+)', '(\w+)'\]", table)))
        # The same bounds on both sides.
        with open(f'{SOURCE}/lib/pure/caps.h', encoding='utf-8') as f:
            caps = dict(re.findall(r'#define (\w+) +(\d+)', f.read()))
        self.assertIn(f"need_number('retention', 0, {caps['MON_DAYS_MAX']},", text)
        self.assertIn(f"need_number('parallel', 1, {caps['MON_CALLS_OPEN']},", text)

    def test_configuration(self):
        """The file is what mon-settings accepts, and holds what the pillar sets and nothing else."""
        want = {'none': None, 'other names': ['BACKUP_VAULT=store.1'], 'the vault only': ['BACKUP_VAULT=other-vault'],
                'numbers': ['MON_INTERVAL=60', 'MON_QUOTA=8M', 'MON_KEEP=2', 'MON_BUDGET=1500M'],
                'times': ['MON_INTERVAL=5', 'MON_QUOTA=9999999999G', 'MON_BACKUP_TIME=23:59', 'MON_KEEP=36525',
                          'MON_BUDGET=1'],
                'exclude': ['MON_EXCLUDE="disp* ban? x"'], 'alerts': None,
                'calls': ['MON_TIMEOUT=0.5', 'MON_DEADLINE=4', 'MON_PARALLEL=64', 'MON_NO_HANDLER="windows-*"'],
                'xen': ['MON_XEN=yes'], 'the rules elsewhere': ['MON_RULES=/rw/my.rules']}
        for what, lines in want.items():
            state = by_id(machine('sys-monitor', PILLARS[what]).states(SLS + '.config'))['/rw/config/sys-monitor.conf']
            if lines is None:
                self.assertEqual(state.function, 'absent', what)
                self.assertIn('onlyif', state.args)
                continue
            mark, *got = state.args['contents'].split('\n')
            self.assertTrue(mark.startswith('# Written by Salt'))
            self.assertEqual(got, lines, what)
            self.accepted(state.args['contents'] + '\n')

    def accepted(self, text):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/conf', 'w', encoding='ascii') as f:
                f.write(text)
            subprocess.run([f'{BUILD}/mon-settings', '--dry-run', '--unit-dir', folder, '--file', f'{folder}/conf'],
                           check=True, stdout=subprocess.DEVNULL)

    def test_every_interval_is_one_of_the_tools(self):
        with open(f'{SOURCE}/salt/{FORMULA}/map.jinja', encoding='utf-8') as f:
            intervals = re.search(r'set intervals = \[(.*)\]', f.read()).group(1)
        for seconds in re.findall(r'\d+', intervals):
            self.accepted(f'MON_INTERVAL={seconds}\n')

    def test_digest_of_the_configuration(self):
        """What first-poll compares is the digest of the file, with the newline that Salt adds."""
        for what in 'numbers', 'exclude', 'the vault only':
            first = by_id(machine('dom0', PILLARS[what]).states(SLS))['first poll of sys-monitor'].name
            contents = by_id(machine('sys-monitor', PILLARS[what]).states(SLS + '.config'))['/rw/config/sys-monitor.conf'].args['contents']
            self.assertEqual(first.split()[-1], hashlib.sha256(contents.encode() + b'\n').hexdigest())
        self.assertTrue(by_id(machine().states(SLS))['first poll of sys-monitor'].name.endswith('/first-poll sys-monitor'))

    def test_removal_takes_everything(self):
        for pillar in None, PILLARS['alerts'], PILLARS['exec and alerts']:
            for family in 'Debian', 'RedHat':
                there = set(installed(machine('debian-12-hard-min', pillar, family).states(SLS + '.collector')))
                gone = {s.name for s in machine('debian-12-hard-min', pillar, family).states(SLS + '.remove')}
                left = {p for p in there if not any(p == g or p.startswith(g + '/') for g in gone)}
                self.assertEqual(left, set())
                gone -= {s for s in gone if s.startswith('grep ')}
                for path in gone:  # nothing that is not ours
                    self.assertRegex(path, r'mon-|_mon\Z|monitor|qubes\.Metrics\.Get|/etc/default/locale')


class Example(unittest.TestCase):
    def test_defaults(self):
        """pillar.example shows the defaults, every key of them, and each line can be uncommented."""
        with open(f'{SOURCE}/salt/pillar.example', encoding='utf-8') as f:
            text = f.read()
        self.assertEqual(load_yaml(text), {'sys-monitor': None})
        body = text[text.index('sys-monitor:\n'):]
        shown = load_yaml(re.sub(r'^  # (?=(?:[a-z_]+:|  - ))', '  ', body, flags=re.M))['sys-monitor']
        plain = machine().settings()
        with_all = machine(pillar={'sys-monitor': shown}).settings()
        self.assertEqual({k: plain[k] for k in shown}, shown)
        derived = {'guests', 'conf', 'wrong', 'digest', 'sls', 'files', 'dom0', 'conf_file', 'conf_mark'}
        self.assertEqual(set(plain) - derived, set(shown))
        self.assertEqual(with_all['templates'], DEFAULT)

    def test_pillar_top(self):
        with open(f'{STAGE}/srv/pillar/sys-monitor.top', encoding='utf-8') as f:
            self.assertEqual(load_yaml(f.read()), {'base': {'*': ['sys-monitor']}})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
