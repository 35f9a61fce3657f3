#!/bin/sh
# Installs what is missing to build and to test charter on Debian: `setup.sh build` for the
# libraries and the compiler, `setup.sh demo` for git too, `setup.sh lint` for the checkers,
# `setup.sh all` for the Python environment of the tests, `setup.sh ci` for the servers and the browser too that some
# tests start: their packages are large or may start a service of their own, so `make test` does
# without, and skips those tests. Says what it does; does nothing when all is there.
set -eu
cd "$(dirname "$0")/.."

need_build='build-essential pkg-config libgit2-dev libcurl4-openssl-dev libssl-dev libjansson-dev
libyaml-dev libexpat1-dev libmicrohttpd-dev librnp-dev libcmocka-dev ca-certificates'
need_test='git python3 python3-venv cmark-gfm openssl'
need_ci='lighttpd lighttpd-mod-openssl openssh-server openssh-client debootstrap shellcheck chromium'
need_lint='clang clang-format cppcheck'

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "setup: needs root or sudo to run: $*" >&2
		exit 1
	fi
}

missing_packages() {
	for package in "$@"; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
			echo "$package"
	done
}

# What is there by another way than a package (another compiler, a Python of one's own) is enough.
already_there() {
	command -v cc >/dev/null && command -v make >/dev/null &&
		pkg-config --exists libgit2 libcurl openssl jansson yaml-0.1 expat libmicrohttpd librnp cmocka 2>/dev/null
}

install_packages() {
	if ! command -v dpkg-query >/dev/null; then
		echo "setup: not a Debian system; install the equivalents of: $*" >&2
		exit 1
	fi
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	echo "setup: apt-get install" $missing >&2
	as_root apt-get update -q >&2
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		$missing >&2
}

# Installs the packages where one of the programs is not there.
need_programs() {
	packages=$1
	shift
	for program in "$@"; do
		command -v "$program" >/dev/null || { install_packages $packages; return; }
	done
}

setup_python() {
	want=$(cat tests/requirements.txt)
	need_programs "$need_test" git python3 cmark-gfm openssl
	if [ -x .venv/bin/python ] && [ "$want" = "$(cat .venv/installed 2>/dev/null)" ]; then
		return
	fi
	python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages $need_test
	echo 'setup: making .venv with the packages of tests/requirements.txt' >&2
	rm -rf .venv
	python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt >&2
	printf '%s\n' "$want" >.venv/installed
}

what=${1:-all}
case $what in
build | demo | lint | all | ci) ;;
*)
	echo 'usage: setup.sh [build | demo | lint | all | ci]' >&2
	exit 1
	;;
esac
already_there || install_packages $need_build
case $what in
demo) need_programs git git ;;
lint | ci) need_programs "$need_lint" clang clang-format cppcheck ;;
esac
case $what in
all | ci) setup_python ;;
esac
if [ "$what" = ci ]; then
	PATH=$PATH:/usr/sbin
	need_programs "$need_ci" lighttpd sshd ssh debootstrap shellcheck chromium
fi
