# mon-top: a frame of any moment from the record alone, as text and on real terminals (by tmux).
. "$(dirname "$0")/lib.sh"
need tmux
export MON_DIR=$work/M
stamp() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' "$1"; }

# poll T: what is filed of the poll at T.  work works, vault idles, mute stops to answer at 11:58,
# off is halted.
begin=1756641300 # 2025-08-31T11:55:00Z
poll() {
	local ts i=$((($1 - begin) / 10))
	ts=$(stamp "$1")
	if ((i % 6 == 0)); then
		for q in dom0 mute vault work; do echo "$ts $q state: Running"; done
		echo "$ts off state: Halted"
	fi
	for q in mute vault work; do
		if [ $q = mute ] && ((i > 18)); then
			echo "$ts $q scrape: timeout,3000,0,0,0"
			continue
		fi
		echo "$ts $q scrape: ok,30,900,9,0"
		echo "$ts $q conn: 12,4"
		echo "$ts $q disk: /dev/xvdb,/rw,1000,930,70,93%"
		echo "$ts $q disk: /dev/xvdd,/usr/lib/modules,1000,970,30,97%"
		echo "$ts $q net: lo,$((i * 999999)),0,0,$((i * 999999)),0,0"
		if [ $q = work ]; then
			echo "$ts $q sys: 60.0,20.5,19.5,1.50,1,1,4194304,3565158,600000,1048576,2048,1,0"
			echo "$ts $q cpu: 4,3.2,0.0,0.0"
			echo "$ts $q net: eth0,$((i * 102400)),0,0,$((i * 10240)),0,0"
			echo "$ts $q net: vif1,$((i * 102400)),0,0,0,0,0"
			echo "$ts $q io: xvdb,1,$((i * 10240)),1,1,$((i * 20480)),1,1"
			echo "$ts $q pressure: $((i * 100000)),$((i * 1234567)),0,$((i * 500000)),0"
		else
			echo "$ts $q sys: 1.0,1.0,98.0,0.01,1,1,4194304,419430,600000,0,0,1,0"
			echo "$ts $q cpu: 2,0.1,0.0,0.0"
			echo "$ts $q net: eth0,$((1000 - i)),0,0,7,0,0"
			((i > 20)) || echo "$ts $q io: xvdb,1,$((i < 20 ? i * 10240 : 204800)),1,1,0,1,1"
		fi
	done
}
# A file, so that one moment differs from the next in what is asked of it only.
for ((t = begin; t <= begin + 600; t += 10)); do poll $t; done >lines
{
	echo "2025-08-31T11:58:10Z vault alert: Aug 31 11:58:09 kernel: gr\303\274n \346\227\245\346\234\254 end" | printf "$(cat)\n"
	echo "2025-08-31T12:01:00Z work alert: !cpu-hot FIRING cpu=80.5 limit=80 for=5m since=2025-08-31T11:55:00Z"
} >>lines
mon-split <lines >/dev/null 2>split.err # the rule's line is refused from a guest

# --- the figures, each of which can be told from the lines above
run mon-top -b --utc --at 2025-08-31T12:00:03Z
is "exit code" "0/" "$code/$err"
is "a frame" "2025-08-31 12:00:03 UTC  frozen  5 qubes, 2 answer, 1 silent" "$(head -n 1 <<<"$out")"
is "the whole machine" "CPUS 3.3/6  MEM 3.8G  IO 3.0K  RX 20K  TX 1.0K  1 alert" "$(sed -n 2p <<<"$out")"
table() { sed -n '3,$p' <<<"$out" | awk '{ NF = NF > 15 ? 15 : NF; print }'; }
is "the columns" "QUBE STATE AGE CPUv CPUS LOAD MEM SWAP DISK IO RX TX CONN PSI ALERT
work Running 3s 80.5 3.2/4 1.50 3.4G 2.0M 93% 3.0K 20K 1.0K 12 12m -
vault Running 3s 2.0 0.1/2 0.01 410M 0B 93% 0B - 0B 12 - Aug
mute timeout 123s - - - - - - - - - - - -
dom0 Running - - - - - - - - - - - - -
off Halted - - - - - - - - - - - - -" "$(table)"
run mon-top -b --utc --at 2025-08-31T12:01:03Z --vm 'w*' --vm off --sort state
is "only some qubes, by state" "QUBE STATEv
off Halted
work Running" "$(sed -n '3,$p' <<<"$out" | awk '{ print $1, $2 }')"
run mon-top -b --sort qube --at 2025-08-31T11:40:00Z
like "before the record: said" 'no poll' "$out"
run env TZ=Europe/Berlin mon-top -b 2025-08-31
like "a day: its end, local time, the zone named" '^2025-08-31 14:05:00 CEST  frozen' "$out"
tar czf day.tgz -C M 2025-08-31
run mon-top -b --utc --at 2025-08-31T12:00:03Z
folder=$out
run mon-top -b --utc --at 2025-08-31T12:00:03Z day.tgz
is "of an archive, the same" "0/$folder/" "$code/$out/$err"
run mon-top -b --utc --at 2025-08-31T12:00:03Z M/2025-08-31
is "of a folder, the same" "0/$folder/" "$code/$out/$err"
cp -r M torn
printf '2025-08-31T12:00:00Z,work,\033[31mred\n2025-08-31T12:00:00Z,work,\342\200\256back\n' >>torn/2025-08-31/alerts.csv
printf '2025-08-31T12:00:00Z,wo' >>torn/2025-08-31/system.csv
run mon-top -b --utc --at 2025-08-31T12:00:03Z --dir torn
is "hostile bytes in the files, and a torn row: the same, and told once" \
	"3/$(sed '1s/$/, skipped 2 bad lines/' <<<"$folder")/mon-top: skipped 2 bad lines of the files; mon-cat DAY names them" "$code/$out/$err"
