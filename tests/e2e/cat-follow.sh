# mon-cat --follow: what is filed comes once, over midnight, crashes and folders that come and go.
. "$(dirname "$0")/lib.sh"
export MON_DIR=$work/M
row() { printf '%s work conn: %s,0\n' "$1" "$2"; }
followed() { sed -nE 's/.* conn: ([0-9]+),0$/\1/p' got | sort -n | xargs; }
# wait_for N...: until these rows were printed (at most 20 s)
wait_for() {
	local n missing
	for _ in $(seq 400); do
		missing=
		for n; do grep -q " conn: $n,0\$" got || missing=$n; done
		[ -n "$missing" ] || return
		sleep 0.05
	done
}
# begin OPTION...: mon-cat writes to the file "got"; it stands at the end, or waits, when it sleeps
begin() {
	mon-cat --follow "$@" >got 2>err &
	follower=$!
	for _ in $(seq 400); do
		if [ -s err ] || [ -n "$(find /proc/$follower/fd -lname "$MON_DIR*" 2>/dev/null)" ]; then
			grep -q '^State:.S' /proc/$follower/status && return
		fi
		sleep 0.05
	done
}
end() { kill $follower; wait $follower 2>/dev/null; }

# --- the folder is made later
begin --now 2025-08-31T12:00:00Z
like "no Monitor folder yet: said" "there is no folder '.*/M' yet; waiting for it" "$(cat err)"
row 2025-08-31T12:00:00Z 1 | mon-split
wait_for 1
is "the first row of the first day" 1 "$(followed)"
# --- over midnight, with late rows of the old day
row 2025-08-31T23:59:50Z 2 | mon-split
row 2025-09-01T00:00:00Z 3 | mon-split
row 2025-08-31T23:59:59Z 4 | mon-split
row 2025-09-01T00:00:10Z 5 | mon-split
wait_for 2 3 4 5
is "over midnight: each row once" "1 2 3 4 5" "$(followed)"
# --- a file that comes later, and a killed writer
printf '%s\n' '2025-09-01T00:00:20Z work custom: x,1' | mon-split
printf '2025-09-01T00:00:25Z,work,7' >>M/2025-09-01/connections.csv
printf '%s\n' '2025-09-01T00:00:25Z work custom: x,2' | mon-split # when that came, it has looked
for _ in $(seq 400); do grep -q 'custom: x,2' got && break; sleep 0.05; done
unlike "half a row of a killed writer does not come" 'conn: 7' "$(cat got)"
row 2025-09-01T00:00:30Z 8 | mon-split 2>/dev/null # cuts it off
wait_for 8
is "behind it: each row once" "1 2 3 4 5 8" "$(followed)"
is "a kind that had no file" 1 "$(grep -c 'custom: x,1' got)"
# --- a clock that was in another year, and a day that is deleted and comes anew
row 2036-01-01T00:00:00Z 9 | mon-split
row 2025-09-01T00:00:40Z 10 | mon-split
row 2025-09-02T00:00:00Z 11 | mon-split
wait_for 9 10 11
rm -r M/2025-09-01
row 2025-09-02T00:00:10Z 12 | mon-split
wait_for 12 # it has looked since
row 2025-09-01T00:00:50Z 13 | mon-split
wait_for 13
is "a year later and back, a day deleted: each row once" "1 2 3 4 5 8 9 10 11 12 13" "$(followed)"
# --- a file, and a day, that a person moves away
mv M/2025-09-01/connections.csv M/2025-09-01/odd.csv
row 2025-09-01T00:01:00Z 14 | mon-split
wait_for 14
mv M/2025-09-01 odd
row 2025-09-01T00:01:10Z 15 | mon-split
wait_for 15
is "moved away: what comes in its place is followed" "1 2 3 4 5 8 9 10 11 12 13 14 15" "$(followed)"
# --- the whole folder, which the next poll makes anew
mv M away
row 2025-09-02T00:01:20Z 16 | mon-split
wait_for 16
rm -r M
row 2025-09-02T00:01:30Z 17 | mon-split
row 2025-09-03T00:01:30Z 18 | mon-split
wait_for 17 18
is "the folder of the days, too" "1 2 3 4 5 8 9 10 11 12 13 14 15 16 17 18" "$(followed)"
end
is "nothing else was said" 1 "$(wc -l <err)"

# --- what was there is not printed, unless it is asked for
rm -rf M
{ row 2025-08-30T12:00:00Z 1; row 2025-08-31T11:59:00Z 2; row 2025-08-31T11:59:50Z 3; } | mon-split
begin --now 2025-08-31T12:00:00Z
row 2025-08-31T12:00:00Z 4 | mon-split
wait_for 4
end
is "without a day only what is new" 4 "$(followed)"
begin --now 2025-08-31T12:00:00Z --from -30s
row 2025-08-31T12:00:10Z 5 | mon-split
wait_for 3 4 5
end
is "--from: from there on" "3 4 5" "$(followed)"
begin --now 2025-08-31T12:00:00Z yesterday today
row 2025-08-31T12:00:20Z 6 | mon-split
wait_for 1 2 3 4 5 6
end
is "days: they, and what is new" "1 2 3 4 5 6" "$(followed)"

# --- many writers, many rows: none twice, none missing
rm -rf M got
mkdir M
begin --now 2025-08-31T12:00:00Z
for w in 1 2 3; do
	for k in $(seq 5); do seq $((w * 1000000 + k * 1000)) $((w * 1000000 + k * 1000 + 999)) | sed 's/.*/2025-08-31T12:00:00Z work conn: &,0/' | mon-split --no-sync; done &
	writers[w]=$!
done
wait "${writers[@]}"
row 2025-08-31T12:00:10Z 1 | mon-split
wait_for 1
end
is "15,000 rows of three writers, and a last one, each once" "15001 15001" "$(wc -l <got) $(sort -u got | wc -l)"

# --- a reader that goes ends it, also when nothing is filed
run timeout 20 bash -c 'mon-cat --follow --now 2025-08-31T12:00:00Z | true; echo "${PIPESTATUS[0]}"'
is "it ends when its reader is gone" 0 "$out"
finish
