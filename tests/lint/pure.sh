#!/bin/bash
# pure.sh - what the code promises of itself: mon_pure does no I/O, lib neither prints nor
# exits, and nothing reads numbers or lines by the loose functions of libc.
#
#	bash tests/lint/pure.sh [FOLDER]	the source tree, by default the one it stands in
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
bad=0

# refuse WHAT REGEX FILE...: complain of every line that matches, comments and strings left out
refuse() {
	local what=$1 regex=$2 found
	shift 2
	found=$(for f; do
		gcc -fpreprocessed -dD -E -P -x c - <"$f" 2>/dev/null |
			sed -E 's/"([^"\\]|\\.)*"/""/g' |
			grep -nE -- "$regex" | sed "s,^[0-9]*:,$f: ,"
	done)
	[ -n "$found" ] || return 0
	printf '%s:\n%s\n' "$what" "$found"
	bad=1
}

# The files of mon_pure and their headers.
pure=$(sed -nE 's/^add_library\(mon_pure STATIC (.*)\)/\1/p' CMakeLists.txt)
[ -n "$pure" ] || { echo "no mon_pure in CMakeLists.txt"; exit 1; }
for f in $pure; do
	[ -e "${f%.c}.h" ] && pure+=" ${f%.c}.h"
done
lib=$(printf '%s\n' lib/*.[ch] | grep -v '^lib/tool\.')
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
	refuse "loose parsing: use lib/shape.h, lib/stamp.h, lib/line.h" \
		"$(call 'fgets|gets|getline|fscanf|sscanf|scanf|atoi|atol|atoll|atof|strtod|strtof|strtol|strtoll|strtoul|strtoull|strptime')" $all
	refuse "asks the locale" \
		"$(call 'setlocale|isalnum|isalpha|isdigit|isspace|isprint|isxdigit|toupper|tolower|strcoll')" $all
}
[ "$bad" = 0 ] && echo "clean"
exit "$bad"