cp -r M left
sed -i 1d left/2025-08-31/network.csv
run mon-top -b --utc --at 2025-08-31T12:00:03Z --dir left
is "a file that cannot be read is told" "3/mon-top: 2025-08-31/network.csv does not begin with the expected header: it is left out" "$code/$err"
rm left/2025-08-31/network.csv
mkfifo left/2025-08-31/network.csv
run timeout 20 mon-top -b --utc --at 2025-08-31T12:00:03Z --dir left
is "a pipe in its place, too" "1/mon-top: 2025-08-31/network.csv is no plain file, and links are not followed: it is left out" "$code/$err"
mkdir -p odd
cp -r left/2025-08-31 odd/2025-08-30
for odd in 'ln -s 2025-08-30' touch; do
	(cd odd && $odd 2025-08-31)
	for args in --now='2025-08-31T12:00:03Z' 2025-08-31; do
		run mon-top -b --utc --dir odd "$args"
		is "$odd in the place of a day, $args" "1//mon-top: 'odd/2025-08-31' is no folder, and links are not followed" "$code/$out/$err"
	done
	rm odd/2025-08-31
done
# The machine began with a clock that was two hours ahead.
for t in 12:00:00 12:00:10 10:00:00 10:00:10 10:30:00 11:00:00; do
	echo "2025-08-31T${t}Z work sys: 60.0,20.0,20.0,1,1,1,9,1,8,0,0,1,0"
done | mon-split --no-sync --dir ahead
for t in 10:00:12 10:30:02 11:00:02 12:00:12; do
	run mon-top -b --utc --at 2025-08-31T${t}Z --dir ahead
	like "a clock that stepped back hides no row: $t" '^2025-08-31 .* 1 qube, 1 answer' "$out"
done

# --- over midnight: the minute before stands in another folder
for ((t = 1756677540; t <= 1756677630; t += 10)); do # 2025-08-31T21:59:00Z, two hours before UTC
	echo "$(stamp $t) night scrape: ok,1,1,1,0"
	echo "$(stamp $t) night net: eth0,$(((t - 1756677540) * 1024)),0,0,0,0,0"
	echo "$(stamp $t) night sys: 60.0,20.0,20.0,1,1,1,9,1,8,0,0,1,0"
done | TZ=Europe/Berlin mon-split --no-sync --dir night
is "two folders" "2025-08-31 2025-09-01" "$(cd night && echo 2*)"
for t in 1756677593 1756677603 1756677613; do # 23:59:53, 00:00:03, 00:00:13
	run env TZ=Europe/Berlin mon-top -b --dir night --at "$(stamp $t)"
	is "rates and states go on over midnight: ${out:11:8}" "0/night Running? 3s 80.0 1.0K" \
		"$code/$(awk '$1 == "night" { print $1, "Running?", $3, $4, $(NF - 4) }' <<<"$out")"
done

