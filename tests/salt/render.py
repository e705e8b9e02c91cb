#!/usr/bin/python3
"""render.py STAGE BUILD - does the formula say what it should, for every target and pillar?

STAGE holds srv/ as salt/pack.cmake makes it; BUILD is the built tree, which is installed once more
here and compared with what the states would put into a template.
"""
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
    'alerts': {'sys-monitor': {'alerts': 'warning'}},
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
    'retention: 1': ('retention', {'retention': 1}),
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
    'exclude: a dollar': ('exclude', {'exclude': ['$HOME']}),
    'exclude: a space': ('exclude', {'exclude': ['a b']}),
    'exclude: more than fit': ('exclude', {'exclude': ['a' * 31] * 40}),
    'alerts: a number': ('alerts', {'alerts': 4}),
    'alerts: no priority': ('alerts', {'alerts': 'loud'}),
    'no mapping at all': ('', ['name']),
}
DOM0_SLS = ['', '.policy', '.qube', '.remove', '.native']
GUEST_SLS = ['.guest', '.collector', '.config', '.remove', '.native']


def machine(ident='dom0', pillar=None, family='Debian'):
    return Machine(ROOT, ident, family, pillar)


def every(pillar):
    """All targets with all their SLS, as (machine, sls)."""
    mon = machine(pillar=pillar).settings()
    for part in DOM0_SLS:
        yield machine(pillar=pillar), SLS + part
    for family in 'Debian', 'RedHat':
        for ident in mon['templates'] + [mon['template'], mon['name'], 'somebody']:
            for part in GUEST_SLS:
                yield machine(ident, pillar, family), SLS + part


