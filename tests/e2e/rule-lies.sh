# The rule "lies": honest days with ballooning, CPU hotplug, suspend, reboots, steal and lost polls say
# nothing; a qube that hides half of its CPU, or of its memory, is told within 10 to 12 minutes.
. "$(dirname "$0")/lib.sh"
need python3

cat >days.py <<'PY'
# days.py DAYS [LIE]: stamped lines of DAYS days by a machine of our own, second by second: what each qube
# ran is one list, of which Xen and the qube each see their part.  LIE: "cpu", "steal" or "memory", of "work"
# from 12:00 to 13:00 on the first day.
import datetime, random, sys
days, lie, rnd = int(sys.argv[1]), (sys.argv[2:] or [""])[0], random.Random(18)
t0 = int(datetime.datetime(2025, 8, 25, tzinfo=datetime.timezone.utc).timestamp())
stamp = lambda t: datetime.datetime.fromtimestamp(t0 + t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

class Qube:
    def __init__(self, name, cpus, load, kb):
        self.name, self.cpus, self.load, self.kb, self.most = name, cpus, load, kb, kb
        self.due, self.before = None, [0] * 4
        self.boot()
    def boot(self):
        self.xen_ms, self.ran, self.last, self.asked, self.burst = 0.0, 0.0, 0.0, None, 0
        self.want = 0.05
    def second(self, t, share, contended):
        h = t // 3600 % 24
        if self.burst > 0:
            self.burst -= 1
        elif rnd.random() < self.load / 60:  # for seconds, or for many minutes
            self.burst, self.want = rnd.choice((2, 5, 20, 300, 3000)), rnd.uniform(0.1, self.cpus)
        else:
            self.want = 0.02 if t % 60 < 50 or rnd.random() > 0.2 else self.cpus  # a job near the full minute
        got = min(self.want, self.cpus) * share
        # Interrupts and emulation are counted by Xen alone; some looks of a tick fall wrong.
        self.xen_ms += got * 1000 * (1.08 if self.name == "sys-net" else 1.03)
        sees = self.want if self.name == "old" else got  # an old kernel counts what was stolen, too
        self.ran += min(sees, self.cpus) * rnd.uniform(0.9, 1.05)

qubes = [Qube("sys-net", 2, 0.6, 409600), Qube("work", 4, 0.8, 4096000), Qube("build", 8, 0.9, 8192000),
         Qube("mail", 2, 0.2, 2048000), Qube("old", 2, 0.5, 1024000), Qube("dom0", 4, 0.3, 4096000)]
asleep = 0
for t in range(days * 86400):
    h = t / 3600 % 24
    if asleep > 0:
        asleep -= 1
        continue
    if 2 <= h < 2.001 or rnd.random() < 1 / 20000:
        asleep = rnd.choice((20, 90, 170, 1800, 14400))
    wanted = sum(q.want for q in qubes)
    share = min(1, 8 / wanted) * (0.6 if 15 <= h < 17 else 1) if wanted else 1
    for q in qubes:
        q.second(t, share, wanted > 8)
        if q.name != "dom0" and rnd.random() < 1 / 30000:
            q.boot()
        if rnd.random() < 1 / 300:  # qmemman moves memory, up to ten times of what a qube began with
            q.kb = int(min(q.most, max(q.most / 4, q.kb * rnd.uniform(0.5, 1.8))))
        if rnd.random() < 1 / 5000 and q.name == "build":
            q.cpus = rnd.choice((2, 4, 8))
    if t % 60 == 0:
        for q in qubes:
            print(f"{stamp(t)} {q.name} state: Running")
    lying = t < 86400 and 12 <= h < 13
    for q in qubes:
        q.before = q.before[1:] + [int(q.xen_ms)]
        if t % 10 == 0 and q.name != "dom0" and rnd.random() > 0.01:
            q.due, q.stamp = t + rnd.randrange(4), t  # the answer is made later than its stamp
        if q.due is not None and t >= q.due:
            apart = t - q.asked if q.asked is not None else 0
            busy, q.last, q.asked, q.due = (q.ran - q.last) / apart if apart else 0, q.ran, t, None
            if busy < 0:
                continue
            total = q.kb - 60000 - q.most // 60
            if lying and q.name == "work":
                busy = busy / 2 if lie == "cpu" else busy * 6 if lie == "steal" else busy
                total = total // 2 if lie == "memory" else total
            print(f"{stamp(q.stamp)} {q.name} sys: 1,0,90,1,1,1,{total},1,{total // 2},0,0,1,0")
            print(f"{stamp(q.stamp)} {q.name} cpu: {q.cpus},{busy:.2f},0.0,0.0")
    if t % 60 == 0:
        for q in qubes:
            print(f"{stamp(t)} {q.name} xen: {rnd.choice(q.before)},{q.kb}")  # dom0 looks every few seconds
    if lie and t == 12 * 3600 - 60:  # what is hidden must be there
        w = qubes[1]
        w.burst, w.want, w.kb = 7200, 1.6, 4096000
    if lie and 12 <= h < 13:
        qubes[1].kb = 4096000
PY
mon-rule --example >rules
like "it is one of those that are shipped" '^lies: *lies for 10m on \*$' "$(cat rules)"
python3 days.py "${LIE_DAYS:-1}" >honest
ok "there are figures of both" test "$(grep -c ' xen: ' honest)" -gt 5000 -a "$(grep -c ' cpu: ' honest)" -gt 30000
run mon-rule --rules rules <honest
is "honest days: not a word" "0 " "$code $(grep '!lies' <<<"$out")$err"
grep -v ' xen: ' honest >without
run mon-rule --rules rules <without
is "without Xen's figures: not a word" "0 " "$code $(grep '!lies' <<<"$out")$err"

for lie in cpu memory; do
	python3 days.py 1 $lie >day
	run mon-rule --rules rules <day
	is "$lie: told once, and over once" "0 work FIRING
work RESOLVED" "$code $(awk '/!lies/ { print $2, $5 }' <<<"$out")"
	like "$lie: within 10 to 12 minutes" "^2025-08-25T12:1[0-2]:[0-9]*Z work alert: !lies FIRING .*for=10m since=2025-08-25T12:0[0-2]:" "$out"
	like "$lie: what it says, and what Xen" "!lies FIRING $([ $lie = cpu ] && echo 'cpu=0[.][0-9]* xen=1[.]' || echo 'memory_kb=1[0-9]* xen=4096000 ')" "$out"

	# The report says the same, of the record.
	mon-split --no-sync --dir M-$lie <day
	run env TZ=UTC mon-report --dir M-$lie --now 2025-08-27T00:00:00Z 2025-08-25
	like "$lie: a sentence of the report" "12:0[0-2].*1[23]:[05][0-9] *work said that it $([ $lie = cpu ] && echo 'used 0[.][0-9]* CPUs Xen gave it 1[.]' || echo 'had .* of memory Xen gave it 3[.]9 GiB')" "$(tr -d , <<<"$out")"
	like "$lie: dom0 by Xen, marked" '^dom0 .* [0-9][.][0-9][0-9]x ' "$out"
	like "what the mark means" '^x: CPUs at work as Xen sees them' "$out"
	unlike "$lie: a qube with figures of its own has them" '^work .* [0-9][.][0-9][0-9]x ' "$out"
done
run env TZ=UTC mon-report --html --dir M-cpu --now 2025-08-27T00:00:00Z 2025-08-25
like "the page: what its picture stands on" 'The whole machine: CPUs at work in all qubes and dom0, as Xen sees them' "$out"
like "the page: dom0 by Xen, marked" 'title="dom0".*>[0-9.]*&#160;x</i>' "$out"
like "the page: the sentence" 'work said that it used 0[.][0-9]* CPUs, Xen gave it 1[.]' "$out"
rm M-cpu/2025-08-25/xen.csv
run env TZ=UTC mon-report --html --dir M-cpu --now 2025-08-27T00:00:00Z 2025-08-25
like "without xen.csv: by what the qubes say" 'The whole machine: CPUs at work in all qubes, as they say' "$out"
unlike "without xen.csv: no word of Xen" 'Xen' "$out"
run env TZ=UTC mon-report --dir M-memory --now 2025-08-27T00:00:00Z 2025-08-25
ok "one sentence" test "$(grep -c 'Xen gave it' <<<"$out")" = 1

# Live: the two pipes, minute by minute, through the record.
python3 - >live.py <<'P'
print(r'''
import os, subprocess, sys
rows = [l for l in open("day") if "2025-08-25T11:58" <= l[:16] < "2025-08-25T12:15"]
polls, lists = {}, {}
for l in rows:
    (lists if l.split()[2] in ("state:", "xen:") else polls).setdefault(l[:20], []).append(l)
env = dict(os.environ, TZ="UTC")
for ts in sorted(set(polls) | set(lists)):
    # The minute's list runs beside the poll, and is done before it.
    for part in (lists.get(ts), polls.get(ts) if polls.get(ts) else None):
        if not part:
            continue
        text = "".join(part).encode()
        if part is polls.get(ts):
            text += "".join(sorted({f"{ts} {l.split()[1]} scrape: ok,1,1,1,0\n" for l in part})).encode()
        subprocess.run(["mon-split", "--no-sync", "--dir", "L"], input=text, check=True, env=env)
        if part is lists.get(ts):
            told = subprocess.run(["mon-rule", "--live", "--rules", "rules", "--dir", "L"], input=text, stdout=subprocess.PIPE, check=True, env=env).stdout
            sys.stdout.write(told.decode())
            subprocess.run(["mon-split", "--no-sync", "--dir", "L"], input=told, check=True, env=env)
''')
P
python3 days.py 1 cpu >day
run python3 live.py
is "live: told once" 1 "$(grep -c '!lies FIRING' <<<"$out")"
like "live: within 10 to 12 minutes" "^2025-08-25T12:1[0-2]:00Z work alert: !lies FIRING cpu=" "$out"
finish
