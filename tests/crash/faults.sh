# faults.sh archive|keep|prune [KIND...] - break the n-th call that touches the disk, n = 1, 2, 3, ... to the end.
#
# MON_STEP=8 in the environment breaks only each eighth call, from a random first one that is printed and that
# MON_FIRST=3 sets: so CI meets every call over a few runs.
#
#	archive  in mon-archive, with a vault: from a ledger with a torn end, and from none at all
#	keep     in mon-archive --no-copy
#	prune    in mon-prune
#
# KIND is one of fault.c.  After each broken run: no day is lost, no row and no name on stdout
# without a whole copy, no half archive under its final name, no day half deleted.  A run without faults
# then completes.  A short count or EINTR must not be noticed at all.
#
# By hand: MON_BIN=.../build/release MON_FAULT=.../build/release/crash/fault.so bash faults.sh prune kill
fault=${MON_FAULT:-} step=${MON_STEP:-1}
first=${MON_FIRST:-$((RANDOM % step + 1))}
# Thousands of fsyncs are cheap in memory, and the disk itself is not what is tested.
[ ! -w /dev/shm ] || export TMPDIR=${TMPDIR:-/dev/shm}
. "$(dirname "$0")/../e2e/lib.sh"
what=$1
shift
kinds=${*:-kill eio enospc short eintr rot}
now=2026-09-01T12:00:00Z
old=2026-08-01 next=2026-08-10 before=2026-08-30 fresh=2026-08-31 today=2026-09-01
here=$(pwd -P)
[ -f "$fault" ] || { echo "set MON_FAULT to the built fault.so"; exit 1; }
ln -s "$fault" fault.so && fault=$here/fault.so # LD_PRELOAD takes no path with a space

