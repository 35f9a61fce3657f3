#!/usr/bin/env bash
# The steps of action.yml: `action.sh install` gets the program, `action.sh run` runs it. All that the
# workflow gives comes by the environment (INPUT_*), and no word of it is read as shell.
set -euo pipefail

fail() {
	printf '::error::charter: %s\n' "$*" >&2
	exit 1
}

home=${RUNNER_TEMP:?}/charter-program

# A release, of which action.yml says the checksum.
install_release() {
	local name=charter-$CHARTER_VERSION-linux-$1 file=$home/release.tar.gz
	local from=${CHARTER_RELEASES:-https://github.com/charter-gitops/charter/releases/download}

	# A mirror may be a directory (file://); the checksum decides.
	curl --proto '=https,file' --proto-redir '=https' --tlsv1.2 -fsSL --retry 3 \
		-o "$file" "$from/v$CHARTER_VERSION/$name.tar.gz" || fail "$name.tar.gz cannot be fetched"
	printf '%s  %s\n' "$2" "$file" | sha256sum --check --quiet --strict >&2 ||
		fail "$name.tar.gz is not the file whose checksum this action holds"
	tar -xzf "$file" -C "$home" --strip-components=1 --no-same-owner
	rm "$file"
}

install_source() {
	echo 'charter: this action names no release for this machine; building it from its source' >&2
	(
		cd "${ACTION_PATH:?}"
		tests/setup.sh build
		make release "BUILD=$home/build" >&2
	)
	mkdir -p "$home/bin"
	cp "$home/build/release/charter" "$home/bin/charter"
	rm -rf "$home/build"
}

install() {
	local arch sum

	[ ! -x "$home/bin/charter" ] || return 0
	arch=$(uname -m)
	case $arch in
	x86_64) sum=$CHARTER_SHA256_X86_64 ;;
	aarch64) sum=$CHARTER_SHA256_AARCH64 ;;
	*) sum= ;;
	esac
	rm -rf "$home"
	mkdir -p "$home"
	if [ -n "$sum" ]; then install_release "$arch" "$sum"; else install_source; fi
}

# Which inputs a command takes as options; the plan file is --out's or an argument.
words() {
	case $INPUT_COMMAND in
	plan | rehearse) takes='ref target path' ;;
	validate | apply | drift | doctor) takes='ref path' ;;
	comment | show) takes= ;;
	*) fail 'command: one of validate, plan, apply, drift, rehearse, comment, show, doctor' ;;
	esac
	case $INPUT_COMMAND in
	plan) plan=--out ;;
	apply | comment | show) plan=argument ;;
	*) plan= ;;
	esac
	[ -z "$INPUT_PLAN_FILE" ] || [ -n "$plan" ] || fail "plan-file: $INPUT_COMMAND takes none"
	[ -z "$INPUT_TARGET" ] || [[ " $takes " == *' target '* ]] ||
		fail "target: $INPUT_COMMAND takes none"
}

# A job that is cancelled signals this process alone, not the program, which ends the requests in
# flight and its journal at the first signal, and leaves at the second.
run_signalled() {
	local child status=0

	"$@" &
	child=$!
	trap 'kill -TERM "$child" 2>/dev/null || true' INT TERM
	wait "$child" || status=$?
	# A signal ends the wait, and not what is waited for.
	while kill -0 "$child" 2>/dev/null; do
		status=0
		wait "$child" || status=$?
	done
	trap - INT TERM
	return "$status"
}

main() {
	local takes plan status=0
	local -a command more

	words
	command=("$INPUT_COMMAND")
	[[ " $takes " != *' path '* || -z "$INPUT_PATH" ]] || command+=("--path=$INPUT_PATH")
	[[ " $takes " != *' ref '* || -z "$INPUT_REF" ]] || command+=("--ref=$INPUT_REF")
	[ -z "$INPUT_TARGET" ] || command+=("--target=$INPUT_TARGET")
	# White space parts the words; nothing else is special, quotes and globs neither.
	read -r -d '' -a more <<<"$INPUT_ARGS" || true
	command+=("${more[@]}")
	case $plan:$INPUT_PLAN_FILE in
	*:) ;;
	--out:*) command+=("--out=$INPUT_PLAN_FILE") ;;
	argument:/*) command+=("$INPUT_PLAN_FILE") ;;
	argument:*) command+=("./$INPUT_PLAN_FILE") ;;
	esac
	if [ -n "$INPUT_TOKEN" ]; then export GITHUB_TOKEN=$INPUT_TOKEN; fi
	unset INPUT_TOKEN
	cd -- "$INPUT_WORKING_DIRECTORY" || fail 'working-directory: there is none'
	run_signalled "$home/bin/charter" "${command[@]}" || status=$?
	echo "exit-code=$status" >>"$GITHUB_OUTPUT"
	exit "$status"
}

case ${1:-} in
install) install ;;
run) main ;;
*) fail 'action.sh: install or run' ;;
esac