# --- what does not work, in a word
run mon-top -b --dir nowhere
is "no folder: exit code" 1 "$code"
like "no folder: said" "cannot open the Monitor folder 'nowhere'" "$err"
mkdir empty
run mon-top -b --dir empty
is "no record yet" "1/mon-top: there is no record in 'empty' yet: see mon-doctor" "$code/$err"
run mon-top -b 2020-01-01
is "no such day" "1/mon-top: there is no record of 2020-01-01 in '$MON_DIR'" "$code/$err"
head -c 300 day.tgz >cut.tgz
run mon-top -b cut.tgz
is "a damaged archive: exit code" 1 "$code"
like "a damaged archive: said" "cannot read all of the archive" "$err"
run mon-top -b --sort nope
is "no such column: exit code" 2 "$code"
like "no such column: said, with those that there are" "'nope' is no column; there are QUBE STATE AGE CPU CPUS LOAD .* PSI ALERT\$" "$err"
run mon-top -b --at never
is "no such time: exit code" 2 "$code"
run mon-top </dev/null
is "no terminal: exit code" 1 "$code"
like "no terminal: said" "must be a terminal; mon-top -b" "$err"

# --- on a terminal
tm() { tmux -L "mon-top-$$" -f /dev/null "$@"; }
screen() { tm capture-pane -p -t top | sed 's/ *$//'; }
# start COLS ROWS COMMAND...: in a terminal of that size
start() {
	tm kill-session -t top 2>/dev/null
	LC_ALL=C.UTF-8 tm new-session -d -s top -x "$1" -y "$2" "${*:3} 2>$work/top.err; echo ended \$?; cat $work/top.err; sleep 60"
}
# libncurses keeps what it has allocated until the process ends; the leak check would count it.
export ASAN_OPTIONS=detect_leaks=0
# see REGEX: wait until it stands on the screen; at most ten seconds
see() {
	for ((n = 0; n < 200; n++)); do
		screen | grep -Eq -- "$1" && return 0
		sleep 0.05
	done
	return 1
}
keys() { tm send-keys -t top "$@"; }
trap 'tm kill-server 2>/dev/null; cd /; rm -rf "$work" 2>/dev/null' EXIT
tm new-session -d -s base "sleep 1000" # so that the server stays
top="LC_ALL=C.UTF-8 mon-top --utc --now 2025-08-31T12:05:00Z"
# Made anew by UPDATE=1, to be looked at.
golden() {
	[ -z "${UPDATE-}" ] || screen >"$MON_SRC/tests/e2e/top/$1"
	is "$1" "$(cat "$MON_SRC/tests/e2e/top/$1")" "$(screen)"
}

start 80 24 "$top --at 2025-08-31T12:01:00Z"
see '/:filter' && golden 80x24
keys Right
ok "Right: the poll after" see '^2025-08-31 12:01:10 UTC  frozen'
keys Left Left
ok "Left: the poll before" see '^2025-08-31 12:00:50 UTC'
keys '['
ok "[: a minute back" see '^2025-08-31 11:59:50 UTC'
keys '}'
ok "}: an hour forward, but not past the end" see '^2025-08-31 12:05:00 UTC'
keys g
ok "g: the beginning" see '^2025-08-31 11:55:00 UTC'
keys b 12:00:03 Enter
ok "b: a time" see '^2025-08-31 12:00:03 UTC'
keys b nonsense Enter
ok "b: no time: said" see "'nonsense' is no time"
keys l
ok "l: now" see '^2025-08-31 12:05:00 UTC  live'
keys Space
ok "Space: frozen" see '12:05:00 UTC  frozen'
keys / wor Enter
ok "/: only some" see 'only \*wor\*'
is "that is one" 1 "$(screen | grep -cE '^(work|vault|mute|off|dom0) ')"
keys Enter
ok "Enter: the minute of one qube" see '12:05:00 sys +cpu_user=60.0'
is "all files, by time" "$(screen | grep -v ' work: ' | grep -oE '^[0-9:]{8} ' | sort)" "$(screen | grep -v ' work: ' | grep -oE '^[0-9:]{8} ')"
keys '?'
ok "?: the keys" see 'the poll before, the poll after'
tm resize-window -t top -x 20 -y 5
ok "too small: said" see 'window too small'
golden 20x5
tm resize-window -t top -x 132 -y 43
ok "and large again" see 'the poll before, the poll after'
keys q q
ok "q: back, then the end" see 'ended 0'

