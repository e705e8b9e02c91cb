#!/usr/bin/python3
"""policy_test.py STAGE - is the policy of the formula the least privilege, for any names?

The rendered file passes a strict grammar, and each of 240 requests (source x target x service) is
decided as the sentences in wanted() say, which know nothing of the rules.
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


def wanted(service, argument, source, target, me, vault):
    """(decision, end, autostart), or None where the files after this one decide."""
    if service == 'qubes.Metrics.Get':
        # Only sys-monitor asks, with an empty argument, whoever but dom0; nothing is ever started.
        if source == me and target not in ('@adminvm', '@default') and argument == '':
            return 'allow', target, 'no'
        return ('deny', None, None) if source != '@adminvm' else None
    if service == 'admin.vm.List' and source == me and argument == '':
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
             'long': {'sys-monitor': {'name': 'm' * 31, 'vault': 'v' * 31}}}

    def test_plain_file_is_the_default(self):
        with open(f'{SOURCE}/policy/30-metrics.policy', encoding='ascii') as f:
            self.assertEqual(f.read(), rendered())
        self.assertEqual(rendered().count('\n'), 7)

    def test_file_name(self):
        """An upper-case letter in the name of a policy file denies every call of the machine."""
        name = Machine(ROOT, 'dom0').states(SLS + '.policy')[0].name
        self.assertRegex(name, r'\A/etc/qubes/policy\.d/[0-9]{2}-[a-z]+\.policy\Z')

    def test_decisions(self):
        services = [('qubes.Metrics.Get', ''), ('qubes.Metrics.Get', 'x'), ('admin.vm.List', ''),
                    ('admin.vm.List', 'x'), ('qubes.Filecopy', '')]
        for what, pillar in self.NAMES.items():
            mon = Machine(ROOT, 'dom0', pillar=pillar).settings()
            me, vault = mon['name'], mon['vault']
            sources = [me, vault, 'work', 'sys-net', 'disp1234', '@adminvm']
            targets = [me, vault, 'work', 'sys-net', 'disp1234', '@adminvm', '@dispvm', '@default']
            parsed = policy.parse(rendered(pillar))
            self.assertEqual(len(parsed), 7)
            count = 0
            for source in sources:
                for target in targets:
                    for service, argument in services:
                        got = policy.decide(parsed, service, argument, source, target)
                        with self.subTest(names=what, call=f'{source} -> {target} {service}+{argument}'):
                            self.assertEqual(got and got[:3], wanted(service, argument, source, target, me, vault))
                            if service == 'qubes.Metrics.Get' and got:
                                # No window on the desktop every 10 s; but for a call that names nobody.
                                nobody = source == me and target == '@default' and argument == ''
                                self.assertEqual(got[3], 'yes' if nobody else 'no')
                        count += 1
            self.assertEqual(count, 240)

    def test_grammar_refuses(self):
        """The checker itself: what the real parser refuses is refused here."""
        good = 'qubes.Filecopy  *  work  vault  allow\n'
        self.assertEqual(len(policy.parse(good)), 1)
        for wrong in (good[:-1], good.replace('allow', 'allow # why'), good.replace('*', '+ a'), good.replace('*', ''),
                      good.replace('vault', 'dom0'), good.replace('allow', 'deny autostart=no'),
                      good.replace('allow', 'allow target=@nobody'), good.replace('allow', 'allow notify=maybe'),
                      good.replace('allow', 'permit'), good.replace('work', '@work'), ' ' + good,
                      good.replace('allow', 'allow autostart=no autostart=no'), good.replace('work', 'wörk')):
            with self.subTest(wrong):
                self.assertRaises(policy.Wrong, policy.parse, wrong)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
