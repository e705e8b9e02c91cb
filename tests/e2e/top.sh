# mon-top: a frame of any moment from the record alone, as text and on real terminals (by tmux).
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "needs tmux: tests/setup test"; exit 1; }
export MON_DIR=$work/M
stamp() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

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
is "the whole machine" "CPUS 3.3/6  MEM 3.8G  IO 3.0K  RX 20K  TX 1.0K  1 alerts" "$(sed -n 2p <<<"$out")"
table() { sed -n '3,$p' <<<"$out" | awk '{ NF = NF > 15 ? 15 : NF; print }'; }
is "the columns" "QUBE STATE AGE CPUv CPUS LOAD MEM SWAP DISK IO RX TX CONN PSI ALERT
work Running 3s 80.5 3.2/4 1.50 3.4G 2.0M 93% 3.0K 20K 1.0K 12 12m -
vault Running 3s 2.0 0.1/2 0.01 410M 0B 93% 0B - 0B 12 - Aug
mute timeout 123s - - - - - - - - - - - -
dom0 Running - - - - - - - - - - - - -
off Halted - - - - - - - - - - - - -" "$(table)"
finish
