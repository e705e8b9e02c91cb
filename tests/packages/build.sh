#!/bin/bash
# build.sh OUT RELEASE [whole] - make the packages of RELEASE, a release build of this tree, and look
# at them; then make those of the next version and of the one before, for the other tests here.
# OUT gets a/, next/ and before.* with the packages.
#
# The guest's are made twice, of programs that were built in folders of other names, and compared;
# with "whole" all are, which takes some minutes.
set -u
MON_SRC=$(cd "$(dirname "$0")/../.." && pwd)
out=$1 release=$2 whole=${3-} failed=0
"$MON_SRC/tests/harness/need" cpack rpmbuild rpm2archive dpkg-shlibdeps lintian file readelf || exit
rm -rf "$out" && mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd) release=$(cd "$release" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
check() { # WHAT COMMAND...
	local what=$1
	shift
	if "$@" >"$work/said" 2>&1; then echo "ok   $what"; else
		echo "FAIL $what"; sed 's/^/     /' "$work/said" | tail -n 40; failed=1; fi
}

# The time of the commit is that of the packages; without git, any one that both share.
SOURCE_DATE_EPOCH=$(git -C "$MON_SRC" log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=1756641600
export SOURCE_DATE_EPOCH
package() { # BUILD PACKAGES [CPACK-OPTION]...
	local at
	at=$(mktemp -d "$work/pack.XXXXXX") # rpmbuild takes no path with a space, and the checkout may have one
	cpack --config "$1/CPackConfig.cmake" -B "$at" "${@:3}" && rm -rf "$at/_CPack_Packages" && mkdir -p "$2" && mv "$at"/* "$2"
}
# What may differ between two machines, does: the paths, the umask, the zone, the language, and
# the time of all files.
a() { (umask 022 && TZ=UTC LC_ALL=C package "$release" "$out/a"); }
b() {
	(umask 077 && export TZ=Pacific/Chatham LC_ALL=C.UTF-8 && mkdir -p "$work/b/and longer" && cd "$work/b/and longer" &&
		tar -C "$MON_SRC" --exclude=./build --exclude=./.git -cf - . | tar -xmf - &&
		cmake --preset release -B "$work/elsewhere" -DBUILD_TESTING=OFF \
			-DCMAKE_C_COMPILER="$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$release/CMakeCache.txt")" &&
		if [ "$whole" = whole ]; then
			cmake --build "$work/elsewhere" && package "$work/elsewhere" "$work/packages"
		else
			cmake --build "$work/elsewhere" --target mon-sample compressed &&
				package "$work/elsewhere" "$work/packages" -D CPACK_COMPONENTS_ALL=guest
		fi)
}
check "the packages" a
check "the same elsewhere" b
names=$(cd "$out/a" && ls)
check "two packages of each kind: $(echo $names)" test "$(grep -cE '\.deb$' <<<"$names") $(grep -cE '\.rpm$' <<<"$names")" = "2 2"
again=$(cd "$work/packages" && ls)
check "made twice: $(echo $again)" test "$(wc -w <<<"$again")" = "$([ "$whole" = whole ] && echo 4 || echo 2)"
for name in $again; do
	check "$name: the same bytes" cmp "$out/a/$name" "$work/packages/$name"
done
check "lintian" lintian --allow-root --fail-on error,warning "$out"/a/*.deb

# The tools are stripped, and hardened as the release preset says.  Each check has nobody to name.
nobody() { echo "$*"; test -z "$*"; }
for deb in "$out"/a/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done
tools=("$work"/tree/usr/bin/*)
check "all ${#tools[@]} tools are stripped" nobody "$(file "${tools[@]}" | grep -v ', stripped')"
readelf -hld "${tools[@]}" >"$work/elf"
check "they are PIE, relro, bound at once" nobody "$(awk '/^File:/ { name = $2; has[name] = 0 }
	/Type: +DYN|GNU_RELRO|FLAGS +BIND_NOW|\(FLAGS\) +BIND_NOW/ { has[name]++ } END { for (n in has) if (has[n] < 3) print n }' "$work/elf")"
check "without a sanitizer" nobody "$(grep -E 'NEEDED.*lib(asan|ubsan)' "$work/elf")"
check "without a path of the build" nobody "$(grep -lF -e "$MON_SRC" -e "$release" "${tools[@]}")"

# All that there is to ship is in them: the list is that of the build and of the tree.
built=$(find "$release" -maxdepth 1 -type f -perm -u+x -name 'mon-*' -printf '%f\n' | sort)
check "they are those that were built: $(echo $built)" test "$built" = "$(cd "$work/tree/usr/bin" && ls)"
check "each has its source" test "$built" = "$(cd "$MON_SRC/tools" && ls mon-*.c | sed 's/\.c$//' | sort)"
find "$work/tree" -name "*.gz" -exec gzip -d {} +
for tool in $built; do
	cmp "$MON_SRC/docs/man/$tool.1" "$work/tree/usr/share/man/man1/$tool.1"
	cmp "$MON_SRC/tools/completion/mon.bash" "$work/tree/usr/share/bash-completion/completions/$tool"
done >"$work/differ" 2>&1
check "its page, and its completion" nobody "$(cat "$work/differ")"
shipped() { # what people and machines get as it is here
	find systemd docs tools/completion -type f ! -name benchmark.md.in
	ls ./*.md tools/package/qubes.Metrics.Get
}
find "$work/tree" -type f -exec sha256sum {} + | cut -c 1-64 >"$work/packed"
(cd "$MON_SRC" && shipped | xargs -d '\n' sha256sum) >"$work/shipped"
check "units, pages, rules, dashboards: $(wc -l <"$work/shipped") files" test "$(wc -l <"$work/shipped")" -gt 50
check "are all in a package" nobody "$(grep -vFf "$work/packed" "$work/shipped")"

# The tests are run in a build for them: nothing is packed of that.
if ! grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=Release' "$out/../CMakeCache.txt"; then
	check "what was made of another build is refused" bash -c '
		! cpack --config "$1/../CPackConfig.cmake" -G DEB -B "$2" >"$2.log" 2>&1 && grep -q "hardened release build" "$2.log"' - "$out" "$work/other"
fi

# cmake --install: what the packages hold is what a staging tree holds, and /etc is with /usr only.
staged() { # PREFIX ETC HANDLER
	rm -rf "$work/stage" && DESTDIR=$work/stage cmake --install "$release" --prefix "$1" &&
		test "$(readlink "$work/stage$2/qubes-rpc/qubes.Metrics.Get")" = "$3" &&
		test -d "$work/stage$2/mon-sample.d" && test -f "$work/stage$2/qubes/rpc-config/qubes.Metrics.Get"
}
check "staged for /usr/local" staged /usr/local /usr/local/etc /usr/local/bin/mon-sample
check "nothing of that is outside" test "$(ls "$work/stage") $(ls "$work/stage/usr")" = "usr local"
check "staged for /usr" staged /usr /etc /run/sys-monitor-sample.socket
# But for the handler, which their scripts put in place: a person may have another one there.
check "it is what the packages hold" diff <(cd "$work/stage" && find . ! -type d ! -path ./etc/qubes-rpc/qubes.Metrics.Get | sort) \
	<(for deb in "$out"/a/*.deb; do dpkg-deb -c "$deb"; done | awk '!/^d/ { print $6 }' | sort)
DESTDIR=$work/parts cmake --install "$release" --component guest >/dev/null
check "the component guest is the guest's package" diff <(cd "$work/parts" && find . ! -type d ! -path ./etc/qubes-rpc/qubes.Metrics.Get | sort) \
	<(dpkg-deb -c "$out/a/sys-monitor-guest_"*.deb | awk '!/^d/ { print $6 }' | sort)

# One place for the number: CMake's project().  The changelogs begin with it.
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$release/CMakeCache.txt")
check "the version of the build is that of the tree" grep -q "^project(sys-monitor VERSION $version " "$MON_SRC/CMakeLists.txt"
check "the packages' changelog begins with this version" grep -q "^sys-monitor ($version)" <(head -n 1 "$MON_SRC/tools/package/changelog")
check "and so does CHANGELOG.md" test "$(sed -n 's/^## \([0-9.]*\).*/\1/p' "$MON_SRC/CHANGELOG.md" | head -n 1)" = "$version"

# The next version: the same programs, but for the number that they print, and a changed setting.
next=$((${version%%.*} + 1)).${version#*.}
cat >"$work/next.cmake" <<-END
	file(GLOB_RECURSE tools \${CPACK_TEMPORARY_DIRECTORY}/*/usr/bin/mon-*)
	file(GLOB_RECURSE settings \${CPACK_TEMPORARY_DIRECTORY}/*/qubes.Metrics.Get)
	list(FILTER settings INCLUDE REGEX rpc-config)
	execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND sed -i "s/\\\\x00$version\\\\x00/\\\\x00$next\\\\x00/" \${tools})
	file(APPEND \${settings} "# changed in $next\\n")
END
next() {
	package "$release" "$out/next" -D CPACK_PACKAGE_VERSION="$next" -D CPACK_STRIP_FILES=OFF \
		-D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF -D CPACK_RPM_PACKAGE_AUTOREQPROV=OFF \
		-D "CPACK_PRE_BUILD_SCRIPTS=$work/next.cmake;$MON_SRC/tools/package/normalise.cmake"
}
check "the next version, $next" next

# Version 0.1.0 as it was packed, as far as an upgrade sees it: the handler was a file of the package.
before=0.1.0
old_deb() {
	local tree=$work/old
	dpkg-deb -R "$(ls "$out"/a/sys-monitor-guest_*.deb)" "$tree" && rm -rf "$tree/usr/lib" "$tree"/DEBIAN/{preinst,postinst,prerm,postrm} &&
		ln -s /usr/bin/mon-sample "$tree/etc/qubes-rpc/qubes.Metrics.Get" && sed -i "s/^Version:.*/Version: $before/" "$tree/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$tree" "$out/before.deb"
}
old_rpm() {
	cat >"$work/old.spec" <<-END
	Name: sys-monitor-guest
	Version: $before
	Release: 1
	Summary: the version before
	License: GPL-2.0-or-later
	%description
	%install
	mkdir -p %{buildroot}/etc/qubes-rpc %{buildroot}/usr/bin
	echo 'echo "sys: before"' >%{buildroot}/usr/bin/mon-sample
	ln -s /usr/bin/mon-sample %{buildroot}/etc/qubes-rpc/qubes.Metrics.Get
	%files
	/usr/bin/mon-sample
	/etc/qubes-rpc/qubes.Metrics.Get
	END
	rpmbuild -bb --define "_topdir $work/rpm" --define "_rpmdir $work/rpm" --define "_build_id_links none" --define "__brp_mangle_shebangs %{nil}" "$work/old.spec" &&
		cp "$work/rpm/x86_64/sys-monitor-guest-$before-1.x86_64.rpm" "$out/before.rpm"
}
check "the version before, as .deb" old_deb
check "the version before, as .rpm" old_rpm
echo "$version $next" >"$out/versions"
exit $failed
