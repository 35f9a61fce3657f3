#!/bin/sh
# Installs what is missing to build and to test charter on Debian: `setup.sh build` for the
# libraries and the compiler, `setup.sh lint` for the checkers too, `setup.sh all` for the libraries
# and the Python environment of the tests, `setup.sh ci` for the servers too that some tests start:
# their packages may start a service of their own, so `make test` does without, and skips those
# tests. Says what it does; does nothing when all is there.
set -eu
cd "$(dirname "$0")/.."

need_build='build-essential pkg-config libgit2-dev libcurl4-openssl-dev libssl-dev libjansson-dev
libyaml-dev libexpat1-dev libmicrohttpd-dev librnp-dev libcmocka-dev ca-certificates'
need_test='git python3 python3-venv cmark-gfm'
need_ci='lighttpd lighttpd-mod-openssl openssh-server openssh-client debootstrap shellcheck'
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

setup_python() {
	want=$(cat tests/requirements.txt)
	if ! command -v cmark-gfm >/dev/null; then
		install_packages $need_test
	fi
	if [ -x .venv/bin/python ] && [ "$want" = "$(cat .venv/installed 2>/dev/null)" ]; then
		return
	fi
	if ! python3 -c 'import venv, ensurepip' 2>/dev/null || ! command -v git >/dev/null; then
		install_packages $need_test
	fi
	echo 'setup: making .venv with the packages of tests/requirements.txt' >&2
	rm -rf .venv
	python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt >&2
	printf '%s\n' "$want" >.venv/installed
}

setup_lint() {
	for tool in clang clang-format cppcheck; do
		command -v "$tool" >/dev/null || { install_packages $need_lint; break; }
	done
}

setup_ci() {
	PATH=$PATH:/usr/sbin
	for tool in lighttpd sshd ssh debootstrap shellcheck; do
		command -v "$tool" >/dev/null || { install_packages $need_ci; break; }
	done
}

what=${1:-all}
case $what in
build | lint | all | ci) ;;
*)
	echo 'usage: setup.sh [build | lint | all | ci]' >&2
	exit 1
	;;
esac
already_there || install_packages $need_build
case $what in
lint) setup_lint ;;
all) setup_python ;;
ci)
	setup_lint
	setup_python
	setup_ci
	;;
esac
