# machine.sh - boot a real systemd as PID 1, in a container made of this machine's own /usr.
#
#	. machine.sh			# before lib.sh, which takes MON_STAGE_BUILD out of the environment
#	machine_able || exit 77		# says why not
#	machine_stage FOLDER		# a staged install of a release build
#	machine_make FOLDER [STAGE]	# STAGE/usr is laid over /usr
#	machine_session FOLDER		# what a login needs in it; fails where it is not to be had
#	machine_boots FOLDER || exit	# the first boot of a test: 77 if none can be booted here
#	machine_boot FOLDER		# each other one
#	machine FOLDER systemctl status	# run a command inside; its exit code comes through
#	machine_crash FOLDER		# as when the power goes away
#	machine_boot FOLDER		# the same /etc, /home, /rw and journal again; a fresh /run
#	machine_off FOLDER
#
# Sourced by the tests here, and by cost.sh (the measurement).  Needs root and the package
# systemd-container.  /usr is read-only, /etc and /var are new and tiny.  The container has a
# user "user" in the group qubes, and the folders /rw and /home of an AppVM.
#
# nspawn ignores MemoryMax=, TasksMax= and CPUWeight= in here, and what needs BPF.

machine_src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
machine_stage_build=${MON_STAGE_BUILD-}

# machine_stage FOLDER: stage an install in it, of a release build (sanitizers do not go with
# MemoryDenyWriteExecute=): the one in $MON_STAGE_BUILD as it is, else that of the preset, brought up to date.
machine_stage() {
	local build=${machine_stage_build:-$machine_src/build/release}
	mkdir -p "$1" || return
	{
		if [ -z "$machine_stage_build" ]; then
			[ -e "$build/CMakeCache.txt" ] || cmake -S "$machine_src" --preset release -DBUILD_TESTING=OFF
			cmake --build "$build" --target shipped
		fi && DESTDIR=$1 cmake --install "$build" --prefix /usr
	} >"$1.log" 2>&1 || { tail -n 20 "$1.log"; echo "FAIL the staged install in $build"; return 1; }
}

# machine_able: is there what it takes to boot a machine?  If not, say why.
machine_able() {
	local why=''
	if [ "$(id -u)" != 0 ]; then
		why="systemd-nspawn needs root"
	elif ! command -v systemd-nspawn >/dev/null; then
		why="systemd-nspawn is not installed (package systemd-container)"
	elif [ ! -e /usr/lib/systemd/systemd ]; then
		why="systemd is not installed"
	elif ! machine_cgroups; then
		why="there is no writable cgroup v2 hierarchy below /sys/fs/cgroup"
	fi
	[ -z "$why" ] || { echo "SKIP: cannot boot a systemd here: $why"; return 1; }
}

# machine_boots FOLDER: the first boot.  If it fails, does one that holds nothing of ours boot?  Then
# it is our fault, and 1 is returned; else 77, and it is said why.
machine_boots() {
	local bare code=1
	! machine_boot "$1" || { echo "ok   boots"; return 0; }
	bare=$(mktemp -d "${TMPDIR:-/tmp}/mon-machine.XXXXXX") || return
	if { machine_make "$bare" && machine_boot "$bare"; } >"$bare/messages" 2>&1; then
		echo "FAIL boots: $(cat "$1/state" 2>/dev/null)"
	else
		code=77
		echo "SKIP: cannot boot a systemd here: systemd-nspawn failed:" \
		    "$(cat "$bare/messages" "$bare/state" 2>/dev/null | tail -n 3 | xargs)"
	fi
	machine_crash "$bare"
	rm -rf "$bare"
	return $code
}

# machine_cgroups: set $cgroups to the root of the v2 hierarchy.
machine_cgroups() {
	local c
	for c in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ -e $c/cgroup.procs ] && [ "$(stat -fc %T $c)" = cgroup2fs ] && [ -w $c ] && cgroups=$c && return
	done
	return 1
}

