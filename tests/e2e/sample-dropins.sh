# sample-dropins.sh - figures that people add by programs in mon-sample.d.
. "$(dirname "$0")/lib.sh"
debian=$MON_SRC/tests/fixtures/debian-12

mkdir drop
program() { cat >"drop/$1"; chmod 755 "drop/$1"; }
# With more time than it needs, for a busy machine.
dropins() { mon-sample --timeout 30 --root "$debian" --state-dir cpu --dropins drop "$@" take | grep -E '^(custom|alert)'; }
program 10-good <<'S'
#!/bin/sh
echo "custom: nft_drops,42"
echo "custom: load,0.25"
S
program 20-bad <<'S'
#!/bin/sh
printf 'custom: no number,x\nstate: Running\n\033[2J\ncustom: ok,1\nscrape: ok,1,1,1,0\ncustom: cut,off'
S
is "lines, and no bad ones" "custom: nft_drops,42
custom: load,0.25
custom: ok,1" "$(dropins 2>err)"
like "bad ones are said" 'mon-sample: dropped [0-9] lines of drop/20-bad' "$(cat err)"
rm drop/20-bad
program 30-fails <<'S'
#!/bin/sh
echo "custom: failed,1"
exit 7
S
program 31-floods <<'S'
#!/bin/sh
exec yes "custom: flood,1"
S
program 32-hangs <<'S'
#!/bin/sh
echo "custom: hung,1"
sleep 1000 &
echo $! >pid
sleep 1000
S
program 33-none <<'S'
#!/nonexistent/interpreter
S
program 90-last <<'S'
#!/bin/sh
echo "custom: last,1"
S
is "one that fails, floods, hangs or cannot start spoils nothing" "custom: nft_drops,42
custom: load,0.25
custom: last,1" "$(dropins 2>err)"
is "each is said" "30-fails 31-floods 32-hangs 33-none" \
	"$(sed -n 's,.*left out the answer of drop/\([^:]*\): it .*,\1,p' err | xargs)"
# Killed it is at once; until the kernel is done with it, it may still be seen.
for _ in $(seq 50); do
	grep -Eq '^State:.*(running|sleeping)' "/proc/$(cat pid)/status" 2>/dev/null || break
	sleep 0.1
done
unlike "the one that hung is gone, with its children" '^State:.*(running|sleeping)' \
	"$(cat "/proc/$(cat pid)/status" 2>/dev/null)"
rm drop/3*
program 34-leaves <<'S'
#!/bin/sh
setsid sh -c 'echo $$ >left; exec sleep 1000' >/dev/null 2>&1 &
while [ ! -s left ]; do sleep 0.01; done
echo "custom: left,1"
S
like "one that leaves a program in a session of its own counts" 'custom: left,1' "$(dropins)"
for _ in $(seq 50); do
	grep -Eq '^State:.*(running|sleeping)' "/proc/$(cat left)/status" 2>/dev/null || break
	sleep 0.1
done
unlike "and that program is gone" '^State:.*(running|sleeping)' "$(cat "/proc/$(cat left)/status" 2>/dev/null)"
rm drop/34*
for name in .hidden backup~ 'a b' old.dpkg-old old.rpmsave; do program "$name" <<<'#!/bin/sh
echo "custom: odd,1"'; done
cp drop/10-good drop/data
chmod 644 drop/data
mkdir drop/folder
is "odd names, data and folders are no programs" "custom: nft_drops,42
custom: load,0.25
custom: last,1" "$(dropins 2>err)"
is "that is nothing to say" "" "$(cat err)"
program 50-open <<<'#!/bin/sh
echo "custom: open,1"'
chmod 775 drop/50-open
unlike "one that others could change is left out" open "$(dropins 2>err)"
like "that is said" 'left out drop/50-open, which others could change' "$(cat err)"
chmod 755 drop/50-open
chmod 777 drop
is "a folder that others could change is left out" "" "$(dropins 2>err)"
like "that is said" 'left out drop, which others could change' "$(cat err)"
chmod 755 drop
rm -r drop/* drop/.hidden
for i in $(seq 20); do program "$(printf %02d "$i")" <<S
#!/bin/sh
echo "custom: p$i,1"
S
done
is "the first 16 by name" "$(seq 16 | sed 's/.*/custom: p&,1/')" "$(dropins 2>err)"
like "that is said" 'drop holds 20 programs' "$(cat err)"
rm drop/*
for i in $(seq 3); do program "$i" <<'S'
#!/bin/sh
i=0; while [ $i -lt 60 ]; do echo "custom: row$i,1"; i=$((i + 1)); done
S
done
is "as many rows as a kind may have" 128 "$(dropins 2>/dev/null | wc -l)"
cp -r "$debian" root
mkdir -p root/etc/mon-sample.d
cp drop/1 root/etc/mon-sample.d/one
is "the folder in the root" 60 "$(mon-sample --root root --state-dir cpu | grep -c ^custom)"

# Under qrexec what is wrong is an alert, once.
rm -r drop
mkdir drop
program wrong <<'S'
#!/bin/sh
exit 1
S
export QREXEC_REMOTE_DOMAIN=sys-monitor
like "under qrexec: an alert" '^alert: .* mon-sample: left out the answer of drop/wrong: it failed' "$(dropins 2>err)"
is "under qrexec: stderr" "" "$(cat err)"
is "under qrexec: once in a boot" "" "$(dropins 2>&1)"

# A program that hangs ends with its own time, all of them together, and within --timeout.
program wrong <<'S'
#!/bin/sh
exec sleep 1000
S
for i in $(seq 8); do cp drop/wrong "drop/wrong$i"; done
start=$(date +%s%N)
dropins >/dev/null
took=$((($(date +%s%N) - start) / 1000000))
ok "nine that hang take the time of one, not of nine ($took ms)" test "$took" -ge 900 -a "$took" -lt 5000
for _ in $(seq 20); do # a loaded machine may not leave it the rest of its time
	run mon-sample --root "$debian" --state-dir cpu --dropins drop --timeout 1.2
	[ "$code" = $((128 + 14)) ] || break
done
is "--timeout bounds them too: it answers before its own deadline" "0 1" "$code $(grep -c ^sys .out)"
finish