# day DAY ROWS: a folder with two files
day() {
	mkdir -p "M/$1"
	{
		echo ts,vm,tcp_established,udp_sockets
		yes "$1T10:00:00Z,work,12,4" | head -n "$2"
	} >"M/$1/connections.csv"
	printf 'ts,vm,state\n%sT10:00:00Z,work,Running\n' "$1" >"M/$1/qubes.csv"
}
# sums DIR: the array sum[PATH] of all files below it
sums() {
	local hash path files=()
	sum=()
	for path in "$1"/**; do [ ! -f "$path" ] || [ -L "$path" ] || files+=("$path"); done
	[ ${#files[@]} = 0 ] && return
	while read -r hash path; do
		path=${path#\*}
		sum[${path#"$1"/}]=$hash
	done < <(sha256sum -- "${files[@]}")
}
shopt -s globstar dotglob # for sums
# breaks: this process, as $broken says, a list of NAME=VALUE
# shellcheck disable=SC2086,SC2163
breaks() { [ -z "$broken" ] || export $broken; }
# pipe STEM: the backup, with what $broken says; sets $rc_archive and $rc_prune
pipe() {
	{ [ "$what" = prune ] || breaks; exec mon-archive --dir M --now "$now" "${how[@]}" 2>"$1.err"; } | tee "$1.named" |
		{ [ "$what" != prune ] || breaks; exec mon-prune --dir M --now "$now" >"$1.gone" 2>>"$1.err"; }
	rc_archive=${PIPESTATUS[0]} rc_prune=${PIPESTATUS[2]}
}
oops() { problem="${problem:+$problem; }$1"; }

# Is every day whole in its folder, or whole in an archive?  Each path in M as it was made, or healed.
audit() {
	local d path name rest row_day archive hash place n
	declare -A archived=()
	sums .
	for path in "${!sum[@]}"; do
		name=${path##*/}
		case $path in
		"$safe"/* | M/.outgoing/monitor-*)
			case $name in .*) continue ;; esac # a temporary file of --no-copy
			d=${name#monitor-} d=${d:0:10}
			[ "${sum[$path]}" = "${want[$d]:-}" ] || oops "$path is not the archive of its day"
			[ "${path%/*}" != "$safe" ] || archived[$d]=1
			;;
		esac
	done
	for d in "${days[@]}"; do
		n=0
		for name in connections.csv qubes.csv; do
			hash=${sum[M/$d/$name]:-none}
			[ "$hash" = none ] || n=$((n + 1))
			[ "$hash" = none ] || [ "$hash" = "${made[M/$d/$name]}" ] || [ "$hash" = "${healed[M/$d/$name]:-}" ] ||
				oops "M/$d/$name is changed"
		done
		[ $n = 2 ] && continue
		[ $n = 0 ] || oops "$d is half deleted"
		[ -n "${archived[$d]:-}" ] || oops "$d is lost"
		case $d in "$before" | "$fresh" | "$today") oops "$d is recent and deleted" ;; esac
	done
	recorded=' '
	if [ -f M/archives.csv ]; then
		read -r rest <M/archives.csv
		[ "$rest" = ts,day,archive,bytes,csv_bytes,sha256,vault ] || oops "the ledger has no header"
		# read gives no line without LF: a torn end is no row
		while IFS=, read -r rest row_day archive n rest hash place; do
			[ "$row_day" != day ] || continue
			[ "${sum[$safe/$archive]:-}" = "$hash" ] || oops "the row of $archive has no such copy"
			recorded+="$row_day "
		done <M/archives.csv
	fi
	while read -r d; do
		case $recorded in *" $d "*) ;; *) oops "$d is named without a row" ;; esac
	done <broken.named
}

# After a run without faults: everything is where it belongs, and nothing else is left.
settled() {
	local d path
	[ "$rc_archive $rc_prune" = '0 0' ] || oops "exit codes $rc_archive $rc_prune: $(cat "$1.err")"
	sums .
	for path in "${!sum[@]}"; do
		case $path in *.tmp | M/.*) oops "$path is left" ;; esac
	done
	[ ! -e M/.outgoing ] || oops "M/.outgoing is left"
	for d in "${days[@]}"; do
		[ "$d" = $today ] || [ "${sum[$safe/monitor-$d.tgz]:-}" = "${want[$d]}" ] || oops "$d is not in $safe"
		if [ "$d" = $before ] || [ "$d" = $fresh ] || [ "$d" = $today ] || [ "$what" = keep ]; then
			[ "${sum[M/$d/qubes.csv]:-}" = "${healed[M/$d/qubes.csv]}" ] || oops "$d is gone"
		else
			[ ! -e "M/$d" ] || oops "$d is still there"
		fi
	done
	while IFS= read -r path; do
		[ "${path//[!,]/}" = ,,,,,, ] || oops "the ledger has a broken row"
		path=
	done <M/archives.csv
	[ -z "$path" ] || oops "the ledger ends torn"
}

# try KIND TEMPLATE: all n; sets $tried
try() {
	local kind=$1 template=$2 n
	tried=0
	for ((n = first; ; n += step)); do
		rm -rf round hit
		cp -a "$template" round
		cd round || exit 1
		problem=
		broken="LD_PRELOAD=$fault FAULT_TOOL=$([ "$what" = prune ] && echo mon-prune || echo mon-archive) FAULT_KIND=$kind FAULT_AT=$n FAULT_HIT=$here/hit"
		pipe broken 2>/dev/null # else bash tells of each kill
		if [ ! -e ../hit ]; then
			[ "$rc_archive $rc_prune" = '0 0' ] || fail "$kind: the run without a fault ends with 0" "$(cat broken.err)"
			cd ..
			break
		fi
		audit
		case $kind in
		short | eintr) settled broken ;;
		kill) case "$rc_archive $rc_prune" in *137*) ;; *) oops "nothing was killed: $rc_archive $rc_prune" ;; esac ;;
		esac
		broken=
		pipe clean
		settled clean
		tried=$((tried + 1))
		[ -z "$problem" ] || fail "$template: $kind at call $n" "$problem" "$(cat broken.err)"
		cd ..
		[ "$failed" -lt 5 ] || finish
	done
	total=$((total + tried))
	# Fewer would mean that the calls do not come by us any more.
	if [ $(((tried + 1) * step)) -gt "$3" ] && { [ "$kind" != kill ] || [ "$tried" -gt 0 ]; }; then
		pass "$what, $template: $kind at $tried calls, each ${step}th from the ${first}th"
	else
		fail "$what, $template: $kind met only $tried calls"
	fi
}

# Does fault.c know every call of the tools that can touch the disk?
known=$(sed -n 's/^\(OPEN\|READDIR\|READ\|WRITE\|CALL\)(\(.*, \)\?\(int, \|ssize_t, \|\*, \)\?\([a-z0-9_]*\), (.*/\4/p' "$MON_SRC/tests/crash/fault.c" | sort)
for tool in mon-archive mon-prune; do
	! nm "$MON_BIN/$tool" 2>/dev/null | grep -q ' __gcov_' || continue # libgcov makes more of them, at the end
	calls=$(nm -D --undefined-only "$MON_BIN/$tool" | sed 's/.* //; s/@.*//' |
		grep -E '^_*(open|creat|read|pread|write|pwrite|fallocate|posix_fallocate|truncate|ftruncate|fsync|fdatasync|sync|flock|stat|fstat|lstat|statx|readlink|mkdir|link|symlink|rename|unlink|rmdir|remove|utime|utimes|utimens|futimes|futimens|[lf]?[gs]etxattr|fopen|sendfile|copy_file_range|splice|mmap|ftw|nftw|fts_open|opendir|scandir|mkstemp)(at|at2|v|64|dir|_chk|_2)*$' | sort)
	is "$tool makes no call that fault.c does not know" "" "$(comm -23 <(echo "$calls") <(echo "$known"))"
