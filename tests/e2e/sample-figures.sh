# sample-figures.sh - the figures against readers that are not ours, and what odd files of the kernel cost.
. "$(dirname "$0")/lib.sh"
need python3
export QREXEC_SERVICE_ARGUMENT=take
debian=$MON_SRC/tests/fixtures/debian-12
line() { sed -n "s/^$1: //p"; }

# ---- this machine
between() { # WHAT LOW VALUE HIGH
	if [ "$2" -le "$3" ] && [ "$3" -le "$4" ]; then pass "$1"; else fail "$1" "$3 is not between $2 and $4"; fi
}
is "cpu: the processors online" "$(getconf _NPROCESSORS_ONLN)" "$(mon-sample --state-dir here | line cpu | cut -d, -f1)"
if [ -r /proc/pressure/cpu ]; then
	totals() { sed -n "s/^$2.*total=//p" "/proc/pressure/$1"; }
	all() { echo "$(totals cpu some) $(totals memory some) $(totals memory full) $(totals io some) $(totals io full)"; }
	read -ra low <<<"$(all)"
	IFS=, read -ra got <<<"$(mon-sample --state-dir here | line pressure)"
	read -ra high <<<"$(all)"
	for i in 0 1 2 3 4; do between "pressure: column $i" "${low[i]}" "${got[i]}" "${high[i]}"; done
else
	is "pressure: none here, no line" "" "$(mon-sample --state-dir here | line pressure)"
fi
# iostat tells kB since boot, in its last columns; a disk that stood still is in the first answer.
if command -v iostat >/dev/null && iostat -d | grep -qE '^(xvd|sd|vd|nvme)'; then
	disk=$(iostat -d | grep -oE '^(xvd|sd|vd|nvme)[^ ]*' | head -n 1)
	rw() { iostat -d -k "$disk" | awk -v d="$disk" '$1 == d { print $6, $7 }'; }
	read -ra low <<<"$(rw)"
	rm -rf fresh
	IFS=, read -ra got <<<"$(mon-sample --state-dir fresh | line io | grep "^$disk,")"
	read -ra high <<<"$(rw)"
	between "io: kB read of $disk as iostat has it" "${low[0]}" "$((got[2] / 1024))" "${high[0]}"
	between "io: kB written of $disk" "${low[1]}" "$((got[5] / 1024))" "${high[1]}"
	IFS=, read -ra got <<<"$(mon-sample --root "$debian" --state-dir columns | line io | grep ^xvdb,)"
	is "io: the columns, by hand" "8123 $((610081 * 512)) 912 4411 $((192902 * 512)) 2201 1893" "${got[*]:1}"
else
	echo "skip: io: no iostat (package sysstat), or no disk that it shows"
fi

# ---- two readings of this machine's /proc/stat, and what another program makes of them
cat >shares.py <<'P'
import sys
def read(path):
    rows = {l.split()[0]: [int(x) for x in l.split()[1:9]] for l in open(path) if l.startswith("cpu")}
    return rows.pop("cpu"), rows
(all0, each0), (all1, each1) = read(sys.argv[1]), read(sys.argv[2])
minus = lambda a, b: [max(0, y - x) for x, y in zip(a, b)]
stayed = [c for c in each1 if c in each0 and each1[c][3] >= each0[c][3]]
d = [sum(col) for col in zip(*(minus(each0[c], each1[c]) for c in stayed))]
busy = minus(all0, all1)
percent = lambda *i: 100 * sum(d[k] for k in i) / sum(d)
print("%.1f %.1f %.1f %.2f %.1f %.1f" % (percent(0, 1), percent(2, 5, 6), percent(3, 4),
    sum(busy[k] for k in (0, 1, 2, 5, 6)) * len(stayed) / sum(d), percent(4), percent(7)))
P
cat >near.py <<'P'
import sys
a, b = sys.argv[1].split(), sys.argv[2].split()
sys.exit(len(a) != 6 or len(b) != 6 or any(abs(float(x) - float(y)) > 0.1001 for x, y in zip(a, b)))
P
cp -r "$debian" root
cat /proc/stat >root/proc/stat
cp root/proc/stat before
mon-sample --root root --state-dir shares >/dev/null
timeout 2 sh -c 'while :; do :; done'
cat /proc/stat >root/proc/stat
out=$(mon-sample --root root --state-dir shares)
got=$(echo "$(line sys <<<"$out" | cut -d, -f1-3),$(line cpu <<<"$out" | cut -d, -f2-)" | tr , ' ')
ok "cpu: shares and work of this machine are $got" python3 near.py "$got" "$(python3 shares.py before root/proc/stat)"

