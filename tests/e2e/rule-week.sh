# The shipped rules: a week of honest days says nothing, and planted incidents say exactly their own.
. "$(dirname "$0")/lib.sh"
need python3

cat >week.py <<'PY'
# Seven days of eight qubes, a poll a minute: work, builds that take hours, suspends in the night, restarts,
# disposables, an image that is always full.  To the file "planted" goes the same with four incidents.
import datetime, random
rnd = random.Random(7)
t0 = int(datetime.datetime(2025, 8, 25, tzinfo=datetime.timezone.utc).timestamp())
qubes = ["sys-net", "sys-firewall", "sys-usb", "work", "dev", "mail", "vault"]
stall, net, used, up = {}, {}, {q: rnd.uniform(20, 80) for q in qubes}, dict.fromkeys(qubes, True)
extra, out, planted = 0, [], []
for minute in range(7 * 1440):
    hour, at = minute // 60 % 24, minute % 1440
    if 1 <= hour < 7 and minute // 1440 % 2 == 0:
        continue  # suspended
    ts = datetime.datetime.fromtimestamp(t0 + 60 * minute, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = qubes + (["disp%d" % (1000 + minute // 90)] if 9 <= hour < 18 else [])
    # sys-net is restarted at noon, and takes three minutes; work is shut down over night.
    states = {q: "Halted" if (q == "sys-net" and 720 <= at < 723) or (q == "work" and (hour < 8 or hour > 20)) else "Running" for q in here}
    day = minute // 1440 if 600 <= at < 700 else 0
    crashed = day == 3 and at < 615
    for q in ["dom0"] + here:
        line = f"{ts} {q} state: "
        out.append(line + states.get(q, "Running"))
        planted.append(line + ("Crashed" if crashed and q == "sys-net" else states.get(q, "Running")))
    for q in here:
        if states[q] != "Running":
            stall.pop(q, None), net.pop(q, None)
            continue
        result = "timeout" if rnd.random() < 0.002 else "skipped" if rnd.random() < 0.002 else "ok"
        begin = len(out)
        if result == "ok":
            building = q == "dev" and 9 <= hour < 14
            busy = rnd.uniform(95, 100) if building else rnd.uniform(0, 60)
            out.append(f"{ts} {q} sys: {busy:.1f},0,{100 - busy:.1f},1,1,1,4000000,1,{rnd.randrange(60000, 3000000)},0,0,1,0")
            # A build stalls for memory now and then, for a minute.
            share = rnd.uniform(0, 0.3) if building else rnd.uniform(0, 0.01)
            if building and at % 47 == 0:
                share = 0.9
            stall[q] = stall.get(q, 0) + int(share * 60e6)
            out.append(f"{ts} {q} pressure: 0,0,{stall[q]},0,0")
            net[q] = net.get(q, 0) + rnd.randrange(10 ** 9)
            out.append(f"{ts} {q} net: eth0,{net[q]},0,0,{net[q]},0,0")
            used[q] = min(93, max(10, used.get(q, 30) + rnd.uniform(-0.3, 0.31)))
            pct = int(used[q])
            out.append(f"{ts} {q} disk: /dev/xvdb,/rw,1,1,1,{pct}%")
            out.append(f"{ts} {q} disk: /dev/xvdd,/usr/lib/modules,1,1,1,97%")
            out.append(f"{ts} {q} disk: /dev/loop1,/snap/x/1,1,1,1,100%")
        out.append(f"{ts} {q} scrape: {result},40,1000,9,0")
        mine = out[begin:]
        if q == "sys-net" and crashed:
            continue
        if q == "sys-firewall" and day == 4 and at < 610:
            mine = [f"{ts} {q} scrape: timeout,40,1000,9,0"]
        if q == "mail" and result == "ok":
            extra += 54000000 * (day == 5 and at < 605) # stalled for 0.9 of the minute
            mine = [line.replace(f"pressure: 0,0,{stall[q]},", f"pressure: 0,0,{stall[q] + extra},") for line in mine]
        if q == "work" and day == 6:
            mine = [line.replace(f"/rw,1,1,1,{int(used[q])}%", "/rw,1,1,1,97%") for line in mine]
        planted += mine
for name, lines in ("honest", out), ("planted", planted):
    with open(name, "w") as f:
        f.write("\n".join(lines) + "\n")
PY
mon-rule --example >rules
python3 week.py
ok "it is a week" test "$(cut -c 1-10 honest | sort -u | wc -l)" = 7
run mon-rule --rules rules --interval 60 <honest
is "a week of honest days fires nothing" "0 " "$code $out$err"
run mon-rule --rules rules --interval 60 <planted
is "each planted incident fires its own, and ends" "0 2025-08-28 sys-net !down FIRING
2025-08-28 sys-net !down RESOLVED
2025-08-29 sys-firewall !silent FIRING
2025-08-29 sys-firewall !silent RESOLVED
2025-08-30 mail !starved FIRING
2025-08-30 mail !starved RESOLVED
2025-08-31 work !disk-full FIRING
2025-08-31 work !disk-full RESOLVED" "$code $(awk '{ print substr($1, 1, 10), $2, $4, $5 }' <<<"$out")"
finish