# machine_session FOLDER: what a login as root (su -l) needs in the machine, before it is booted: PAM, logind,
# the bus.  Fails where this system has no such thing to copy.
machine_session() {
	local root=$1/root
	ls /usr/lib/*/security/pam_systemd.so >/dev/null 2>&1 && [ -d /etc/dbus-1 ] && [ -d /etc/pam.d ] || return
	rm "$root/etc/systemd/system/systemd-logind.service"
	cp -a /etc/pam.d /etc/security /etc/login.defs /etc/environment /etc/dbus-1 "$root/etc/" 2>/dev/null
	mkdir -p "$root/etc/default" "$root/var/lib/dbus"
	: >"$root/etc/default/locale"
	# What a login shell reads, as Debian's base-files gives it to a new machine.
	cp /usr/share/base-files/profile "$root/etc/profile" 2>/dev/null
	cp /usr/share/base-files/dot.profile "$root/root/.profile" 2>/dev/null
	cp /usr/share/base-files/dot.bashrc "$root/root/.bashrc" 2>/dev/null
	printf 'auth sufficient pam_rootok.so\naccount sufficient pam_permit.so\n@include common-session\n' >"$root/etc/pam.d/su-l"
}

machine_make() {
	local dir=$1 root=$1/root link unit
	mkdir -p "$root"/{usr,dev,proc,sys,run,tmp,mnt,root} "$root"/var/{lib,log/journal} \
	    "$root"/etc/systemd/{system,journald.conf.d} "$root"/{home/user,rw/config} || return
	chmod 1777 "$root/tmp"
	chown 1000:1000 "$root/home/user"
	[ -z "${2-}" ] || readlink -f "$2" >"$dir/stage"
	for link in bin sbin lib lib32 lib64; do
		[ ! -L /$link ] || ln -s "usr/$link" "$root/$link"
	done
	[ ! -d /etc/alternatives ] || cp -a /etc/alternatives "$root/etc/"
	cp /etc/ld.so.cache "$root/etc/" # else each start looks into twenty folders more than in a guest
	cp /usr/lib/os-release "$root/etc/os-release"
	ln -s ../usr/share/zoneinfo/UTC "$root/etc/localtime"
	echo sys-monitor >"$root/etc/hostname"
	# A known id: with an empty one systemd takes this for a first boot, and enables all it finds.
	tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
	cat >"$root/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/bash
	messagebus:x:101:101::/nonexistent:/usr/sbin/nologin
	nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	user:x:1000:1000:user:/home/user:/bin/bash
	END
	cat >"$root/etc/group" <<-END
	root:x:0:
	adm:x:4:
	tty:x:5:
	disk:x:6:
	utmp:x:43:
	messagebus:x:101:
	systemd-journal:x:102:
	qubes:x:998:user
	nogroup:x:65534:
	user:x:1000:
	END
	printf '%s: files\n' passwd group shadow hosts >"$root/etc/nsswitch.conf"
	sed 's/:.*/:*:1::::::/' "$root/etc/passwd" >"$root/etc/shadow"
	chmod 640 "$root/etc/shadow"
	printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nSystemMaxUse=64M\n' \
	    >"$root/etc/systemd/journald.conf.d/test.conf"
	ln -s /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
	# What this machine's /usr brings along and a container does not need.
	for unit in systemd-{logind,sysusers,firstboot,binfmt,modules-load,sysctl,random-seed}.service \
	    systemd-{update-utmp,update-utmp-runlevel,pcrphase,pcrphase-sysinit}.service \
	    systemd-{networkd,resolved,remount-fs}.service kmod-static-nodes.service getty.target \
	    dev-hugepages.mount sys-fs-fuse-connections.mount sys-kernel-{debug,tracing}.mount \
	    proc-sys-fs-binfmt_misc.automount e2scrub_{all.timer,reap.service} apt-daily{,-upgrade}.timer \
	    dpkg-db-backup.timer fstrim.timer man-db.timer logrotate.timer; do
		ln -s /dev/null "$root/etc/systemd/system/$unit"
	done
}

machine_boot() {
	local dir=$1 usr=(--bind-ro=/usr) leader='' i
	[ ! -e "$dir/stage" ] || usr=(--overlay-ro="/usr:$(cat "$dir/stage")/usr:/usr")
	machine_cgroups || return
	# A cgroup of its own: nspawn makes "payload" below the one it is started in, and two
	# machines started from the same place would share it.
	echo "$cgroups/mon-boot.$$.${dir##*/}" >"$dir/cgroup"
	mkdir -p "$(cat "$dir/cgroup")" || return
	# shellcheck disable=SC2016 # for the inner shell
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 setsid sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$(cat "$dir/cgroup")" \
	    systemd-nspawn --quiet --settings=no --boot --directory="$dir/root" "${usr[@]}" \
	    --machine="mon-$$" --register=no --keep-unit --private-network --console=pipe \
	    --link-journal=no --kill-signal=SIGRTMIN+4 ${MACHINE_NSPAWN_ARGS-} >"$dir/console" 2>&1 </dev/null &
	echo $! >"$dir/nspawn"
	disown # or bash would tell of its end
	for ((i = 0; i < 500; i++)); do
		leader=$(pgrep -P "$(cat "$dir/nspawn")" | head -n 1)
		[ -z "$leader" ] || [ ! -S "/proc/$leader/root/run/systemd/private" ] || break
		leader=
		kill -0 "$(cat "$dir/nspawn")" 2>/dev/null || break
		sleep 0.02
	done
	if [ -z "$leader" ]; then
		sed 's/^/console: /' "$dir/console"
		return 1
	fi
	echo "$leader" >"$dir/leader"
	[ -n "${MACHINE_NO_WAIT-}" ] || machine "$dir" systemctl is-system-running --wait >"$dir/state"
}

machine() {
	local dir=$1
	shift
	nsenter -t "$(cat "$dir/leader")" -a -r -w env -i LANG=C.UTF-8 SYSTEMD_PAGER='' TERM=dumb \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin "$@" </dev/null
}

# machine_crash DIR: all of it ends at once, nothing gets to tidy up.
machine_crash() {
	local dir=$1 cgroup d i
	[ -e "$dir/cgroup" ] || return 0
	cgroup=$(cat "$dir/cgroup")
	# What is in this cgroup is ours.  nspawn's death alone would leave its systemd running.
	[ ! -e "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"
	kill -KILL "$(cat "$dir/nspawn")" 2>/dev/null
	for ((i = 0; i < 100; i++)); do
		for d in "$cgroup" "${cgroup/\/unified/\/systemd}"; do
			[ ! -d "$d" ] || find "$d" -depth -type d -exec rmdir {} + 2>/dev/null
		done
		[ -d "$cgroup" ] || break
		sleep 0.05
	done
	rm -f "$dir/cgroup" "$dir/nspawn" "$dir/leader"
}

machine_off() {
	local dir=$1 pid i
	[ -e "$dir/nspawn" ] || return 0
	pid=$(cat "$dir/nspawn")
	kill -TERM "$pid" 2>/dev/null # passed on as --kill-signal: power off
	for ((i = 0; i < 200; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	machine_crash "$dir"
}