# ---- processors that come and go
put() { { printf '%s\n' "$@"; printf 'procs_running 1\nprocs_blocked 0\n'; } >root/proc/stat; }
share() { mon-sample --root root --state-dir "$1" >.o; echo "$(line sys <.o | cut -d, -f1-3) $(line cpu <.o)"; }
put 'cpu  4000 0 2000 400000' 'cpu0 2000 0 1000 200000' 'cpu1 2000 0 1000 200000'
share hot >/dev/null
put 'cpu  4020 0 2010 202050' 'cpu0 2010 0 1005 201000' 'cpu1 2010 0 1005 1050'
is "a processor came back, its idle time began anew" "1.0,0.5,98.5 2,0.03,0.0,0.0" "$(share hot)"
put 'cpu  4520 0 2010 202550' 'cpu0 2510 0 1005 201500'
is "a processor went" "50.0,0.0,50.0 1,0.50,0.0,0.0" "$(share hot)"

# ---- disks that move
cp "$debian/proc/diskstats" root/proc/diskstats
io() { mon-sample --root root --state-dir "${1:-moving}" | line io | cut -d, -f1 | xargs; }
is "io: at first, all" "xvda xvdb xvdc xvdd" "$(io)"
is "io: none moved" "" "$(io)"
sed -i 's/ xvdb 8123 / xvdb 8124 /' root/proc/diskstats
is "io: one moved" "xvdb" "$(io)"
is "io: it stopped, once more" "xvdb" "$(io)"
is "io: and no more" "" "$(io)"
if mon-sample --help | grep -q 'take'; then
	sed -i 's/ xvdb 8124 / xvdb 8125 /' root/proc/diskstats
	is "io: a look shows what moved, and takes nothing" "xvdb xvdb xvdb" \
		"$(QREXEC_SERVICE_ARGUMENT='' io) $(QREXEC_SERVICE_ARGUMENT='' io) $(io)"
fi
is "io: each caller has its own" "xvda xvdb xvdc xvdd" "$(QREXEC_REMOTE_DOMAIN=work io)"

# ---- a router with a hundred qubes behind it, at which ten seconds pass
ok "a router can be made" "$FIXTURES/router.sh" new router 100
mon-sample --root router --state-dir router.state >first
ok "time passes there" "$FIXTURES/router.sh" tick router
mon-sample --root router --state-dir router.state >second
is "router: an interface for each, and its own" "102" "$(grep -c ^net second)"
is "router: what the processors did meanwhile" "3.0,1.0,96.0 2,0.08,0.5,0.0" "$(line sys <second | cut -d, -f1-3) $(line cpu <second)"
is "router: the disk that moved" "xvdb,8123,312361472,912,4423,98864128,2208,1899" "$(line io <second)"
is "router: pressure went on" "8413533,121845,99710,1690312,1441711" "$(line pressure <second)"

# ---- what a kernel may not have is no error
rm -r root/proc/pressure root/proc/diskstats
run mon-sample --root root --state-dir none
is "no pressure, no diskstats: nothing said" "0 " "$code $err"
is "... and no such lines" "0" "$(grep -cE '^(io|pressure)' .out)"

# ---- one odd thing costs only itself
fresh() { rm -rf root state; cp -r "$debian" root; }
sample() { run mon-sample --root root --state-dir state; }
fresh
sed -i 's/^ *eth0:.*/  eth0: 1111 1 0 18446744073709551615 0 0 0 0 2222 1 0 0 0 0 0 0/' root/proc/net/dev
sample
is "a counter below zero: the row comes" "net: eth0,1111,0,9223372036854775807,2222,0,0" "$(grep '^net: eth0' .out)"
like "... and it is told" "number of 2\^63 or more in root/proc/net/dev" "$err"
is "... by the exit code, too" 3 "$code"
fresh
sed -i 's/^MemAvailable:.*/MemAvailable: 18446744073709551000 kB/' root/proc/meminfo
sample
is "more is available than there is: the row comes" "4012344" "$(line sys <.out | cut -d, -f9)"
like "... and it is told" "more memory is available than there is" "$err"
fresh
sed -i 's/^procs_blocked.*/procs_blocked 18446744073709551615/' root/proc/stat
sample
is "procs_blocked below zero: the row comes" "9223372036854775807" "$(line sys <.out | cut -d, -f13)"

