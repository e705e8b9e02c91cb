# sample.sh - mon-sample: the figures of captured machines and of this one, the state, wrong usage.
. "$(dirname "$0")/lib.sh"
need strace python3
export ASAN_OPTIONS=detect_leaks=0 # strace gets in the way of the leak check
debian=$MON_SRC/tests/fixtures/debian-12 fedora=$MON_SRC/tests/fixtures/fedora-41

# ---- captured machines
run mon-sample --root "$debian"
is "Debian: exit code" 0 "$code"
is "Debian: stderr" "" "$err"
is "Debian: the figures" 'sys: 1.4,0.5,97.9,0.37,0.28,0.22,4012344,842040,2811984,1048572,12288,2,0
cpu: 2,0.04,0.1,0.1
net: lo,184212,0,0,184212,0,0
net: eth0,1234567890,0,12,76543210,0,0
conn: 12,4
disk: /dev/mapper/dmroot,/,20466256,8000000,11400000,42%
disk: /dev/xvdd,/usr/lib/modules,580104,559192,20912,97%
disk: /dev/xvdb,/rw,52299776,1000000,48632320,3%
io: xvda,20391,758894592,9921,8744,205918208,12033,10944
io: xvdb,8123,312361472,912,4411,98765824,2201,1893
io: xvdc,312,7614464,101,40,8404992,64,140
io: xvdd,2204,50388992,488,0,0,0,700
pressure: 8412033,120345,98210,1688812,1440211' "$(grep -vE '^(alert|begin|end)' .out)"
is "memory is what the formula gives on the captured meminfo" \
	"$(awk '{ v[$1] = $2 } END { printf "%d", v["MemTotal:"] - v["MemFree:"] - v["Buffers:"] - v["Cached:"] - v["SReclaimable:"] }' \
		"$debian/proc/meminfo")" "$(sed -n 's/^sys: //p' .out | cut -d, -f8)"
run mon-sample --root "$fedora"
is "Fedora: no swap" "0,0" "$(sed -n 's/^sys: //p' .out | cut -d, -f10,11)"
is "Fedora: the 74 interfaces" "$(tail -n +3 "$fedora/proc/net/dev" | sed 's/:.*//; s/ //g')" \
	"$(sed -n 's/^net: \([^,]*\),.*/\1/p' .out)"
is "Fedora: the disks" 'disk: /dev/nvme0n1p3,/,998940672,278446848,716000000,29%
disk: /dev/nvme0n1p2,/boot,999320,399320,532000,43%
disk: /dev/nvme0n1p1,/boot/efi,613160,21160,592000,4%
disk: /dev/disk/by-label/a\040b,/mnt/=cmd\134x,1000,1,950,1%
disk: /dev/sdg1,/srv/data,104806400,52806400,52000000,51%
disk: /dev/sdi1,/srv/stacked,8000,4000,3600,53%
disk: /dev/loop0,/var/lib/snapd/snap/core22/1380,75904,75904,0,100%
disk: /dev/loop1,/var/lib/snapd/snap/hello\054world/42,128,128,0,100%' "$(grep ^disk .out)"
like "Fedora: the disk that a program answers for is left out, and told" \
	'does not ask the disk /dev/sdb1 at /run/media/user/USB.*\(fuseblk; 4 in all\)' "$err"
is "Fedora: whole disks, none twice" "nvme0n1 sda sdb sdg sdaa sr0" \
	"$(sed -n 's/^io: \([^,]*\),.*/\1/p' .out | xargs)"

# ---- a damaged /proc takes its own figures away, and no others
kinds() { cut -d: -f1 .out | grep -vE '^(begin|end)$' | sort -u | xargs; }
while read -r file rest; do
	rm -rf broken && cp -r "$debian" broken
	echo x >"broken/$file"
	run mon-sample --root broken
	is "$file damaged: exit code, the other figures" "3 $rest" "$code $(kinds)"
	like "... and it says which are missing" "cannot (read|understand a line of) broken/$file.*, so its figures are missing" "$err"
	rm "broken/$file"
	run mon-sample --root broken
	is "$file gone" "3 $rest" "$code $(kinds)"
done <<-END
	proc/stat conn disk io net pressure
	proc/meminfo conn cpu disk io net pressure
	proc/loadavg conn cpu disk io net pressure
	proc/net/dev conn cpu disk io pressure sys
	proc/net/sockstat cpu disk io net pressure sys
	proc/self/mountinfo conn cpu io net pressure sys
END

# ---- every line is one that mon-split files
if [ -x "$MON_BIN/mon-split" ]; then
	for root in "$debian" "$fedora" /; do
		mon-sample --root "$root" | grep -vE '^(begin|end): ' | sed 's/^/2025-08-31T12:00:10Z work /' >stamped
		run mon-split --dir "$work/Monitor" <stamped
		is "mon-split drops no line of $(basename "$root")" "0 " "$code $err"
	done
fi

