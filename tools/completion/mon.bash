# bash completion for the tools of sys-monitor.
#
# Installed once, with a link a tool: bash-completion(7) loads it by the name of the command.
# It needs no function of bash-completion, so sourcing it is enough.

# _mon_options TOOL: its options; one that takes a value is followed by "=" and the kind of it.
_mon_options() {
	case $1 in
	mon-archive) echo '-d=dir --dir=dir --date=day --partial --vault=qube --no-copy --out=dir
		-t=any --timeout=any -n --dry-run --now=now -h --help -V --version' ;;
	mon-cat) echo '--from=now --to=now --vm=qube --kind=kind -f --follow -d=dir --dir=dir --now=now
		-h --help -V --version' ;;
	mon-doctor) echo '-d=dir --dir=dir --settings=file --run=dir --now=now -h --help -V --version' ;;
	mon-export) echo '--tag=any --chunk=any -h --help -V --version' ;;
	mon-notify) echo '-d=dir --dir=dir -n --dry-run -h --help -V --version' ;;
	mon-pipe) echo '-h --help -V --version' ;;
	mon-prune) echo '-k=any --keep=any -b=any --budget=any -d=dir --dir=dir -n --dry-run --now=now
		-h --help -V --version' ;;
	mon-report) echo '--html --from=now --to=now --around=now --vm=qube --utc --ascii -d=dir --dir=dir --now=now
		-h --help -V --version' ;;
	mon-rule) echo '--rules=file --live -d=dir --dir=dir --interval=any --check=file --example -h --help -V --version' ;;
	mon-sample) echo '--alerts=priority --state-dir=dir --dropins=dir --root=dir -t=any --timeout=any
		--now=now -h --help -V --version' ;;
	mon-scrape) echo '-l --local --take --peek -d=dir --dir=dir -x=qube --exclude=qube -t=any --timeout=any --deadline=any
		--parallel=any --quota=any --state-dir=dir --self=qube --now=now -h --help -V --version' ;;
	mon-settings) echo '-f=file --file=file --unit-dir=dir -n --dry-run --check --example
		-h --help -V --version' ;;
	mon-split) echo '-d=dir --dir=dir --day=day --pass --no-sync --schema -h --help -V --version' ;;
	mon-top) echo '-b --batch --at=now --vm=qube --sort=column --ascii --utc -d=dir --dir=dir --now=now
		-h --help -V --version' ;;
	mon-vmstate) echo '--xen -x=qube --exclude=qube -t=any --timeout=any --now=now -h --help -V --version' ;;
	esac
}

# _mon_dir: the Monitor folder that the command line, the environment or the default names.
_mon_dir() {
	local i dir=${MON_DIR:-$HOME/Monitor} word
	for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
		word=${COMP_WORDS[i]}
		[[ $word == -d || $word == --dir ]] || continue
		[[ ${COMP_WORDS[i + 1]-} == = ]] && ((i++))
		((i + 1 < ${#COMP_WORDS[@]} && i + 1 != COMP_CWORD)) && dir=${COMP_WORDS[i + 1]}
	done
	printf '%s' "${dir/#\~\//$HOME/}"
}

# _mon_days: the days that have a folder.
_mon_days() (
	shopt -s nullglob; shopt -u failglob # a subshell: the caller's settings stay
	for path in "$(_mon_dir)"/[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]; do
		[[ -d $path ]] && printf '%s\n' "${path##*/}"
	done
)

# _mon_qubes: the qubes of the last poll that was filed; where none was, those that dom0 names.
_mon_qubes() (
	shopt -s nullglob; shopt -u failglob
	paths=("$(_mon_dir)"/[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]/qubes.csv)
	if ((${#paths[@]})) && [[ -r ${paths[-1]} ]]; then
		tail -n 2000 -- "${paths[-1]}"
	else
		MON_XEN=no mon-vmstate --timeout 1 2>/dev/null </dev/null | tr ' ' ,
	fi |
		# The names become words of a shell: only what a name can be.
		LC_ALL=C awk -F, '$2 ~ /^[A-Za-z][A-Za-z0-9_.-]*$/ && $2 != "vm" && $2 != "dom0" && !seen[$2]++ { print $2 }'
)

# _mon_values KIND WORD: what a value or an argument of this kind can be.
_mon_values() {
	case $1 in
	day) compgen -W "$(_mon_days)" -- "$2" ;;
	column) compgen -W 'qube state age cpu cpus load mem swap disk io rx tx conn psi alert' -- "$2" ;;
	dayfile) compgen -W "$(_mon_days) today yesterday" -- "$2"; compgen -f -- "$2" ;;
	dir) compgen -d -- "$2" ;;
	file) compgen -f -- "$2" ;;
	format) compgen -W 'lp jsonl om sql' -- "$2" ;;
	kind) compgen -W "$(mon-split --schema 2>/dev/null | sed -n 's/^Kind `\([a-z]*\)`.*/\1/p')" -- "$2" ;;
	now) compgen -W "$(date -u +%Y-%m-%dT%H:%M:%SZ)" -- "$2" ;;
	priority) compgen -W 'emerg alert crit err warning notice info debug' -- "$2" ;;
	qube) compgen -W "$(_mon_qubes)" -- "$2" ;;
	qubes) compgen -W "- $(_mon_qubes)" -- "$2" ;;
	esac
}

# _mon_pipe WORD: a program after each quoted "|", then what that takes.
_mon_pipe() {
	local i begin=1
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == [\'\"\\]'|'* ]] && begin=$((i + 1))
	done
	if ((COMP_CWORD == begin)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$1" | sort -u)
	elif [[ ${COMP_WORDS[begin]} == mon-* ]]; then
		COMP_WORDS=("${COMP_WORDS[@]:begin}")
		COMP_CWORD=$((COMP_CWORD - begin))
		_mon "${COMP_WORDS[0]}"
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$1")
		compopt -o filenames 2>/dev/null || :
	fi
}

_mon() {
	local tool=${1##*/} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]-} kind='' option
	local options names=()

	options=$(_mon_options "$tool")
	# bash cuts "--dir=x" into three words at "=".
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]-}
	fi
	for option in $options; do
		names+=("${option%%=*}")
		[[ $option == "$prev"=* && $prev == -* ]] && kind=${option#*=}
	done
	if [[ $tool == mon-pipe && ($COMP_CWORD != 1 || $cur != -*) ]]; then
		_mon_pipe "$cur"
		return
	fi
	if [[ -z $kind && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${names[*]}" -- "$cur")
		return
	fi
	case ${kind:-$tool} in
	mon-cat | mon-report | mon-top) kind=dayfile ;;
	mon-scrape) kind=qubes ;;
	mon-export) kind=format ;;
	mon-prune) kind=day ;;
	esac
	mapfile -t COMPREPLY < <(_mon_values "$kind" "$cur")
	[[ $kind != dir && $kind != file && $kind != dayfile ]] || compopt -o filenames 2>/dev/null || :
}
complete -F _mon mon-archive mon-cat mon-doctor mon-export mon-notify mon-pipe mon-prune mon-report mon-rule mon-sample mon-scrape mon-settings mon-split mon-top mon-vmstate
