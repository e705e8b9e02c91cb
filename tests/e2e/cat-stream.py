#!/usr/bin/env python3
"""cat-stream.py SEED POLLS [START [STEP]] - stamped lines of all kinds, hostile ones among them.

Polls every STEP (10) seconds from START (seconds since the epoch), by a clock that now and then steps back or
runs ahead.  Every line is one that mon-split files; its text is as odd as a guest can make it.
"""
import random
import sys
import time

seed, polls = int(sys.argv[1]), int(sys.argv[2])
now = int(sys.argv[3]) if len(sys.argv) > 3 else 1756641610
every = int(sys.argv[4]) if len(sys.argv) > 4 else 10
r = random.Random(seed)
out = sys.stdout.buffer
MAX = 2**63 - 1


def num():
    return str(r.choice([0, 1, 42, r.randrange(10**6), r.randrange(MAX), MAX]))


def dec():
    return r.choice([num(), '%d.%d' % (r.randrange(100), r.randrange(10)), '0.000000001', '99.999999999'])


def name():
    return r.choice(['eth0', 'vif12.0', '/rw', '/dev/xvdb', 'a\\040b\\054c', '\\075cmd', 'grün', '日本', '!x', 'x' * 900, '\\342\\200\\256'])


def text():
    odd = [b'plain text', b'a, b, "c" and \'d\'', b'=cmd|calc', b'+1', b'-1', b'@x', b'!own FIRING x=1', b'\x1b[2J\x07', b'\x00\x01\xff\xfe',
           'grün 日本 \u202e \u200b \uff1d'.encode(), b',,,,', b'"', b'x' * 700, b'\xe2\x82', b'ts,vm,msg', b' lead and trail ', b'\t tab', '＝1'.encode()]
    parts = [r.choice(odd) for _ in range(r.randrange(1, 4))]
    if r.random() < 0.3:
        parts.append(bytes(r.randrange(256) for _ in range(r.randrange(1, 60))).replace(b'\n', b''))
    return b' '.join(parts) or b'x'


def word():
    return r.choice(['Running', 'Halted', 'Paused', 'ok', 'timeout', 'no-handler'])


KINDS = {
    'sys': lambda: [dec() for _ in range(6)] + [num() for _ in range(7)],
    'net': lambda: [name()] + [num() for _ in range(6)],
    'conn': lambda: [num(), num()],
    'disk': lambda: [name(), name(), num(), num(), num(), '%d%%' % r.randrange(101)],
    'state': lambda: [word()],
    'scrape': lambda: [word()] + [num() for _ in range(4)],
    'custom': lambda: [name(), r.choice(['', '-']) + dec()],
    'cpu': lambda: [num(), dec(), dec(), dec()],
    'io': lambda: [name()] + [num() for _ in range(7)],
    'pressure': lambda: [num() for _ in range(5)],
    'xen': lambda: [num(), num()],
}
VMS = ['work', 'sys-net', 'A', 'v' * 31, 'disp1234', 'x.y_z-1']
for poll in range(polls):
    now += every
    step = r.random()
    if step < 0.004:
        now -= r.choice([1, 7, 60, 3600, 4000])
    elif step < 0.006:
        now += r.choice([300, 7200])
    for vm in VMS:
        if r.random() < 0.1:
            continue
        ts = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now + r.choice([0, 0, 0, 1, -2])))
        for kind, make in KINDS.items():
            for _ in range(r.choice([0, 1, 1, 2])):
                out.write(('%s %s %s: %s\n' % (ts, vm, kind, ','.join(make()))).encode())
        for _ in range(r.choice([0, 0, 1, 2])):
            out.write(('%s %s alert: ' % (ts, vm)).encode() + text() + b'\n')