# ---- CPU over the interval
mkdir -p root
cp -r "$debian/." root
cpu() { mon-sample --root root --state-dir cpu "$@" take | sed -n 's/^sys: //p' | cut -d, -f1-3; }
stat() { sed -i "s/^cpu .*/cpu  $*/" root/proc/stat; }
stat 100 0 100 800 0 0 0 0 0 0
is "CPU: the first time since boot" "10.0,10.0,80.0" "$(cpu)"
is "CPU: no time passed" "0.0,0.0,0.0" "$(cpu)"
stat 150 25 110 890 10 5 10 0 0 0
is "CPU: since the last time" "37.5,12.5,50.0" "$(cpu)"
stat 150 25 110 880 10 5 10 0 0 0
is "CPU: a counter went back" "0.0,0.0,0.0" "$(cpu)"
stat 160 25 110 970 10 5 10 100 0 0
is "CPU: steal is in none" "5.0,0.0,45.0" "$(cpu)"
is "CPU: each caller has its own interval" "$(rm -rf other; mon-sample --root root --state-dir other | sed -n 's/^sys: //p' | cut -d, -f1-3)" \
	"$(QREXEC_REMOTE_DOMAIN=work cpu)"
for odd in '' 'mon-sample 1' "$(head -c 1024 /dev/urandom | tr -d '\0\n')"; do
	printf '%s' "$odd" >cpu/self
	is "CPU: an odd state of ${#odd} bytes is as none" "$(mon-sample --root root --state-dir "other$RANDOM" | grep ^sys)" \
		"$(mon-sample --root root --state-dir cpu take | grep ^sys)"
done

# ---- the state folder
alert='^alert: [A-Z][a-z]{2} [0-9]{2} ..:..:.. mon-sample: '
run mon-sample --root root --state-dir /proc/nowhere/state take
is "missing state folder: it answers" "0 1" "$code $(grep -c ^sys .out)"
like "missing state folder: an alert that says what to do" "${alert}cannot keep its state in /proc/nowhere/state.*--state-dir: No such file" "$out"
is "missing state folder: one" 1 "$(grep -c ^alert .out)"
run env -u XDG_RUNTIME_DIR QREXEC_REMOTE_DOMAIN=work mon-sample --root root --state-dir /proc/nowhere/state
is "missing state folder under qrexec: stderr" "" "$err"
like "missing state folder under qrexec: an alert" "$alert" "$out"
mkdir -p deep
is "its own folder is made, for us alone" "700 600" \
	"$(mon-sample --root root --state-dir deep/state take >/dev/null; command stat -c %a deep/state deep/state/self | xargs)"
is "MON_STATE_DIR" "self" "$(MON_STATE_DIR=$work/byenv mon-sample --root root take >/dev/null; ls byenv)"
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$work"
	mkdir -m 777 theirs
	is "not root: XDG_RUNTIME_DIR" self "$(as_nobody env -u MON_STATE_DIR "XDG_RUNTIME_DIR=$work/theirs" \
		mon-sample --root root take >/dev/null; ls theirs/mon-sample)"
	run as_nobody env -u MON_STATE_DIR -u XDG_RUNTIME_DIR mon-sample --root root take
	like "not root, no XDG_RUNTIME_DIR" "${alert}has no folder to keep its state in.*--state-dir" "$out"
	: >theirs/self
	chmod 666 theirs/self
	run as_nobody mon-sample --root root --state-dir theirs take
	like "a state that somebody else put there" "${alert}cannot keep its state in theirs.*" "$out"
	cat >full.sh <<'S'
mount -t tmpfs -o size=4k,nr_inodes=10 tmpfs tiny || exit 99
head -c 4096 /dev/zero >tiny/filler
mon-sample --root root --state-dir tiny take
S
	mkdir tiny
	run unshare -m bash full.sh
	if [ "$code" = 99 ]; then
		echo "skip: full state folder: nothing can be mounted here"
	else
		is "full state folder: it answers" "0 1" "$code $(grep -c ^sys .out)"
		like "full state folder: an alert" "${alert}cannot keep its state in tiny.*: No space left on device" "$out"
	fi
fi

# ---- some figures cannot be read: the rest comes
rm root/proc/meminfo
run mon-sample --root root --state-dir cpu
is "no meminfo: exit code" 3 "$code"
like "no meminfo: said" '^mon-sample: cannot read root/proc/meminfo, so its figures are missing: No such file' "$err"
is "no meminfo: the rest" "cpu net net conn disk disk disk pressure" "$(sed '/^begin\|^end/d; s/:.*//' .out | xargs)"
cp "$debian/proc/meminfo" root/proc
rm root/proc/net/tcp6 root/proc/net/sockstat6
is "no IPv6" "0 conn: 9,3" "$(mon-sample --root root --state-dir cpu >o; echo $? "$(grep conn o)")"
rm root/etc/machine-id
run mon-sample --root root --state-dir cpu
is "no machine ID: no journal, nothing said" "0 " "$code $err"
{
	head -n 2 "$debian/proc/net/dev"
	for i in $(seq 500); do echo "vif$i.0: $i 0 0 0 0 0 0 0 $i 0 0 0 0 0 0 0"; done
} >root/proc/net/dev
is "500 interfaces: the first 128" "128 net: vif128.0,128,0,0,128,0,0" \
	"$(mon-sample --root root --state-dir cpu | grep ^net | sed -n '${=;p}' | xargs)"

