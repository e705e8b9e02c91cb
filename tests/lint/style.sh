#!/bin/bash
# style.sh TOOL - what a checker of others says of the sources.
#
#	style.sh format		clang-format, by .clang-format
#	style.sh shellcheck	all shell scripts
#	style.sh cppcheck	lib and tools: warnings and portability
#	style.sh tidy		clang-tidy: in lib and tools the checks named below, and in all
#				sources what clang warns of
#
# Red if a file that is not in baseline/TOOL is not clean. That list can only become shorter: who
# makes a file clean takes it out. --update [TOOL] writes the lists anew, and is for a new version
# of a checker. Exit 77: the checker is missing, or is not of the version of the lists.
set -u
cd "$(dirname "$0")/../.." || exit 1
lists=tests/lint/baseline
checks='-*,bugprone-*,-bugprone-branch-clone,-bugprone-easily-swappable-parameters'
checks+=',-bugprone-implicit-widening-of-multiplication-result,-bugprone-narrowing-conversions'
checks+=',-bugprone-reserved-identifier,misc-redundant-expression,readability-misleading-indentation'
checks+=',readability-redundant-declaration,clang-diagnostic-*'
warnings=$(sed -n 's/^\t\(-Wall .*\)/\1/p' CMakeLists.txt)
export checks warnings

# sources: all files of ours, one a line; a release has no .git.
sources() {
	if [ -e .git ]; then
		git -c safe.directory='*' ls-files
	else
		find . -path ./build -prune -o -type f -print | sed 's,^\./,,'
	fi
}
c_files() { sources | grep -E "^($1)/.*\\.$2\$"; }
scripts() {
	sources | grep -vE '\.(c|h|py|md|svg|png|in|dict|cmake|txt)$|/corpus/|/fixtures/' | tr '\n' '\0' |
		xargs -0 -r grep -lIE -m1 '^(#!/bin/(ba)?sh|\. "\$\(dirname "\$0"\)/lib\.sh")'
}
tidy() { # tidy CHECKS -IFOLDER[,FOLDER]... FILE...: files of one tool, with its include path
	# shellcheck disable=SC2086
	clang-tidy --quiet --checks="$1" "${@:3}" -- -std=gnu11 -D_GNU_SOURCE '-DMON_VERSION="1"' $warnings \
		-Ilib -Ilib/pure -Ilib/rule -Ilib/history ${2//,/ -I} 2>/dev/null
}
export -f tidy

# Each prints FILE:LINE: text.
say_format() { c_files 'lib|tools|tests' '[ch]' | xargs clang-format --dry-run 2>&1 | grep -E '^[^ ]+:[0-9]+:[0-9]+: '; }
say_shellcheck() { scripts | xargs -P2 -n12 shellcheck -S warning -f gcc -s bash -e SC1090,SC1091,SC2154,SC2034; }
say_cppcheck() {
	cppcheck --quiet --enable=warning,portability --inline-suppr --std=c11 -j2 -D_GNU_SOURCE \
		'-DMON_VERSION="1"' -I lib -I lib/pure -I lib/rule -I lib/history --template='{file}:{line}: {message} [{id}]' \
		--template-location='' lib tools 2>&1 | grep -vE '^(nofile)?:'
}
# A tool's files at once, and twelve of the library: to start clang-tidy takes as long as a file.
# At least one check is needed beside the warnings, or it does nothing.
say_tidy() {
	local tests
	mapfile -t tests < <(c_files tests c)
	{
		tidy '-*,clang-diagnostic-*,bugprone-infinite-loop' "-Itests/unit,tests/fuzz$(printf ',%s' tools/*/)" "${tests[@]}"
		c_files 'lib|tools' c | sed -E 's,^tools/(mon-)?([a-z]+)(\.c|/.*)$,-Itools/\2 &,; t; s,^,-Ilib ,' | sort |
			awk '$1 != own || ++n > 12 { if (own != "") print line; own = line = $1; n = 1 } { line = line " " $2 } END { print line }' |
			xargs -P2 -L1 bash -c 'tidy "$checks" "$@"' tidy
	} | grep -E '(warning|error): ' | sed "s,^$PWD/,,"
}

# The version that the lists were made with: another finds other things.
version() {
	case $1 in
	format) clang-format --version | grep -oE 'version [0-9]+' ;;
	tidy) clang-tidy --version | grep -oE 'version [0-9]+' ;;
	cppcheck) cppcheck --version | grep -oE '[0-9]+\.[0-9]+' ;;
	shellcheck) shellcheck --version | grep -oE 'version: [0-9]+\.[0-9]+' ;;
	esac | head -n 1
}
program() { case $1 in format | tidy) echo "clang-$1" ;; *) echo "$1" ;; esac; }

case ${1-} in
--update)
	mkdir -p $lists
	for tool in ${2-format shellcheck cppcheck tidy}; do
		{ version "$tool" | sed 's/^/# /'; "say_$tool" | cut -d: -f1 | sort -u; } >$lists/$tool
	done
	wc -l $lists/*
	exit 0
	;;
format | shellcheck | cppcheck | tidy) tool=$1 ;;
*) echo "style.sh: say format, shellcheck, cppcheck, tidy or --update" >&2; exit 2 ;;
esac
command -v "$(program "$tool")" >/dev/null || { echo "SKIP: $(program "$tool") is not installed: tests/setup test"; exit 77; }
made=$(sed -n '1s/^# //p' $lists/$tool)
[ "$made" = "$(version "$tool")" ] ||
	{ echo "SKIP: the list of files that are not clean is for $(program "$tool") $made, this is $(version "$tool")"; exit 77; }
said=$("say_$tool")
[ -n "$said" ] || [ "$(wc -l <$lists/$tool)" = 1 ] || { echo "$(program "$tool") says nothing at all, and should"; exit 1; }
bad=$(grep -vF -f <(sed -n '1d; s/$/:/p' $lists/$tool) <<<"$said")
clean=$(sed 1d $lists/$tool | while read -r f; do grep -qF "$f:" <<<"$said" || echo "$f"; done)
[ -z "$clean" ] || printf 'clean now, take it out of %s/%s: %s\n' "$lists" "$tool" "$(xargs <<<"$clean")"
[ -z "$bad" ] && { echo "clean, but for $(($(wc -l <$lists/$tool) - 1)) files"; exit 0; }
head -n 60 <<<"$bad"
exit 1