start 132 43 "$top --at 2025-08-31T12:01:00Z"
see '/:filter' && golden 132x43
start 132 43 "LC_ALL=C mon-top --utc --now 2025-08-31T12:05:00Z --at 2025-08-31T12:01:00Z"
ok "no UTF-8: a screen" see '/:filter'
is "no UTF-8: only ASCII" "" "$(screen | grep -P '[^\x20-\x7e]')"
start 80 24 "TERM=vt100 $top --at 2025-08-31T12:01:00Z"
ok "vt100: a screen" see '/:filter'
is "vt100: no colour" "" "$(tm capture-pane -p -e -t top | grep -P '\x1b\[[0-9;]*3[0-7]')"
start 80 24 "NO_COLOR=1 $top --at 2025-08-31T12:01:00Z"
ok "NO_COLOR: a screen" see '/:filter'
is "NO_COLOR: no colour" "" "$(tm capture-pane -p -e -t top | grep -P '\x1b\[[0-9;]*3[0-7]')"
start 80 24 "$top --at 2025-08-31T12:01:00Z"
see '/:filter'
like "else there is" '3[0-7]m' "$(tm capture-pane -p -e -t top)"
start 80 24 "TERM=dumb $top"
ok "TERM=dumb: said" see 'cannot place text'

# --- it draws when a poll was filed
rm -rf N
t=$(($(date +%s) / 10 * 10))
for ((i = 6; i > 0; i--)); do poll $((t - 10 * i)) | sed '/ off /d'; done | mon-split --dir N 2>/dev/null # counters of today are not those of begin: some are below 0
start 80 24 "LC_ALL=C.UTF-8 mon-top --dir N"
ok "live" see '  live  '
echo "$(stamp "$(date +%s)") fresh conn: 1,1" | mon-split --dir N
ok "a new qube is there without a key" see '^fresh '
mv N N.away
echo "$(stamp "$(date +%s)") anew conn: 1,1" | mon-split --dir N
ok "a folder that was moved away and made anew is followed" see '^anew '

# A zone in which it is midnight in two seconds: the next poll comes into a new folder.
t=$(($(date +%s) + 2))
zone=XXX$(date -u -d "@$t" +%T)
for ((i = 4; i > 0; i--)); do echo "$(stamp $((t - 10 * i))) old conn: 1,1"; done | TZ=$zone mon-split --dir Z
start 80 24 "TZ=$zone LC_ALL=C.UTF-8 mon-top --dir Z"
ok "live before midnight" see '^old '
while (($(date +%s) < t)); do sleep 0.1; done
echo "$(stamp "$(date +%s)") fresh conn: 1,1" | TZ=$zone mon-split --dir Z
ok "live after it" see '^fresh '
is "in two folders" 2 "$(find Z -name '20*' | wc -l)"

# --- a thousand keys, and a fresh start at the same time
RANDOM=7
all=(Left Right Left Right '[' ']' '{' '}' g G C M D N L A E Q '<' '>' r j k PPage NPage Home End Enter Space l t T '?')
start 80 24 "$top"
see '/:filter'
for ((i = 0; i < 20; i++)); do
	some=()
	for ((k = 0; k < 50; k++)); do some+=("${all[RANDOM % ${#all[@]}]}"); done
	keys "${some[@]}"
done
keys b ready
ok "a thousand keys are done" see 'ready_$'
keys Escape
see '(/:filter|q:back)'
screen | tail -n 1 | grep -q '^q:back' && keys q
see '/:filter'
keys Space C Home
keys b ready
see 'ready_$'
keys Escape
see '/:filter'
after=$(screen)
at=$(sed -nE '1s/^([-0-9]+) ([0-9:]+) UTC.*/\1T\2Z/p' <<<"$after")
start 80 24 "$top --at $at"
see '/:filter'
is "the same frame as a fresh start at $at" "$(screen)" "$after"

# --- Xen's figures, where they are recorded: of dom0 and of who gives none
mon-split --dir X <lines >/dev/null 2>&1
for m in 57 58 59; do
	echo "2025-08-31T11:$m:00Z dom0 xen: $(((m - 57) * 90000)),4096000"
	echo "2025-08-31T11:$m:00Z work xen: $(((m - 57) * 30000)),4096000"
	echo "2025-08-31T11:$m:00Z mute xen: $((m == 59 ? 500 : (m - 57) * 30000)),4096000"
done | mon-split --dir X
run mon-top -b --dir X --utc --at 2025-08-31T12:00:03Z
is "Xen's CPUs are marked; a counter that fell, and a qube with its own, show none" "work 3.2/4
mute -
dom0 1.5x" "$(sed -n '3,$p' <<<"$out" | awk '/^(work|mute|dom0) / { print $1, $5 }')"
like "no figure of Xen is an answer" '2 answer, 1 silent' "$(head -n 1 <<<"$out")"
run mon-top -b --dir X --utc --at 2025-08-31T12:10:03Z
unlike "an old one says nothing" '[0-9]x' "$out"
finish
