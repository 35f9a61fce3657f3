#!/bin/sh
# Lays out what is given away: `release.sh tar PROGRAM VERSION DIR` writes
# DIR/charter-VERSION-linux-ARCH.tar.gz and its checksum, `release.sh image PROGRAM DIR` the file
# system of the container image. PROGRAM is that of `make FLAVOUR=dist binary`, which looks for its
# libraries in ../lib/charter. Debian only: its package data say which licence a library has.
# All times are SOURCE_DATE_EPOCH, or the commit's: the same tree and libraries give the same bytes.
set -eu
umask 022
export LC_ALL=C

fail() {
	echo "release: $*" >&2
	exit 1
}

# The package of a file, which it may know by its name before or after /lib became a link to /usr/lib.
package_of() {
	real=$(readlink -f "$1")
	for path in "$1" "$real" "${1#/usr}" "/usr$1" "${real#/usr}" "/usr$real"; do
		if found=$(dpkg-query -S "$path" 2>/dev/null); then
			echo "${found%%:*}"
			return
		fi
	done
	fail "no package has $1"
}

# A line for each library: its package and its path. The loader, too.
libraries() {
	ldd "$1" | awk '/=> not found/ { print "?", $1 } $2 == "=>" && $3 ~ /^\// { print $3 }
		$1 ~ /^\// { print $1 }' | sort -u | while read -r path rest; do
		[ "$path" != '?' ] || fail "$rest is not there"
		package=$(package_of "$path")
		echo "$package $path"
	done
}

licences() {
	into=$1/licenses
	mkdir -p "$into"
	install -m 644 LICENSE "$1/LICENSE"
	cut -d ' ' -f 1 "$list" | sort -u | while read -r package; do
		# shellcheck disable=SC2016 # dpkg's own format
		dpkg-query -W -f '${Package} ${Version} ${source:Package} ${source:Version}\n' "$package" |
			head -n 1 >>"$into/packages"
		install -m 644 "/usr/share/doc/$package/copyright" "$into/$package"
	done
	# Debian's copyright files name the common licences by these paths.
	grep -oh '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$into"/* | sort -u |
		while read -r text; do
			[ ! -f "$text" ] || install -m 644 "$text" "$into/${text##*/}"
		done
}

# The program and the libraries that are not glibc's, below one directory.
lay_out() {
	install -d "$2/bin" "$2/lib/charter"
	install -m 755 "$1" "$2/bin/charter"
	grep -v '^libc6 ' "$list" | while read -r _ path; do
		install -m 644 "$path" "$2/lib/charter/${path##*/}"
	done
	licences "$2/share/doc/charter"
}

help_files() {
	share=$2/share
	install -d "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
		"$share/fish/vendor_completions.d"
	"$1" help --man >"$share/man/man1/charter.1"
	"$1" help --completions bash >"$share/bash-completion/completions/charter"
	"$1" help --completions zsh >"$share/zsh/site-functions/_charter"
	"$1" help --completions fish >"$share/fish/vendor_completions.d/charter.fish"
}

tar_make() {
	program=$1
	name=charter-$2-linux-$(uname -m)
	out=$3
	sed -i '/^libc6 /d' "$list"
	lay_out "$program" "$work/$name"
	help_files "$program" "$work/$name"
	tar -C "$work" --format=ustar --sort=name --mtime="@$epoch" --owner=0 --group=0 \
		--numeric-owner -cf "$work/tar" "$name"
	gzip -9n <"$work/tar" >"$out/$name.tar.gz"
	(cd "$out" && sha256sum "$name.tar.gz") | tee "$out/$name.tar.gz.sha256"
}

image_make() {
	program=$1
	root=$2
	mkdir "$root" || fail "$root is there already"
	lay_out "$program" "$root/usr"
	# glibc's libraries and the loader stand where they look for themselves.
	grep '^libc6 ' "$list" | while read -r _ path; do
		install -d "$root/${path%/*}"
		install -m 755 "$path" "$root/$path"
	done
	install -d "$root/etc/ssl/certs" "$root/home/charter" "$root/repository"
	install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
	install -m 644 /usr/share/doc/ca-certificates/copyright \
		"$root/usr/share/doc/charter/licenses/ca-certificates"
	echo 'charter:x:65532:65532::/home/charter:/nonexistent' >"$root/etc/passwd"
	echo 'charter:x:65532:' >"$root/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
	install -d -m 1777 "$root/tmp"
	# Where no /proc is mounted the loader does not know which directory $ORIGIN is.
	ldconfig -X -i -r "$root" /usr/lib/charter
	find "$root" -exec touch -h -d "@$epoch" {} +
}

usage() {
	echo 'usage: release.sh tar PROGRAM VERSION DIR | release.sh image PROGRAM DIR' >&2
	exit 1
}

what=${1:-}
case $what:$# in
tar:4 | image:3) ;;
*) usage ;;
esac
[ -f LICENSE ] || fail 'run it in the root of the source'
command -v dpkg-query >/dev/null || fail 'not a Debian system'
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
list=$work/list
libraries "$2" >"$list"
shift
case $what in
tar) tar_make "$@" ;;
image) image_make "$@" ;;
esac
