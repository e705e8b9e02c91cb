#!/usr/bin/python3
"""policy_test.py STAGE - is the policy of the formula the least privilege, for any names?

The rendered file passes a strict grammar, and each request (source x target x service) is decided as
the sentences in wanted() say, which know nothing of the rules.  What they leave open is decided by the
files after ours: DEFAULT stands for Qubes' own.
"""
import os
import sys
import unittest

import policy
from saltlike import FORMULA, SLS, Machine

STAGE = sys.argv[1]
SOURCE = os.environ['MON_SRC']
ROOT = f'{STAGE}/srv/salt'


def rendered(pillar=None):
    """As file.managed renders it, with the context that policy.sls gives."""
    m = Machine(ROOT, 'dom0', pillar=pillar)
    state, = m.states(SLS + '.policy')
    return m.render(state.args['source'].removeprefix('salt://'), **state.args['context'])


# What Qubes' own rules of 4.2 and 4.3 decide, in our words: whom a qube may reach unasked, and for what
# a person is asked.  Services that open something open it in a disposable at once.
OPENING = ['qubes.VMShell', 'qubes.VMExec', 'qubes.VMExecGUI', 'qubes.OpenURL', 'qubes.OpenInVM', 'qubes.StartApp']
DEFAULT = ''.join(f'{s}  *  @anyvm  @dispvm  allow\n{s}  *  @anyvm  @anyvm  ask\n' for s in OPENING) + '''\
qubes.GetDate       *  @anyvm  @default  allow  target=@adminvm
qubes.GetDate       *  @anyvm  @anyvm    allow  target=@adminvm
qubes.Filecopy      *  @anyvm  @anyvm    ask
qubes.WindowIconUpdater  *  @anyvm  @adminvm  allow
'''


def wanted(service, argument, source, target, me, vault, xen=False):
    """(decision, end, autostart), or None where the files after this one decide."""
    if source == me and target == '@dispvm':
        # It has no network, and shall not borrow that of a disposable.
        return 'deny', None, None
    if service == 'qubes.Metrics.Get':
        # Only sys-monitor asks, to look or to take the alerts, whoever but dom0; nothing is
        # ever started.
        if source == me and target not in ('@adminvm', '@default') and argument in ('', 'take'):
            return 'allow', target, 'no'
        return ('deny', None, None) if source != '@adminvm' else None
    lists = ('admin.vm.List', 'admin.vm.Stats') if xen else ('admin.vm.List',)
    if service in lists and source == me and argument == '':
        # The list is dom0's, also where the rule only opens a name in it.
        return 'allow', '@adminvm', 'yes'
    if service == 'qubes.Filecopy' and source == me:
        if target == '@adminvm':
            return None
        # Only the vault may be started.
        return ('allow', vault, 'yes') if target == vault else ('deny', None, None)
    return None


