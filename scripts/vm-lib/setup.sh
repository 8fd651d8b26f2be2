# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Host packages.

find_virtiofsd() {
	local f

	for f in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd; do
		[ -x "$f" ] && echo "$f" && return
	done
	return 1
}

# Prints the packages the host lacks.
missing_packages() {
	local cmd pkg

	while read -r cmd pkg; do
		command -v "$cmd" >/dev/null || echo "$pkg"
	done <<-END
		qemu-system-x86_64 qemu-system-x86
		mmdebstrap mmdebstrap
		cpio cpio
		xz xz-utils
		flock util-linux
		setpriv util-linux
		mount mount
	END
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		echo debian-archive-keyring
	if ! find_virtiofsd >/dev/null; then
		echo qemu-system-common
		# A package of its own since Debian 13.
		[ -z "$(apt-cache search -n '^virtiofsd$')" ] || echo virtiofsd
	fi
}

install_missing() {
	local list

	[ "$(id -u)" -eq 0 ] || list=$(missing_packages | sort -u | xargs)
	if [ "$(id -u)" -ne 0 ]; then
		[ -z "$list" ] || say "install first: apt-get install $list"
		die "needs root: it mounts, changes root and starts virtiofsd"
	fi
	[ -n "$(missing_packages)" ] || return 0
	(
		flock 9
		export DEBIAN_FRONTEND=noninteractive
		apt-get -qq update
		list=$(missing_packages | sort -u | xargs)
		say "installing $list"
		# shellcheck disable=SC2086
		apt-get -qqy --no-install-recommends \
			-oDPkg::Lock::Timeout=300 install $list >/dev/null
	) 9>/run/lock/ipsecsim-setup || die "could not install host packages"
	[ -z "$(missing_packages)" ] || die "still missing: $(missing_packages)"
}
