#!/bin/sh
# A whole reconciliation, to look at: an organization that grew by hand (in moto, on this machine)
# becomes what examples/organization says; then somebody changes it by hand, and it is put back.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
charter=${CHARTER_BIN:-$root/build/charter}
python=${PYTHON:-$root/.venv/bin/python}

work=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	[ -z "$server" ] || wait "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
	printf '\n\033[1m# %s\033[0m\n' "$*"
}
run() {
	printf '\033[1m$ %s\033[0m\n' "$*"
	if [ "$1" = charter ]; then
		shift
		"$charter" "$@"
	else
		"$@"
	fi
}
[ -t 1 ] || {
	say() { printf '\n# %s\n' "$*"; }
	run() {
		printf '$ %s\n' "$*"
		if [ "$1" = charter ]; then shift && "$charter" "$@"; else "$@"; fi
	}
}

mkfifo "$work/url"
"$python" "$root/tests/demo_aws.py" serve >"$work/url" &
server=$!
read -r url <"$work/url"

unset AWS_PROFILE AWS_SESSION_TOKEN
export HOME="$work" XDG_STATE_HOME="$work/state" AWS_ENDPOINT_URL="$url" AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com

say "A simulated AWS at $url, without rates to keep to"
"$python" "$root/tests/demo_aws.py" seed "$url"

say 'A repository that says how it should be (examples/organization)'
cp -r "$root/examples/organization" "$work/repo"
cd "$work/repo"
git init -q -b main
git add -A
git commit -q -m 'the organization as it should be'
run ls
run charter validate

say 'What would happen; the plan is saved, as for a pull request'
run charter plan --rates off --out ../plan.json

say 'Make it so, if the plan is still the one that was looked at'
run charter apply --rates off ../plan.json -o markdown=../comment.md

say 'Nothing is left to do'
run charter plan --rates off

say 'Behind the back of git:'
"$python" "$root/tests/demo_aws.py" hand "$url"

say 'What differs from git'
run charter drift --rates off

say 'Put it back'
run charter apply --rates off

say 'And nothing is left to do'
run charter plan --rates off