class Policy(unittest.TestCase):
    NAMES = {'default': None, 'other': {'sys-monitor': {'name': 'mon', 'vault': 'a-vault-with-a-long-name'}},
             'long': {'sys-monitor': {'name': 'm' * 31, 'vault': 'v' * 31}},
             'xen': {'sys-monitor': {'xen': True}}}

    def test_plain_file_is_the_default(self):
        with open(f'{SOURCE}/policy/30-metrics.policy', encoding='ascii') as f:
            self.assertEqual(f.read(), rendered())
        self.assertEqual(rendered().count('\n'), 9)

    def test_xen_only_where_it_is_asked_for(self):
        self.assertNotIn('Stats', rendered({'sys-monitor': {'xen': False}}))
        more = set(rendered({'sys-monitor': {'xen': True}}).splitlines()) - set(rendered().splitlines())
        self.assertEqual({line.split()[0] for line in more}, {'admin.vm.Stats'})
        self.assertEqual(len(more), 2)

    def test_beside_the_rules_of_qubes(self):
        """Nothing opens a disposable from sys-monitor; the clock and what a person is asked stay."""
        theirs = policy.parse(DEFAULT)
        both = policy.parse(rendered()) + theirs
        for service in OPENING:
            with self.subTest(service):
                self.assertEqual(policy.decide(theirs, service, '', 'sys-monitor', '@dispvm')[0], 'allow')
                self.assertEqual(policy.decide(both, service, '', 'sys-monitor', '@dispvm')[0], 'deny')
                self.assertEqual(policy.decide(both, service, '', 'work', '@dispvm')[0], 'allow')
                self.assertEqual(policy.decide(both, service, '', 'sys-monitor', 'work')[0], 'ask')
        for target in '@default', 'sys-net':
            self.assertEqual(policy.decide(both, 'qubes.GetDate', '', 'sys-monitor', target)[:2], ('allow', '@adminvm'))
        self.assertEqual(policy.decide(both, 'qubes.Filecopy', '', 'sys-monitor', 'work')[0], 'deny')
        self.assertEqual(policy.decide(both, 'qubes.Filecopy', '', 'work', 'sys-monitor')[0], 'ask')

    def test_file_name(self):
        """An upper-case letter in the name of a policy file denies every call of the machine."""
        name = Machine(ROOT, 'dom0').states(SLS + '.policy')[0].name
        self.assertRegex(name, r'\A/etc/qubes/policy\.d/[0-9]{2}-[a-z]+\.policy\Z')

    def test_decisions(self):
        services = [('qubes.Metrics.Get', ''), ('qubes.Metrics.Get', 'take'), ('qubes.Metrics.Get', 'x'),
                    ('admin.vm.List', ''), ('admin.vm.List', 'x'), ('admin.vm.Stats', ''), ('qubes.Filecopy', ''),
                    ('qubes.VMShell', '')]
        for what, pillar in self.NAMES.items():
            mon = Machine(ROOT, 'dom0', pillar=pillar).settings()
            me, vault = mon['name'], mon['vault']
            sources = [me, vault, 'work', 'sys-net', 'disp1234', '@adminvm']
            targets = [me, vault, 'work', 'sys-net', 'disp1234', '@adminvm', '@dispvm', '@default']
            parsed = policy.parse(rendered(pillar))
            self.assertEqual(len(parsed), 11 if mon['xen'] else 9)
            count = 0
            for source in sources:
                for target in targets:
                    for service, argument in services:
                        got = policy.decide(parsed, service, argument, source, target)
                        with self.subTest(names=what, call=f'{source} -> {target} {service}+{argument}'):
                            self.assertEqual(got and got[:3],
                                             wanted(service, argument, source, target, me, vault, mon['xen']))
                            if service == 'qubes.Metrics.Get' and got:
                                # No window on the desktop every 10 s; but for a call that names nobody.
                                nobody = source == me and (target == '@dispvm' or target == '@default' and argument in ('', 'take'))
                                self.assertEqual(got[3], 'yes' if nobody else 'no')
                        count += 1
            self.assertEqual(count, 384)

    def test_grammar_refuses(self):
        """The checker itself: what the real parser refuses is refused here."""
        good = 'qubes.Filecopy  *  work  vault  allow\n'
        self.assertEqual(len(policy.parse(good)), 1)
        for wrong in (good[:-1], good.replace('allow', 'allow # why'), good.replace('*', '+ a'), good.replace('*', ''),
                      good.replace('vault', 'dom0'), good.replace('allow', 'deny autostart=no'),
                      good.replace('allow', 'allow target=@nobody'), good.replace('allow', 'allow notify=maybe'),
                      good.replace('allow', 'permit'), good.replace('qubes.Filecopy  *', '*  +'), good.replace('work', '@work'), ' ' + good,
                      good.replace('allow', 'allow autostart=no autostart=no'), good.replace('work', 'wörk')):
            with self.subTest(wrong):
                self.assertRaises(policy.Wrong, policy.parse, wrong)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
