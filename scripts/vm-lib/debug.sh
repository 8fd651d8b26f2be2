# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Where the debug kernel comes from: one lying beside the project, or the one
# scripts/debug-kernel built from this configuration.  Its build tree is unpacked
# once into the cache.

debug_built() {
	echo "$cache/debug-kernel-$(sha256sum "$here/../debug.config" |
		cut -c1-12)"
}

debug_source() {
	local dir

	for dir in "$tree/../shared/debug-kernel" "$(debug_built)"; do
		[ -e "$dir/bzImage" ] && [ -e "$dir/headers.tar.xz" ] &&
			readlink -f "$dir" && return
	done
	return 1
}

# Prints the build tree for external modules.
debug_headers() {
	local src=$1 dir

	dir=$cache/debug-headers-$(sha256sum "$src/headers.tar.xz" | cut -c1-12)
	(
		flock 9
		[ ! -d "$dir" ] || exit 0
		rm -rf "$cache/new-headers"
		# "set -e" is off in here.
		mkdir "$cache/new-headers" &&
			tar -xJf "$src/headers.tar.xz" -C "$cache/new-headers" \
				--strip-components=1 &&
			mv "$cache/new-headers" "$dir"
	) 9>"$cache/debug-headers.lock" || return
	echo "$dir"
}
