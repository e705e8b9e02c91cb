# mon-cat --follow: what is filed comes once, over midnight, crashes and folders that come and go.
. "$(dirname "$0")/lib.sh"
export MON_DIR=$work/M
row() { printf '%s work conn: %s,0\n' "$1" "$2"; }
followed() { sed -E 's/.* conn: ([0-9]+),0$/\1/' got | xargs; }
# wait_for TEXT: until that was printed (at most 20 s)
wait_for() {
	for _ in $(seq 200); do [ "$(followed)" = "$1" ] && return; sleep 0.1; done
}
begin() { # OPTION...: mon-cat writes to the file "got"
	mon-cat --follow "$@" >got 2>err &
	follower=$!
	sleep 1.5 # until it stands at the end, or waits
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
wait_for "1 2 4 3 5"
is "over midnight: each row once" "1 2 3 4 5" "$(followed | xargs -n 1 | sort -n | xargs)"
# --- a file that comes later, and a killed writer
printf '%s\n' '2025-09-01T00:00:20Z work custom: x,1' | mon-split
printf '2025-09-01T00:00:25Z,work,7' >>M/2025-09-01/connections.csv
sleep 1.5
unlike "half a row of a killed writer does not come" 'T00:00:25Z' "$(cat got)"
row 2025-09-01T00:00:30Z 8 | mon-split 2>/dev/null # cuts it off
for _ in $(seq 200); do grep -q 'conn: 8,0' got && break; sleep 0.1; done
is "behind it: each row once" "1 2 3 4 5 8" "$(grep ' conn: ' got | sed -E 's/.* ([0-9]+),0$/\1/' | sort -n | xargs)"
is "a kind that had no file" 1 "$(grep -c 'custom: x,1' got)"
# --- a clock that was in another year, and a day that is deleted and comes anew
row 2036-01-01T00:00:00Z 9 | mon-split
row 2025-09-01T00:00:40Z 10 | mon-split
row 2025-09-02T00:00:00Z 11 | mon-split
for _ in $(seq 200); do grep -q 'conn: 11,0' got && break; sleep 0.1; done
rm -r M/2025-09-01
sleep 1.5
row 2025-09-01T00:00:50Z 12 | mon-split
for _ in $(seq 200); do grep -q 'conn: 12,0' got && break; sleep 0.1; done
is "a year later and back, a day deleted: each row once" "1 2 3 4 5 8 9 10 11 12" "$(grep ' conn: ' got | sed -E 's/.* ([0-9]+),0$/\1/' | sort -n | xargs)"
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
wait_for "3 4 5"
end
is "--from: from there on" "3 4 5" "$(followed)"
begin --now 2025-08-31T12:00:00Z yesterday today
row 2025-08-31T12:00:20Z 6 | mon-split
wait_for "1 2 3 4 5 6"
end
is "days: they, and what is new" "1 2 3 4 5 6" "$(followed)"

# --- many writers, many rows: none twice, none missing
rm -rf M got
mkdir M
begin --now 2025-08-31T12:00:00Z
for w in 1 2 3; do
	for k in $(seq 15); do seq $((w * 1000000 + k * 1000)) $((w * 1000000 + k * 1000 + 999)) | sed 's/.*/2025-08-31T12:00:00Z work conn: &,0/' | mon-split --no-sync; done &
	writers[w]=$!
done
wait "${writers[@]}"
for _ in $(seq 200); do [ "$(wc -l <got)" -ge 45000 ] && break; sleep 0.1; done
sleep 1
end
is "45,000 rows of three writers, each once" "45000 45000" "$(wc -l <got) $(sort -u got | wc -l)"

# --- a reader that goes ends it, also when nothing is filed
run timeout 20 bash -c 'mon-cat --follow --now 2025-08-31T12:00:00Z | true; echo "${PIPESTATUS[0]}"'
is "it ends when its reader is gone" 0 "$out"
finish
