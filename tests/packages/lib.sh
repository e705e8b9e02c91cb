# lib.sh - what deb.sh and rpm.sh do alike: this very machine as a fresh root, by an overlay of
# which nothing remains, in a mount namespace of its own.  Source it with the packages' folder:
#
#	. "$(dirname "$0")/lib.sh" "$@"
#
# It is the distribution that the packages are made for, with its real package manager, its
# database and its systemctl.  That systemctl also writes down in "calls" what it was told.
set -u
skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root, for mount and chroot"
# PID 1 of its own as well: systemctl looks at the root of PID 1 to know that it is in a chroot.
if [ "${MON_ROOT_INSIDE-}" != yes ]; then
	apart=(unshare --mount --propagation private --pid --fork --kill-child --mount-proc)
	"${apart[@]}" true 2>/dev/null || skip "this machine lets nobody make a namespace"
	MON_ROOT_INSIDE=yes exec "${apart[@]}" bash "$0" "$@"
fi
packages=$1 failed=0 passed=0
read -r version next <"$packages/versions" || skip "no packages in $packages: packages-build did not make them"
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-root.XXXXXX")
trap 'umount -R "$work" 2>/dev/null; rmdir "$work"' EXIT
mount -t tmpfs -o mode=0755 tmpfs "$work" || skip "no tmpfs can be mounted"
mkdir "$work"/{upper,work,root,before,hidden}
root=$work/root before=$work/before
# What this machine may have of ours, is not there: overlays take such a device for "deleted".
for path in var/lib/mon-sample etc/mon-sample.d etc/qubes-rpc/qubes.Metrics.Get etc/qubes/rpc-config/qubes.Metrics.Get; do
	[ ! -e "/$path" ] && [ ! -L "/$path" ] || { mkdir -p "$work/hidden/${path%/*}" && mknod "$work/hidden/$path" c 0 0; }
done
{
	mount -t overlay -o "lowerdir=$work/hidden:/,upperdir=$work/upper,workdir=$work/work" overlay "$root" &&
		mount -t overlay -o "ro,lowerdir=$work/hidden:/" overlay "$work/before"
} 2>/dev/null || skip "this kernel makes no overlay of /"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mkdir -p "$root/run/systemd/system" # "systemd is running": so the scripts dare to do all they would do
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root/tmp/packages"
mount --bind "$packages" "$root/tmp/packages"
if [ -e "$root/usr/bin/systemctl" ]; then
	mv "$root/usr/bin/systemctl" "$root/usr/bin/systemctl.real"
	printf '#!/bin/sh\necho "$@" >>/tmp/calls\nexec /usr/bin/systemctl.real "$@"\n' >"$root/usr/bin/systemctl"
	chmod 755 "$root/usr/bin/systemctl"
else
	skip "needs systemctl: tests/setup test"
fi

# A person's machine has no such policy; and to index all pages of this machine takes ten seconds.
rm -f "$root/usr/sbin/policy-rc.d" "$root/var/lib/man-db/auto-update"

pass() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf 'FAIL %s\n' "$1"; shift; printf '%s\n' "$@" | sed 's/^/     /'; }
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"; fi; }
like() { if grep -Eq -- "$2" <<<"$3"; then pass "$1"; else fail "$1" "no match for: $2" "$3"; fi; }
inside() { # COMMAND...: in the root, as root, with little in the environment
	chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}
ok() { # WHAT COMMAND...: does it succeed in the root?
	local what=$1 said
	shift
	if said=$(inside "$@" 2>&1); then pass "$what"; else fail "$what" "$said"; fi
}
calls() { sort -u "$root/tmp/calls" 2>/dev/null | grep -vE '^(--root=[^ ]* )?is-enabled'; : >"$root/tmp/calls"; }
enabled() { # the timers that would start at the next boot
	(cd "$root/etc/systemd/system/timers.target.wants" 2>/dev/null && printf '%s\n' monitor-*.timer | grep -vF '*') | xargs
}
handler=$root/etc/qubes-rpc/qubes.Metrics.Get
timers="monitor-backup.timer monitor-poll.timer monitor-qubes.timer"
# left: what is in the root now and was not before (base), or the other way round, but for what
# package managers remember.
changed() {
	(cd "$work/upper" && find . -mindepth 1 \( -path ./var/lib/dpkg -o -path ./var/lib/rpm -o -path ./var/log -o -path ./var/cache \
		-o -path ./root/.rpmdb \) -prune -o -printf '%P\n' | while read -r path; do
			if [ -c "$path" ]; then echo "deleted: $path"; elif [ ! -e "$before/$path" ] && [ ! -L "$before/$path" ]; then echo "$path"; fi
		done) | sort
}
base=$(changed)
left() { comm -3 <(echo "$base") <(changed) | tr -d '\t' | sed '/^$/d'; }
# What an installed pair of packages has to do, whichever package manager put it there.
works() { # VERSION
	local tool
	for tool in "$root"/usr/bin/mon-*; do
		tool=$(basename "$tool")
		is "$tool --version" "$tool (sys-monitor) $1" "$(inside "$tool" --version 2>&1)"
	done
	is "the service is the sampler's socket" /run/sys-monitor-sample.socket "$(readlink "$handler")"
	is "which is that of the unit" "ListenStream=$(readlink "$handler")" "$(grep ^Listen "$root/usr/lib/systemd/system/sys-monitor-sample.socket")"
	like "which is enabled" '^(/usr)?/lib/systemd/system/sys-monitor-sample.socket$' "$(readlink "$root/etc/systemd/system/sockets.target.wants/sys-monitor-sample.socket")"
	like "what stands behind it answers" '^sys: ' "$(inside mon-sample 2>&1)"
	is "the collector finds the sampler" "ok" "$(inside mon-scrape --local | sed -nE 's/.* scrape: ([a-z]*),.*/\1/p')"
	is "the service runs as root" "force-user='root'" "$(head -n 1 "$root/etc/qubes/rpc-config/qubes.Metrics.Get")"
	is "there is a folder for drop-ins" "drwxr-xr-x root" "$(stat -c '%A %U' "$root/etc/mon-sample.d")"
	is "every program of a unit is there" "" "$(sed -nE 's/^Exec[A-Za-z]*=[-+!:@]*(.*)/\1/p' "$root"/usr/lib/systemd/system/{monitor-,sys-monitor-}*.service |
		sed 's/^mon-pipe /mon-pipe\n/; s/ | /\n/g' | awk '{ print $1 }' | sort -u |
		while read -r tool; do inside sh -c "command -v $tool" >/dev/null || echo "$tool"; done)"
	is "bash completes" "complete -F _mon mon-scrape" \
		"$(inside bash -c '. /usr/share/bash-completion/completions/mon-scrape; complete -p mon-scrape')"
	is "man finds the pages" 0 "$(for tool in "$root"/usr/bin/mon-*; do
		[ -e "$root/usr/share/man/man1/$(basename "$tool").1.gz" ] || echo "$tool"; done | wc -l)"
}
finish() {
	printf '%d ok, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}