# ---- this machine
is "memory and swap in all" "$(awk '/^MemTotal/ { m = $2 } /^SwapTotal/ { s = $2 } END { print m "," s }' /proc/meminfo)" \
	"$(mon-sample --state-dir cpu | sed -n 's/^sys: //p' | cut -d, -f7,10)"
strace -f -o trace mon-sample --state-dir cpu >/dev/null 2>&1
strace -f -o trace2 mon-sample --state-dir cpu take >/dev/null 2>&1
called() { grep -cE 'clone|fork|exec[a-z]*\(.*exec|nanosleep' <(grep -v '^[0-9]* execve' "$1"); }
# A helper asks the disks, unless all of them are of kinds that need none (probe.h).
helpers=$(awk '{ type = $0; sub(/.* - /, "", type); sub(/ .*/, "", type); disk = $3 !~ /^0:/ }
	disk && type !~ /^(ext[234]|squashfs|erofs|iso9660)$/ || $5 == "/" && !disk && type != "tmpfs" { n = 1 }
	END { print n + 0 }' /proc/self/mountinfo)
is "a take: two writes, no process but a helper for the disks, no sleep" "2 $helpers" "$(grep -c 'write(1,' trace2) $(called trace2)"
is "a look: one write of the answer, no more" "1 $helpers" "$(grep -c 'write(1,' trace) $(called trace)"

# ---- as a handler
mkdir etc
ln -s "$MON_BIN/mon-sample" etc/qubes.Metrics.Get
run env -C / -i QREXEC_REMOTE_DOMAIN=sys-monitor LC_ALL=de_DE.UTF-8 LANG=tr_TR LC_NUMERIC=de_DE.UTF-8 \
	MON_STATE_DIR="$work/handler" "$work/etc/qubes.Metrics.Get" </dev/null
is "as a handler: exit code and stderr" "0 " "$code $err"
like "as a handler: a point in decimals" '^sys: [0-9]+\.[0-9],[0-9]+\.[0-9],[0-9]+\.[0-9],[0-9]+\.[0-9]{2},' "$out"
is "as a handler: its state" vm-sys-monitor "$(ls handler)"
run sh -c 'mon-sample --root "$1" --state-dir cpu <&- 2>&-' sh "$debian"
is "stdin and stderr closed" "0 1" "$code $(grep -c ^sys .out)"

# ---- the deadline
cat >full-pipe.py <<'P'
import fcntl, os, subprocess, sys
_, w = os.pipe()
os.write(w, bytes(fcntl.fcntl(w, 1031, 4096)))  # F_SETPIPE_SZ
sys.exit(128 - subprocess.call(sys.argv[1:], stdout=w))
P
run python3 full-pipe.py mon-sample --root root --state-dir cpu --timeout 0.2
is "a write that hangs is ended by the alarm" $((128 + 14)) "$code"

# ---- wrong usage, help, version
usage() { # WHAT MESSAGE ARGS...
	local what=$1 message=$2
	shift 2
	run mon-sample "$@"
	is "$what: exit code, stdout" "2 " "$code $out"
	like "$what: message" "^mon-sample: $message" "$err"
}
usage "unknown option" "unknown option '--nope'" --nope
usage "abbreviated option" "unknown option '--alert=1'" --alert=1
usage "an argument" "unknown argument 'work': it is 'take' or none" work
usage "two arguments" "unknown argument 'take'" take take
QREXEC_SERVICE_ARGUMENT=work usage "qrexec's argument" "unknown argument 'work'"
usage "no value" "option '--root' needs a value" --root
usage "twice" "option '--root' is given twice" --root / --root /
usage "no priority" "the priority 'loud'.*emerg" --alerts=loud
usage "priority 8" "the priority '8'" --alerts=8
usage "no time" "--timeout '0'" --timeout 0
usage "no time" "--timeout '-1'" --timeout=-1
usage "no stamp" "--now 'noon'" --now noon
usage "no such root" "cannot open the folder --root /nonexistent: No such file" --root /nonexistent
usage "an empty root" "--root ''" --root ""
MON_ALERTS=loud usage "MON_ALERTS" "the priority 'loud'"
run mon-sample --help
is "--help: exit code, stderr" "0 " "$code $err"
is "--help: no line is wider than 80" "" "$(grep -E '.{81}' .out)"
like "--help: usage" '^Usage: mon-sample \[OPTION\]... \[take\]' "$out"
run mon-sample --version
like "--version" '^mon-sample \(sys-monitor\) [0-9]' "$out"
run sh -c 'mon-sample --help >/dev/full'
is "--help into a full device" 1 "$code"
finish
