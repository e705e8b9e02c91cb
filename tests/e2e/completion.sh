# Completion in bash and zsh: options, their values, the names of qubes and days.  Both shells
# are asked for the same, and have to give the same.
. "$(dirname "$0")/lib.sh"
completion=$MON_SRC/tools/completion
need zsh

mkdir -p ~/Monitor/2025-08-29 ~/Monitor/2025-08-30 ~/Monitor/2025-08-31 ~/Monitor/2025-08-31-old
touch ~/Monitor/2025-07-01 # no folder
printf '%s\n' ts,vm,state 2025-08-30T12:00:00Z,gone,Running >~/Monitor/2025-08-30/qubes.csv
{
	echo ts,vm,state
	for row in dom0,Running mail,Running '$(touch pwned),Running' '`touch pwned`,Running' work,Running; do
		echo "2025-08-31T12:00:00Z,$row"
	done
	printf '2025-08-31T12:01:00Z,%s\n' work,Running work-web,Halted
} >~/Monitor/2025-08-31/qubes.csv
mkdir -p other/2024-01-02 'od d/sub'
printf '%s\n' ts,vm,state 2024-01-02T12:00:00Z,elsewhere,Running >other/2024-01-02/qubes.csv
qube asked
qube asked-too state=Halted

# bash_says LINE: what bash offers at the end of the line, sorted.  bash itself cuts the line into
# words, by an interactive shell that is told to complete, so COMP_WORDBREAKS counts.
cat >bash.rc <<'RC'
. "$MON_COMPLETION"
_show() { local w; _mon "$@"; for w in "${COMPREPLY[@]}"; do printf '%s\n' "$w"; done >"$MON_SAYS"; COMPREPLY=(); }
complete -F _show $(complete -p | sed -n 's/^complete -F _mon //p')
PS1='' PS2=''
RC
bash_says() {
	rm -f says
	printf '%s\t\025exit\n' "$1" |
		MON_COMPLETION=$completion/mon.bash MON_SAYS=$work/says INPUTRC=/dev/null TERM=dumb \
			timeout 20 bash --noprofile --rcfile bash.rc -i >/dev/null 2>&1
	if [ -e says ]; then sort says | xargs; else echo "(not asked)"; fi
}
# ask_zsh LINE...: the same of zsh, which writes what it offers for the n-th line to zsh.n; in a terminal
# of its own, with compadd made to tell what it got.
cat >zsh.in <<'RC'
zmodload zsh/zpty zsh/zselect
zpty -b z "zsh -f -i"
zpty -w z "PS1='' RPS1=''; fpath=(\$MON_COMPLETION_DIR \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' users
	compadd() {
		local -a got; builtin compadd -O got \"\$@\" 2>/dev/null
		(( \$#got )) && print -rl -- \$got >>\$MON_SAYS
		builtin compadd \"\$@\"
	}
	_end() { print END >>\$MON_SAYS; zle kill-whole-line }; zle -N _end; bindkey '^X^E' _end; bindkey '^I' complete-word
	zle-line-init() { print READY >\$MON_READY }; zle -N zle-line-init"
# Wait until the file has the word; what the terminal shows is read away, so that it never fills.
wait_for() {
	local i shown
	for (( i = 0; i < 1000; i++ )); do
		[[ -e $1 && $(<$1) == *$2* ]] && return
		while zpty -r -t z shown; do :; done
		zselect -t 2
	done
}
wait_for $MON_READY READY
n=0
while IFS= read -r line; do
	rm -f $MON_SAYS
	zpty -n -w z "$line"$'\t\C-X\C-E'
	wait_for $MON_SAYS END
	mv $MON_SAYS zsh.$((++n))
done <zsh.lines
zpty -d z
RC
# Without the leak check of a sanitized mon-vmstate: its tracer hangs now and then below zsh's editor.
ask_zsh() {
	rm -f says ready zsh.[0-9]*
	printf '%s\n' "$@" >zsh.lines
	ASAN_OPTIONS=detect_leaks=0 MON_COMPLETION_DIR=$completion MON_SAYS=$work/says MON_READY=$work/ready TERM=vt100 \
		timeout 120 zsh -f zsh.in >/dev/null 2>&1
}
zsh_says() { # N
	if grep -qx END "zsh.$1" 2>/dev/null; then grep -vx END "zsh.$1" | sort -u | xargs; else echo "(no end)"; fi
}
# offers WHAT LINE WORDS: both are asked; zsh at the next answers, for all lines at once.
whats=() lines=() words=()
offers() {
	whats+=("$1") lines+=("$2") words+=("$3")
	is "bash: $1" "$3" "$(bash_says "$2")"
}
answers() {
	local i
	ask_zsh "${lines[@]}"
	for i in "${!lines[@]}"; do is "zsh: ${whats[i]}" "${words[i]}" "$(zsh_says $((i + 1)))"; done
	whats=() lines=() words=()
}

offers "qubes of the newest list" 'mon-scrape ' '- mail work work-web'
offers "one begun" 'mon-scrape wor' 'work work-web'
offers "the second name" 'mon-scrape mail work-' 'work-web'
offers "a glob to exclude" 'mon-vmstate --exclude m' 'mail'
offers "after =" 'mon-vmstate --exclude=m' 'mail'
offers "of a short option" 'mon-scrape -x m' 'mail'
offers "a vault" 'mon-archive --vault ma' 'mail'
offers "days" 'mon-prune ' '2025-08-29 2025-08-30 2025-08-31'
offers "days begun" 'mon-archive --date 2025-08-3' '2025-08-30 2025-08-31'
offers "days of --dir" 'mon-archive --dir other --date ' '2024-01-02'
offers "days of --dir=" 'mon-archive --dir=other --date=2024' '2024-01-02'
offers "days of -d" 'mon-prune -d other ' '2024-01-02'
offers "kinds of mon-cat" 'mon-cat --kind s' 'scrape state sys'
offers "days of mon-cat" 'mon-cat 2025-08-3' '2025-08-30 2025-08-31'
offers "priorities" 'mon-sample --alerts=e' 'emerg err'
offers "a value is no option" 'mon-split --dir --sch' ''
offers "nothing where nothing is known" 'mon-prune --keep ' ''
offers "the tool behind a bar of mon-pipe" "mon-pipe mon-vmstate '|' mon-scrape wor" 'work work-web'
answers
is "zsh: a program behind a bar" mon-split "$(ask_zsh "mon-pipe mon-vmstate '|' mon-spl"; zsh_says 1)"
export MON_DIR=$work/other
offers "qubes of MON_DIR" 'mon-scrape e' 'elsewhere'
answers
MON_DIR=$work/none
offers "where none is filed, those that dom0 names" 'mon-scrape a' 'asked asked-too'
answers
unset MON_DIR
# An interactive bash takes this for the place of a command, and does not ask.
is "bash: a program behind a bar" mon-split "$(bash -c '. "$1"; COMP_WORDS=(mon-pipe mon-vmstate "'"'|'"'" mon-spl)
	COMP_CWORD=3; _mon mon-pipe; echo "${COMPREPLY[@]}"' - "$completion/mon.bash")"
is "bash: folders" "od d/sub" "$(bash_says 'mon-split --dir od\ d/')"
like "bash: the time" '^20[0-9-]*T[0-9:]*Z$' "$(bash_says 'mon-sample --now=2')"
like "zsh: the time" '^20[0-9-]*T[0-9:]*Z$' "$(ask_zsh 'mon-sample --now=2'; zsh_says 1)"
ok "a name in the file is not run" test ! -e pwned
finish
