# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The cache of root file systems: one directory a suite, named after the hash
# of everything that decides its content, so that a changed package list makes
# a new root and never disturbs a machine running on the old one.

root_dir() {
	local hash

	hash=$(cd "$here" && sha256sum mkroot.sh mkinitrd.sh packages.common \
		"packages.$1" | sha256sum | cut -c1-12)
	echo "$cache/root-$1-$hash"
}

# Roots nobody used for a week.  A running machine holds a lock on its root.
prune_roots() {
	local old

	find "$cache" -maxdepth 1 -name 'root-*' -mtime +7 -print |
	while read -r old; do
		flock -n "$old" rm -rf --one-file-system "$old" || true
	done
}

# Made aside and renamed: a root is either whole or absent.
make_root() {
	local suite=$1 dir new

	dir=$(root_dir "$suite")
	[ ! -d "$dir" ] || return 0
	mkdir -p "$cache"
	(
		flock 9
		[ ! -d "$dir" ] || exit 0
		prune_roots
		new=$cache/new-$suite
		rm -rf --one-file-system "$new"
		say "making the $suite root (once; takes a few minutes)"
		if ! "$here/mkroot.sh" "$suite" "$new" 2>"$new.log"; then
			tail -n 20 "$new.log" >&2
			rm -rf --one-file-system "$new"
			exit 1
		fi
		rm "$new.log"
		touch "$new"
		mv "$new" "$dir"
	) 9>"$cache/$suite.lock" || die "could not make the $suite root"
}

# Makes the root of a suite and holds it: nobody prunes it while we run.  Sets
# root.
hold_root() {
	root=$(root_dir "$1")
	while :; do
		make_root "$1"
		exec 7<"$root"
		flock -s 7
		[ ! -d "$root" ] || break
	done
	touch "$root"
}

# Makes the roots of the given boxes, side by side, each a process group: what
# interrupts us is passed on to all of it.
prepare() {
	local box suite suites pid rc=0 pids=()

	suites=$(for box in "$@"; do box_suite "$box" || exit; done | sort -u)
	set -m
	for suite in $suites; do
		make_root "$suite" &
		pids+=($!)
	done
	trap 'kill -- "${pids[@]/#/-}"; exit 130' HUP INT TERM
	for pid in "${pids[@]}"; do
		wait "$pid" || rc=$?
	done
	return "$rc"
}