def nested(state):
    """The target and SLS of a state that runs qubesctl, else None."""
    if state.module != 'cmd' or 'qubesctl' not in state.name:
        return None
    found = re.match(rf'sh {JUDGE} qubesctl --skip-dom0 --show-output --targets=(\S+) state\.sls (\S+)\Z', state.name)
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

    def test_twice_is_the_same(self):
        for what, pillar in PILLARS.items():
            for m, sls in every(pillar):
                with self.subTest(pillar=what, sls=sls):
                    again = Machine(ROOT, m.grains['id'], m.grains['os_family'], pillar)
                    self.assertEqual(m.text(sls), again.text(sls))

    def test_wrong_values_name_the_key(self):
        for what, (key, wrong) in WRONG.items():
            for target, sls in (('dom0', SLS), ('debian-12-hard', SLS + '.guest'), ('sys-monitor', SLS + '.config')):
                with self.subTest(what, sls=sls):
                    with self.assertRaises(Refused) as caught:
                        machine(target, {'sys-monitor': wrong}).text(sls)
                    self.assertIn(f'pillar sys-monitor:{key} is ', str(caught.exception))
                    self.assertIn('but must be', str(caught.exception))

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
        self.assertEqual(top, {'base': {'*': [SLS + '.native']}})
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
            'prefs': [{'template': 'debian-12-hard-min'}, {'label': 'gray'}, {'netvm': ''}, {'autostart': True},
                      {'include_in_backups': True}, {'vcpus': 1}, {'memory': 400}, {'maxmem': 800}],
            'service': [{'enable': ['sys-monitor']}], 'require': None, 'require_in': None})

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
        self.assertIn('configuration of sys-monitor', self.before('restart of sys-monitor'))

    def test_a_second_run_changes_nothing(self):
        """A cmd.run reports a change whenever it runs: each must have its reason not to."""
        for what, pillar in PILLARS.items():
            for m, sls in every(pillar):
                for s in m.states(sls):
                    if s.module == 'cmd' and not {'onlyif', 'unless', 'onchanges'} & set(s.args):
                        self.assertIs(s.args.get('stateful'), True, f'{what}: {s.what}')
        restart = self.ids['restart of sys-monitor'].args
        self.assertEqual(restart['onchanges'], [
            {'cmd': 'collector in debian-12-hard-min'}, {'cmd': 'configuration of sys-monitor'}, {'qvm': 'sys-monitor'}])
        # It looks in every run, changed or not: what failed once must not be forgotten.
        self.assertFalse({'onlyif', 'unless', 'onchanges'} & set(self.ids['first poll of sys-monitor'].args))

    def test_commands_of_dom0_are_there(self):
        """The scripts that commands name are in the formula, and commands are Qubes' own."""
        known = {'qubesctl', 'qvm-check', 'qvm-shutdown', 'qvm-start', 'qvm-run', 'qvm-prefs', 'echo', 'exit', 'test', 'sh',
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
            targets = {n[0] for n in map(nested, states) if n}
            self.assertEqual(targets, set(mon['templates']) | {mon['template']})
            self.assertEqual([s.name for s in states if s.module == 'file' and s.function == 'absent'],
                             ['/etc/qubes/policy.d/30-metrics.policy'])


class Guest(unittest.TestCase):
    EXTRA = {'/etc/default/locale'}

    def test_files_and_modes(self):
        """What the states put into a template is what is installed: all of it, with its modes."""
        guest, collector = staged('guest'), staged('collector')
        self.assertEqual(guest['/usr/bin/mon-sample'][:2], ('file', '0755'))
        self.assertEqual(guest['/etc/qubes-rpc/qubes.Metrics.Get'], ('link', '/usr/bin/mon-sample'))
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
            owner = subprocess.run(['dpkg', '-S', '*' + os.path.basename(path)], check=True, capture_output=True, text=True)
            needed[soname] = owner.stdout.split(':')[0]
        ours = {p for p in needed.values() if not re.match(r'libc6|libgcc|libasan|libubsan', p)}
        asked = by_id(machine('debian-12-hard-min').states(SLS + '.collector'))['libraries of the collector']
        self.assertEqual(ours, set(asked.args['pkgs']))
        # The sampler goes into any template: nothing but libc.
        said = subprocess.run(['objdump', '-p', f'{BUILD}/mon-sample'], check=True, capture_output=True, text=True).stdout
        for soname in re.findall(r'NEEDED +(\S+)', said):
            self.assertRegex(soname, r'\A(libc|libasan|libubsan|libgcc_s|libm|ld-linux-x86-64)\.so')

    def test_priority(self):
        """With another priority of alerts the handler is a script before the sampler."""
        handler, script = '/etc/qubes-rpc/qubes.Metrics.Get', '/usr/lib/sys-monitor/metrics-get'
        states = by_id(machine('debian-12-work', {'sys-monitor': {'alerts': 'err'}}).states(SLS + '.guest'))
        self.assertEqual(states[handler].args['target'], script)
        self.assertEqual(states[script].args['contents'], '#!/bin/sh\nexec /usr/bin/mon-sample --alerts=err\n')
        self.assertEqual(states[script].args['mode'], '0755')
        states = by_id(machine('debian-12-work').states(SLS + '.guest'))
        self.assertEqual(states[script].function, 'absent')
        with open(f'{SOURCE}/salt/{FORMULA}/map.jinja', encoding='utf-8') as f:
            words = re.search(r"set priorities = \[(.*)\]", f.read()).group(1)
        for word in re.findall(r"'(\w+)'", words):
            subprocess.run([f'{BUILD}/mon-sample', f'--alerts={word}', '--help'], check=True, stdout=subprocess.DEVNULL)
        wrong = subprocess.run([f'{BUILD}/mon-sample', '--alerts=loud'], capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 2)

    def test_configuration(self):
        """The file is what mon-settings accepts, and holds what the pillar sets and nothing else."""
        want = {'none': None, 'other names': ['BACKUP_VAULT=store.1'], 'the vault only': ['BACKUP_VAULT=other-vault'],
                'numbers': ['MON_INTERVAL=60', 'MON_KEEP=2', 'MON_BUDGET=1500M', 'MON_QUOTA=8M'],
                'times': ['MON_INTERVAL=5', 'MON_BACKUP_TIME=23:59', 'MON_KEEP=36525', 'MON_BUDGET=1',
                          'MON_QUOTA=9999999999G'],
                'exclude': ['MON_EXCLUDE="disp* ban? x"'], 'alerts': None}
        for what, lines in want.items():
            states = machine('sys-monitor', PILLARS[what]).states(SLS + '.config')
            self.assertEqual(len(states), 1)
            if lines is None:
                self.assertEqual(states[0].function, 'absent', what)
                self.assertIn('onlyif', states[0].args)
                continue
            mark, *got = states[0].args['contents'].split('\n')
            self.assertTrue(mark.startswith('# Written by Salt'))
            self.assertEqual(got, lines, what)
            self.accepted(states[0].args['contents'] + '\n')

    def accepted(self, text):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/conf', 'w', encoding='ascii') as f:
                f.write(text)
            subprocess.run([f'{BUILD}/mon-settings', '--dry-run', '--unit-dir', folder, '--file', f'{folder}/conf'],
                           check=True, stdout=subprocess.DEVNULL)

    def test_every_interval_is_one_of_the_tools(self):
        for seconds in [*range(1, 130), *range(130, 3700, 10)]:
            try:
                machine('sys-monitor', {'sys-monitor': {'interval': seconds}}).text(SLS + '.config')
            except Refused:
                continue
            self.accepted(f'MON_INTERVAL={seconds}\n')

    def test_digest_of_the_configuration(self):
        """What first-poll compares is the digest of the file, with the newline that Salt adds."""
        for what in 'numbers', 'exclude', 'the vault only':
            first = by_id(machine('dom0', PILLARS[what]).states(SLS))['first poll of sys-monitor'].name
            contents = machine('sys-monitor', PILLARS[what]).states(SLS + '.config')[0].args['contents']
            self.assertEqual(first.split()[-1], hashlib.sha256(contents.encode() + b'\n').hexdigest())
        self.assertTrue(by_id(machine().states(SLS))['first poll of sys-monitor'].name.endswith('/first-poll sys-monitor'))

    def test_removal_takes_everything(self):
        for pillar in None, PILLARS['alerts']:
            for family in 'Debian', 'RedHat':
                there = set(installed(machine('debian-12-hard-min', pillar, family).states(SLS + '.collector')))
                gone = {s.name for s in machine('debian-12-hard-min', pillar, family).states(SLS + '.remove')}
                left = {p for p in there if not any(p == g or p.startswith(g + '/') for g in gone)}
                self.assertEqual(left, set())
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
        derived = {'guests', 'conf', 'sls', 'files', 'dom0', 'conf_file', 'conf_mark'}
        self.assertEqual(set(plain) - derived, set(shown))
        self.assertEqual(with_all['templates'], DEFAULT)

    def test_pillar_top(self):
        with open(f'{STAGE}/srv/pillar/sys-monitor.top', encoding='utf-8') as f:
            self.assertEqual(load_yaml(f.read()), {'base': {'*': ['sys-monitor']}})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
