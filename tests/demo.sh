#!/usr/bin/env bash
# `make demo`: charter's whole job against the twin that it carries with it: an organization that
# grew by hand, a configuration for an ML platform, the plan, its rehearsal, the apply, a change
# behind git's back, the drift report, and both ways back. No network, no AWS account; nothing is left
# behind but the reports in build/demo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
charter=${CHARTER_BIN:-$root/build/charter}
reports=$root/build/demo
command -v git >/dev/null || { echo 'demo: needs git, for a repository to plan' >&2; exit 1; }

work=$(mktemp -d)
twin=
finish() {
	[ -z "$twin" ] || kill "$twin" 2>/dev/null || true
	[ -z "$twin" ] || wait "$twin" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() {
	printf '\n%s# %s%s\n' "$bold" "$*" "$plain"
}
run() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	if [ "$1" = charter ]; then shift && "$charter" "$@"; else "$@"; fi
}

# One call as somebody with a console would make it, not through charter. The answer's first line
# tells whether AWS would have taken it.
somebody() {
	printf '%s  (%s)%s\n' "$bold" "$1" "$plain"
	body="{\"account\":\"111111111111\",\"service\":\"$2\",\"operation\":\"$3\",\"input\":$4}"
	address=${AWS_ENDPOINT_URL#http://}
	exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
	printf 'POST /_twin/do HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' \
		"$address" "${#body}" "$body" >&3
	read -r answer <&3
	cat <&3 >"$work/answer"
	exec 3>&-
	case $answer in
	*' 200 '*) ;;
	*) echo "demo: the twin refuses: $(cat "$work/answer")" >&2 && exit 1 ;;
	esac
}

id_of() {
	"$charter" report ids --rates off | while read -r address id _; do
		if [ "$address" = "$1" ]; then echo "$id"; fi
	done
}

# What would lead past the twin.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
unset AWS_ENDPOINT_URL_ORGANIZATIONS AWS_ENDPOINT_URL_ACCOUNT AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_STS
unset AWS_ENDPOINT_URL_SSO_ADMIN AWS_ENDPOINT_URL_IDENTITYSTORE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
export HOME="$work" XDG_STATE_HOME="$work/state" GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
mkdir -p "$reports"

mkfifo "$work/environment"
"$charter" twin --listen 127.0.0.1:0 --rates off --latency 20 --quota-accounts 20 -q \
	--load "$root/examples/ml-platform.snapshot.jsonl" >"$work/environment" &
twin=$!
read -r environment <"$work/environment"
eval "$environment"

say "A simulated AWS at $AWS_ENDPOINT_URL: an organization that grew by hand"
cd "$work"
run charter snapshot --rates off --out before.jsonl
run charter show before.jsonl

say 'A repository that says how it should be (examples/ml-platform)'
cp -r "$root/examples/ml-platform" "$work/repo"
cd "$work/repo"
git init -q -b main
printf '%s\n' '*.md' '*.html' plan.txt >.git/info/exclude
git add -A
git commit -q -m 'the organization as it should be'
run ls
run charter validate

say 'What a merge would do; the plan is saved, as for a pull request'
run charter plan --rates off --out ../plan.json -o text=plan.txt -o markdown=plan.md
sed -n 1,44p plan.txt
echo "    ... $(($(wc -l <plan.txt) - 45)) lines more, to be read in build/demo/plan.txt ..."
tail -n 1 plan.txt

say 'Will it work? The plan is tried on a copy of the organization, in no real time'
run charter rehearse -o text -o markdown=rehearsal.md

say 'Make it so, if the plan is still the one that was looked at'
run charter apply --rates off ../plan.json -o markdown=apply.md

say 'Nothing is left to do'
run charter plan --rates off

say 'At night, somebody helps out by hand:'
trail=$(id_of policy/protect-logs) data=$(id_of unit/Data) vision=$(id_of account/vision-training)
somebody 'takes the policy protect-logs off the unit Data' organizations DetachPolicy \
	"{\"PolicyId\":\"$trail\",\"TargetId\":\"$data\"}"
somebody 'gives the account vision-training to nobody' organizations TagResource \
	"{\"ResourceId\":\"$vision\",\"Tags\":[{\"Key\":\"team\",\"Value\":\"nobody\"}]}"
somebody 'looks for the people' sso-admin ListInstances '{}'
store=$(sed -n 's/.*"IdentityStoreId": *"\([^"]*\)".*/\1/p' "$work/answer")
platform=$(id_of identity_group/platform) grace=$(id_of identity_user/grace)
somebody 'puts grace into the group platform' identitystore CreateGroupMembership \
	"{\"IdentityStoreId\":\"$store\",\"GroupId\":\"$platform\",\"MemberId\":{\"UserId\":\"$grace\"}}"

say 'What differs from git, and who did it'
run charter drift --rates off --state ../drift-state.json -o text -o markdown=drift.md -o html=drift.html

say 'Either it is put into git, where only the lines change that must:'
run charter import --drift --rates off
run git --no-pager diff --stat -U0
git checkout -q .

say 'Or it is put back'
run charter apply --rates off --only-drift

say 'What the next night tells'
run charter drift --rates off --state ../drift-state.json

say 'And nothing is left to do'
run charter plan --rates off

mv ./*.md ./*.html plan.txt "$reports"
say 'Reports to look at, in build/demo:'
ls "$reports"
