#!/bin/bash
# pure.sh - what the code promises of itself: mon_pure does no I/O, lib neither prints nor
# exits, and nothing reads numbers or lines by the loose functions of libc.
#
#	bash tests/lint/pure.sh [FOLDER]	the source tree, by default the one it stands in
set -u
"$(dirname "$0")/../harness/need" python3 || exit
cd "${1:-$(dirname "$0")/../..}" || exit 1
bad=0

# What is left of each file without comments and strings, made once.
bare=$(mktemp -d "${TMPDIR:-/tmp}/mon-lint.XXXXXX")
trap 'rm -rf "$bare"' EXIT
python3 - "$bare" <<'END' || exit 1
import os, re, sys
TOKEN = re.compile(r"""(/\*.*?\*/|//[^\n]*)|"(?:\\.|[^"\\\n])*"|('(?:\\.|[^'\\\n])*')""", re.S)
for top in ("lib", "tools"):
    for where, _, names in os.walk(top):
        os.makedirs(os.path.join(sys.argv[1], where))
        for name in names:
            if name.endswith((".c", ".h")):
                with open(os.path.join(where, name)) as f:
                    bare = TOKEN.sub(lambda m: " " if m[1] else m[2] or '""', f.read())
                with open(os.path.join(sys.argv[1], where, name), "w") as f:
                    f.write(bare)
END

# refuse WHAT REGEX FILE...: complain of every line that matches, comments and strings left out
refuse() {
	local what=$1 regex=$2 found
	shift 2
	found=$(cd "$bare" && grep -HE -- "$regex" "$@")
	[ -n "$found" ] || return 0
	printf '%s:\n%s\n' "$what" "$found"
	bad=1
}

pure=$(printf '%s\n' lib/pure/*.[ch])
lib=$(printf '%s\n' lib/*.[ch] lib/*/*.[ch] | grep -v '^lib/tool\.')
all=$(find lib tools -name '*.[ch]')
call() { printf '(^|[^A-Za-z0-9_>.])(%s)[[:space:]]*\\(' "$1"; }

for f in $pure; do
	if grep -nE '^#[[:space:]]*include[[:space:]]*<(stdio|unistd|fcntl|locale|ctype|sys/[a-z]*|stdlib)\.h>' "$f"; then
		echo "$f: mon_pure includes no I/O, no malloc, no locale"
		bad=1
	fi
done
# shellcheck disable=SC2086 # lists of files
{
	refuse "mon_pure calls malloc or libc's clock" \
		"$(call 'malloc|calloc|realloc|reallocarray|free|time|clock_gettime|gmtime_r|timegm|mktime')" $pure
	refuse "lib prints or exits; only lib/tool.c may" \
		"$(call 'printf|fprintf|vprintf|vfprintf|dprintf|puts|fputs|putchar|perror|err|errx|warn|warnx|exit|abort|syslog')" $lib
	refuse "lib ends the process; only the child in lib/process.c may, that could not become a program" \
		"$(call '_exit')" ${lib//lib\/process.c/}
	refuse "loose parsing: use lib/pure/shape.h, lib/pure/stamp.h, lib/line.h" \
		"$(call 'fgets|gets|getline|fscanf|sscanf|scanf|atoi|atol|atoll|atof|strtod|strtof|strtol|strtoll|strtoul|strtoull|strptime')" $all
	refuse "asks the locale; only tools/top/screen.c may set that of the terminal" \
		"$(call 'setlocale')" ${all//tools\/top\/screen.c/}
	refuse "asks the locale" \
		"$(call 'isalnum|isalpha|isdigit|isspace|isprint|isxdigit|toupper|tolower|strcoll')" $all
}
if grep -nE "^mon_tool\(.* mon_($(find tools -mindepth 1 -maxdepth 1 -type d -printf '%f|' | sed 's/|$//'))\b" CMakeLists.txt; then
	echo "CMakeLists.txt: no tool uses the folder of another; what two need belongs into lib/"
	bad=1
fi
[ "$bad" = 0 ] && echo "clean"
exit "$bad"
