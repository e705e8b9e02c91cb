# The manual: a page for each tool that is built, sound, and saying what --help says.  The same
# options in both completions.  The tools are found, not listed: a new one without a page fails.
. "$(dirname "$0")/lib.sh"
pages=$MON_SRC/docs/man completion=$MON_SRC/tools/completion
tools=$(find "$MON_BIN" -maxdepth 1 -name 'mon-*' -type f -perm -u+x -printf '%f\n' | sort)
need mandoc zsh

is "a page a tool, a tool a page" "$tools" "$(cd "$pages" && printf '%s\n' *.1 | sed 's/\.1$//')"

# Asked once each: to start a program is what takes the time here.
mkdir help bash zsh
for tool in $tools; do "$tool" --help >"help/$tool"; done
# What a person gets after "-", of all tools.
bash -c '. "$1/mon.bash"; shift
	for tool; do
		COMP_WORDS=("$tool" -) COMP_CWORD=1
		_mon "$tool"
		known=" $(_mon_options "$tool" | tr -s "\n\t" " ") "
		for name in "${COMPREPLY[@]}"; do
			[[ $known != *" $name="* ]] || name+="="
			printf "%s\n" "$name"
		done >"bash/$tool"
	done' - "$completion" $tools
# What zsh is handed for _arguments.
zsh -f -c 'fpath=($1 $fpath); shift
	_arguments() { print -rl -- "$@" }
	autoload -Uz _mon
	for service; do _mon >zsh/$service; done' - "$completion" $tools

# Options of every source in one form, sorted: "-d=", "--dir=", "--dry-run"; "=": takes a value.
help_options() { # TOOL
	awk '/^ +-/ {
		text = $0
		sub(/^ +/, "", text)
		short = text ~ /^-., / ? substr(text, 1, 2) : ""
		sub(/^-., /, "", text)
		match(text, /^--[a-z-]+/)
		long = substr(text, 1, RLENGTH)
		# A value is one blank or "=" away, and in capitals; a description is two blanks away.
		value = substr(text, RLENGTH + 1) ~ /^[ =][A-Z]+( |$)/ ? "=" : ""
		if (short != "") print short value
		print long value
	}' "help/$1" | sort
}
section() { awk -v want="$2" '/^\.Sh / { on = $0 == ".Sh " want } on' "$pages/$1"; } # PAGE NAME
man_options() { # TOOL
	section "$1.1" OPTIONS | sed -nE 's/^\.It (Fl .*)/\1/p' | sed -E 's/ Ns = Ns / /
		s/^(Fl [A-Za-z]) , (Fl -[a-z-]+)( Ar .*)?$/\1\3\n\2\3/
		s/ Ar [^\n]*/=/g
		s/Fl /-/g' | sort
}
zsh_options() { # TOOL
	sed -nE 's/^\([^)]*\)//; s/^\*//; s/^(--?[A-Za-z-]+)([=+]?)\[.*/\1\2/p' "zsh/$1" | tr + = | sort
}
variables() { grep -oE '\b(MON_[A-Z_]+|BACKUP_VAULT|RUNTIME_DIRECTORY|XDG_RUNTIME_DIR|QREXEC_[A-Z_]+)\b' | sort -u; }

for tool in $tools; do
	page=$tool.1 help=$(help_options "$tool")
	# An option that is written in another way would not be seen by any comparison below.
	is "$tool: --help: a line with an option is understood" \
		"$(grep -cE '^ +-' "help/$tool")" "$(grep -c -- '^--' <<<"$help")"
	like "$tool: --help has --help and --version" '^--help --version $' \
		"$(grep -E '^--(help|version)$' <<<"$help" | tr '\n' ' ')"
	is "$tool: --help is at most 80 columns wide" "" "$(awk 'length > 80' "help/$tool")"
	is "$tool: options of the page" "$help" "$(man_options "$tool")"
	is "$tool: options of the bash completion" "$help" "$(sort "bash/$tool")"
	is "$tool: options of the zsh completion" "$help" "$(zsh_options "$tool")"
	is "$tool: variables of the page that are ours" "$(variables <"help/$tool")" \
		"$(section "$page" ENVIRONMENT | grep '^\.It Ev' | grep -vE 'NO_COLOR' | variables)"
	is "$tool: exit codes" "$(tr '\n' ' ' <"help/$tool" | sed -nE 's/.*Exit status[^0-9]*(.*)Examples?:.*/\1/p' |
		grep -oE '(^|[;,] +)[0-9] [a-z]' | grep -oE '[0-9]' | sort | xargs)" \
		"$(section "$page" 'EXIT STATUS' | sed -nE 's/^\.It ([0-9])$/\1/p' | sort | xargs)"
done

for page in "$pages"/*; do
	name=$(basename "$page")
	is "$name: mandoc has nothing to say" "" "$(mandoc -Tlint -W warning "$page" 2>&1)"
	is "$name: no text begins with No, which is a macro" "" "$(grep -nE '^\.(It|Dl|Sh|Ss) No ' "$page")"
	is "$name: its title and name are those of the file" "${name^^} ${name%.*}" \
		"$(awk '$1 == ".Dt" { title = $2 "." $3 } $1 == ".Nm" && !n { n = $2 } END { print title, n }' "$page")"
	want="DESCRIPTION FILES EXIT~STATUS EXAMPLES SEE~ALSO"
	[[ $name != *.1 ]] || want="SYNOPSIS OPTIONS ENVIRONMENT $want"
	for part in $want; do
		ok "$name: has ${part/\~/ }" grep -qx "\.Sh ${part/\~/ }" "$page"
	done
	for other in $(sed -nE 's/^\.Xr ((mon|sys)-[a-z]+) ([17]).*/\1.\3/p' "$page"); do
		ok "$name: $other, which it points to, is there" test -e "$pages/$other"
	done
done
is "sys-monitor(7) names every tool" "$tools" \
	"$(sed -nE 's/^\.It Xr (mon-[a-z]+) 1.*/\1/p' "$pages/sys-monitor.7" | sort)"
finish
