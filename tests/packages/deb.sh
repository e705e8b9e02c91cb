#!/bin/bash
# deb.sh DIR - install, upgrade, remove and purge the .deb packages of build.sh by the real dpkg.
. "$(dirname "$0")/lib.sh" "$@"
dpkg() { ok "$1" dpkg --force-unsafe-io "${@:2}"; }
state() { inside dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$1" 2>/dev/null; }
conf=$root/etc/qubes/rpc-config/qubes.Metrics.Get
one=/tmp/packages/a two=/tmp/packages/next
inside dpkg --purge sys-monitor sys-monitor-guest >/dev/null 2>&1 # if this machine has them

# --- the guest's alone, as in most templates; its dependencies are checked by dpkg
dpkg "install the guest's" -i "$one/sys-monitor-guest_${version}_amd64.deb"
like "it answers, alone" '^sys: ' "$(inside mon-sample 2>&1)"
like "its socket is started, for a qube that runs" '(re)?start .*sys-monitor-sample\.socket$' "$(calls)"

# --- from the version that packed its handler, as it was and with one that a person wrote
inside dpkg --purge sys-monitor-guest >/dev/null 2>&1
dpkg "the version before" -i /tmp/packages/before.deb
is "its handler" /usr/bin/mon-sample "$(readlink "$handler")"
: >"$root/tmp/calls"
dpkg "upgrade from it" -i "$one/sys-monitor-guest_${version}_amd64.deb"
is "the handler is the socket now" /run/sys-monitor-sample.socket "$(readlink "$handler")"
like "which is started at once" '(re)?start .*sys-monitor-sample\.socket$' "$(calls)"
inside dpkg --purge sys-monitor-guest >/dev/null 2>&1
is "the purge leaves nothing" "" "$(left)"
dpkg "the version before" -i /tmp/packages/before.deb
rm "$handler" && printf '#!/bin/sh\necho mine\n' >"$handler" && chmod 755 "$handler"
dpkg "upgrade from it" -i "$one/sys-monitor-guest_${version}_amd64.deb"
is "a handler that a person wrote is still there" "mine" "$(inside /etc/qubes-rpc/qubes.Metrics.Get)"
dpkg "the next version" --force-confold -i "$two/sys-monitor-guest_${next}_amd64.deb"
is "and after the next upgrade" "mine" "$(inside /etc/qubes-rpc/qubes.Metrics.Get)"
inside dpkg --purge sys-monitor-guest >/dev/null 2>&1
is "and after the purge, alone" "etc/qubes-rpc
etc/qubes-rpc/qubes.Metrics.Get" "$(left)"
rm -r "$root/etc/qubes-rpc"
dpkg "install it" -i "$one/sys-monitor-guest_${version}_amd64.deb"
ln -sf /usr/bin/mon-sample "$handler"
dpkg "the next version" -i "$two/sys-monitor-guest_${next}_amd64.deb"
is "the executable way, chosen by hand, stays" /usr/bin/mon-sample "$(readlink "$handler")"
like "and answers" '^sys: ' "$(inside /etc/qubes-rpc/qubes.Metrics.Get 2>&1)"
inside dpkg --purge sys-monitor-guest >/dev/null 2>&1
is "the purge takes the link along" "" "$(left)"
dpkg "install the guest's again" -i "$one/sys-monitor-guest_${version}_amd64.deb"
calls >/dev/null

# --- both
dpkg "install the collector's" -i "$one/sys-monitor_${version}_amd64.deb"
works "$version"
is "the three timers are enabled" "$timers" "$(enabled)"
said=$(calls)
like "systemd hears of the units" '^--system daemon-reload$' "$said"
is "no timer is started" "" "$(grep -E '(^| )(start|restart|try-|reload-or)|--now' <<<"$said")"
is "every timer in the package is enabled" "$timers" "$(cd "$root/usr/lib/systemd/system" && printf '%s\n' monitor-*.timer | xargs)"
is "what is enabled by itself is in the preset" "" "$(grep -lE '^WantedBy=' "$root"/usr/lib/systemd/system/{monitor-,sys-monitor-}* |
	xargs -n 1 basename | grep -vxFf <(sed -n 's/^enable //p' "$root"/usr/lib/systemd/system-preset/80-sys-monitor*.preset))"
is "no file was changed after it was packed" "" "$(inside dpkg --verify sys-monitor sys-monitor-guest)"
if inside sh -c 'command -v zsh' >/dev/null; then
	like "zsh of Debian finds the completion" '^_mon$' "$(inside zsh -f -c 'autoload -Uz compinit; compinit -u -D; print $_comps[mon-scrape]' 2>/dev/null)"
else
	echo "skip: no zsh here (tests/setup test): its completion was not looked for"
fi
dpkg "install them again" -i "$one/sys-monitor_${version}_amd64.deb" "$one/sys-monitor-guest_${version}_amd64.deb"
is "the timers are still enabled" "$timers" "$(enabled)"

# --- an upgrade keeps what a person has changed
inside systemctl disable monitor-qubes.timer >/dev/null 2>&1
echo "# mine" >>"$conf"
: >"$root/tmp/calls"
dpkg "upgrade to $next" --force-confold -i "$two/sys-monitor_${next}_amd64.deb" "$two/sys-monitor-guest_${next}_amd64.deb"
works "$next"
is "upgraded" "ii $next ii $next" "$(state sys-monitor) $(state sys-monitor-guest)"
is "a timer that was disabled stays so" "monitor-backup.timer monitor-poll.timer" "$(enabled)"
is "a changed setting stays" "# mine" "$(tail -n 1 "$conf")"
is "the upgrade starts the socket anew, writes the settings anew if they were, and stops nothing" "--system daemon-reload
restart sys-monitor-sample.socket
try-restart monitor-settings.service" "$(calls | grep -v ' is-' | sed 's/^--.* restart/restart/' | LC_ALL=C sort)"

# --- remove
dpkg "remove both" --remove sys-monitor sys-monitor-guest
is "no timer is enabled" "" "$(enabled)"
said=$(calls)
like "running timers are stopped" "stop .*monitor-poll.timer" "$said"
like "and the settings, to be written at a new start" "stop .*monitor-settings.service" "$said"
like "and the socket" "stop .*sys-monitor-sample.socket" "$said"
is "only settings are left, and the sampler's place" "etc/qubes
etc/qubes/rpc-config
etc/qubes/rpc-config/qubes.Metrics.Get
etc/qubes/rpc-config/qubes.Metrics.Get.dpkg-dist
var/lib/mon-sample" "$(left | grep -vE '^var/lib/(systemd|mon-sample/)')"
dpkg "install again" -i "$two/sys-monitor_${next}_amd64.deb"
is "the timers are enabled again" "$timers" "$(enabled)"

# --- purge
dpkg "purge both" --purge sys-monitor sys-monitor-guest
is "nothing at all is left" "" "$(left)"
finish