fresh
sed -i '/eth0/d' root/proc/net/dev
for i in $(seq 200); do echo "vif$i.0: $i 1 0 0 0 0 0 0 $i 1 0 0 0 0 0 0"; done >>root/proc/net/dev
echo '  eth0: 1111 1 0 0 0 0 0 0 2222 1 0 0 0 0 0 0' >>root/proc/net/dev
sample
is "202 interfaces: as many as fit, eth0 and lo among them" "128 2" "$(grep -c ^net .out) $(grep -cE '^net: (eth0|lo),' .out)"
like "... and it is told" "no room for all network interfaces, 74 are left out" "$err"

fresh
for i in $(seq 200); do
	echo "$((100 + i)) 21 7:$i / /snap/app$i/1 ro,nodev - squashfs /dev/loop$i ro" >>root/proc/self/mountinfo
	echo "/snap/app$i/1 131072 100 0 0" >>root/statvfs
done
sed -i 's/^\([0-9]*\) [0-9]* \(7:.*\)/\1 '"$(awk '$5 == "/" { print $1 }' root/proc/self/mountinfo)"' \2/' root/proc/self/mountinfo
grep ' /rw ' root/proc/self/mountinfo >rw
sed -i '/ \/rw /d' root/proc/self/mountinfo
cat rw >>root/proc/self/mountinfo
sample
is "203 disks: as many as fit, the root and /rw among them" "128 2" "$(grep -c ^disk .out) $(grep -cE '^disk: [^,]*,(/|/rw),' .out)"
is "... the images last" "squashfs" "$(tail -n 1 <(grep ^disk .out) | grep -q snap && echo squashfs)"
like "... and it is told" "no room for all disks, 75 are left out" "$err"

fresh
root=$(awk '$5 == "/" { print $1 }' root/proc/self/mountinfo)
sed -i '/ \/rw /d' root/proc/self/mountinfo
for i in $(seq 5000); do echo "$((1000 + i)) $root 0:99 / /var/lib/containers/$i rw - overlay overlay rw"; done >>root/proc/self/mountinfo
cat rw >>root/proc/self/mountinfo
sample
is "5,000 mounts: every disk" "0 3" "$code $(grep -c ^disk .out)"
awk 'BEGIN { s = sprintf("%2000s", ""); gsub(/ /, "x", s); for (i = 0; i < 3000; i++) print 9000 + i, 1, "0:98 / /far/" s i " rw - overlay overlay rw" }' >far
cat "$debian/proc/self/mountinfo" far >root/proc/self/mountinfo
cat rw >>root/proc/self/mountinfo
sed -i '0,/ \/rw /{/ \/rw /d}' root/proc/self/mountinfo
sample
is "mountinfo beyond its cap: the root, and /rw at its end" "/ /rw" "$(line disk <.out | cut -d, -f2 | sort | xargs)"
like "... and it is told" "root/proc/self/mountinfo and found more" "$err"
fresh
awk 'BEGIN { printf "intr 1"; for (i = 0; i < 3000000; i++) printf " 0"; print "" }' >intr
sed -i -e '/^intr/r intr' -e '/^intr/d' root/proc/stat
sample
is "/proc/stat beyond its cap: sys and cpu" "$(mon-sample --root "$debian" --state-dir other | grep -E '^(sys|cpu)')" "$(grep -E '^(sys|cpu)' .out)"

fresh
root=$(awk '$5 == "/" { print $1 }' root/proc/self/mountinfo)
echo "900 $root 0:40 / /mnt/backup rw shared:20 - autofs systemd-1 rw,fd=40,pgrp=1,timeout=0,direct" >>root/proc/self/mountinfo
echo '901 900 202:64 / /mnt/backup rw shared:21 - ext4 /dev/xvde rw' >>root/proc/self/mountinfo
echo '/mnt/backup 4096 1000 100 100' >>root/statvfs
sample
is "a disk on an automount" "disk: /dev/xvde,/mnt/backup,4000,3600,400,90%" "$(grep xvde .out)"
fresh
sed -i '/ \/ \/ /d' root/proc/self/mountinfo
sample
is "nothing mounted at the root: the others" "/rw /usr/lib/modules" "$(line disk <.out | cut -d, -f2 | sort | xargs)"
like "... and it is told" "no mount at / .*chroot" "$err"
finish
