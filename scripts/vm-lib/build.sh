# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Build module and tools for a box, in its root, with its compiler.

# Lay out under $1 what the machine will see: the root, the project tree and
# the shared directory read-only, build/ writable.  These mounts live in our
# own mount namespace and go with it.
lay_out() {
	local top=$1 root=$2 share=$3 headers=$4

	mkdir -p "$tree/build/vm"
	mount --bind "$root" "$top"
	mount -o remount,bind,ro "$top"
	mount --bind "$tree" "$top/ipsecsim"
	mount -o remount,bind,ro "$top/ipsecsim"
	mount --bind "$tree/build" "$top/ipsecsim/build"
	[ -z "$share" ] || mount --bind -o ro "$share" "$top/share"
	[ -z "$headers" ] || mount --bind -o ro "$headers" "$top/kdir"
}

# Whether OUT was built from this tree, against KDIR of this root or, if KDIR is
# mounted there, these headers.
up_to_date() {
	[ -e "$tree/$1/kmod/ipsecsim.ko" ] &&
		[ "$(cat "$tree/$1.stamp" 2>/dev/null)" = "$root $2 $headers" ] &&
		[ -z "$(cd "$tree" && find Makefile Kbuild kmod uapi tools \
			-newer "$1.stamp" -print -quit 2>&1)" ]
}

# As the box sees TOP: make with its compiler; a warning is an error.  The module
# without its debug information is a tenth as large, and quicker to load.
make_in() {
	# shellcheck disable=SC2016 # expanded there
	unshare --mount env -i LC_ALL=C.UTF-8 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc '
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmp "$1/tmp"
		mount --rbind /dev "$1/dev"
		chroot "$1" make -C /ipsecsim -j"$(nproc)" \
			modules tools KDIR="$2" B="$3" W=1e
		exec chroot "$1" strip --strip-debug "/ipsecsim/$3/kmod/ipsecsim.ko"
		' sh "$@"
}

# build_for TOP OUT KDIR: as seen from inside TOP; output goes to build/OUT.
# Two machines of one box may start together, hence the lock.  The stamp is as
# old as the start of the build: what is edited meanwhile counts as newer.
build_for() {
	local top=$1 out=build/$2 kdir=$3 log=$tree/build/$2.log

	if [ ! -e "$tree/Makefile" ]; then
		say "no Makefile in $tree: nothing built"
		return
	fi
	mkdir -p "$tree/$out"
	(
		flock 9
		! up_to_date "$out" "$kdir" || exit 0
		echo "$root $kdir $headers" >"$tree/$out.new"
		make_in "$top" "$kdir" "$out" >"$log" 2>&1 || exit 1
		mv "$tree/$out.new" "$tree/$out.stamp"
	) 9>"$tree/$out.lock" && return
	tail -n 40 "$log" >&2
	die "build for $2 failed, see build/$2.log"
}