done

# The templates, made by the tools themselves on a day when only the first day was there.  Always in
# "round": the ledger holds the absolute folder of --no-copy.
declare -A sum made healed want
how=(--vault vault) safe=machine/vault/vault/QubesIncoming/sys-monitor
printf 'state=Halted\n' >machine/qubes/vault
[ "$what" != keep ] || { how=(--no-copy --out kept) safe=kept; }
export FAKE_QUBES=machine
mkdir -p round/M round/kept
cp -a machine round/
cp -a round first
cd round || exit 1
day $old 3
broken=
mon-archive --dir M --now ${old%1}3T12:00:00Z "${how[@]}" >/dev/null 2>&1
day $next 40000 # more than one block of the archive
day $before 3
day $fresh 3
day $today 3
mkdir ../whole
cp -a M ../whole/ # what healing must lead to
printf '%sT10:00:00Z,wo' $next >>M/$next/qubes.csv
printf '2026-08-02T12:00:00Z,%s,moni' $next >>M/archives.csv
cp -a . ../archive
cp -a M/$next M/$before M/$fresh M/$today ../first/M/ # the last days, so that the clock is believed
sums ../whole && for path in "${!sum[@]}"; do healed[$path]=${sum[$path]}; done
sums . && for path in "${!sum[@]}"; do made[$path]=${sum[$path]}; done
mon-archive --dir M --now "$now" "${how[@]}" >/dev/null 2>&1
cp -a . ../prune # mon-prune begins where mon-archive has done its work
sums "$safe"
for path in "${!sum[@]}"; do
	path=${path#monitor-}
	want[${path%.tgz}]=${sum[monitor-$path]}
done
is "the archives of a run without faults" "$old $next $before $fresh" "$(printf '%s\n' "${!want[@]}" | sort | xargs)"
ok "tar unpacks $next" tar xzf "$safe/monitor-$next.tgz"
ok "... to the bytes that were filed" diff -r "$next" "../whole/M/$next"
cd ..

# A power cut: what a later step stands on was brought to the disk before it.
logged() { # logged TOOL TEMPLATE: its calls, one line, those that only look left out
	rm -rf round && cp -a "$2" round && cd round || exit 1
	env LD_PRELOAD=$fault FAULT_TOOL=$1 FAULT_KIND=log FAULT_AT=1 FAULT_HIT=../log "$1" --dir M --now "$now" "${@:3}" >/dev/null 2>&1
	cd ..
	grep -Ev '^(open|openat|read|pread|fstat|fstatat|readdir|readlink|flock|fgetxattr|tell)$' log | uniq | xargs
	rm log
}
if [ "$what" != prune ]; then
	like "archive synced, then named, then its name synced; then the row, synced; then the folder dated, then the day is printed" \
		"write fsync renameat2 fsync fallocate pwrite fdatasync futimens$([ "$what" = keep ] || echo ' unlinkat print')( |$)" "$(logged mon-archive archive "${how[@]}")"
	like "... and the first row of all: the ledger synced before it has its name" \
		"renameat2 fsync write fsync linkat fsync fallocate pwrite fdatasync futimens( |$)" "$(logged mon-archive first "${how[@]}")"
else
	is "a day is renamed, that synced, and only then emptied" \
		"renameat2 fsync unlinkat print renameat2 fsync unlinkat print" "$(logged mon-prune prune $old $next)"
fi

# A file system that does not tell what is a folder (d_type): each is looked at.
if [ "$what" = archive ]; then
	rm -rf round && cp -a archive round && mkdir round/M/2026-08-20x && touch round/M/2026-08-20 && ln -s $next round/M/2026-08-21
	is "days on a file system without d_type" "$next $before $fresh" \
		"$(cd round && LD_PRELOAD=$fault FAULT_DTYPE=no mon-archive --dir M --now $now --dry-run "${how[@]}" | xargs)"
fi

total=0
days=($old $next $before $fresh $today)
for kind in $kinds; do
	case $what in
	prune) [ "$kind" = rot ] || try "$kind" prune 4 ;;
	*) try "$kind" archive 10 ;;
	esac
done
if [ "$what" = archive ]; then
	days=($next $before $fresh $today)
	for kind in $kinds; do
		case $kind in kill) try "$kind" first 50 ;; esac
	done
fi
printf '%d fault points tried in %s\n' "$total" "$what"
finish
