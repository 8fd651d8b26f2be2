#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mkroot.sh SUITE DIR: make the root file system of one Debian suite in DIR.
#
# The mirror, proxy and validity settings are those of the host's own apt.
# If the host has no Debian mirror, mmdebstrap's default is used.
set -euo pipefail

suite=$1 dir=$2
here=$(dirname "$(readlink -f "$0")")

packages() {
	sed 's/#.*//' "$here/packages.common" "$here/packages.$suite" |
		xargs | tr ' ' ','
}

# URI of the host's Debian archive; $1 is '-security' or empty.
# shellcheck disable=SC2016 # apt's own $(...)
mirror() {
	apt-get indextargets \
		--format '$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)' \
		'Identifier: Packages' 2>/dev/null |
	awk -v want="^[a-z]+$1\$" \
		'$1 == "Debian" && $2 == "main" && $3 ~ want { print $4; exit }'
}

sources() {
	local main sec

	main=$(mirror '')
	sec=$(mirror -security)
	[ -n "$main" ] && [ -n "$sec" ] || return 0
	echo "deb $main $suite main"
	echo "deb $main $suite-updates main"
	echo "deb $sec $suite-security main"
}

# The apt settings that decide whether a download works at all.
apt_options() {
	apt-config dump | grep -E \
		'^Acquire::(https?::Proxy|Check-(Valid-Until|Date)|Retries)' |
		grep -v '""' || true
}

# Run by mmdebstrap before its first apt-get update.
hook_setup() {
	local list=$1/etc/apt/sources.list lines

	[ "$suite" = trixie ] || return 0
	lines=$(sed -n "s/ $suite main/ $suite-backports main/p" "$list" \
		"$1"/etc/apt/sources.list.d/*.list 2>/dev/null || true)
	[ -n "$lines" ] || {
		echo "no source list line to make one for $suite-backports of" >&2
		exit 1
	}
	echo "$lines" >"$1/etc/apt/sources.list.d/backports.list"
	printf 'Package: %s\nPin: release n=%s\nPin-Priority: 900\n' \
		'linux-*' "$suite-backports" >"$1/etc/apt/preferences.d/kernel"
}

# Run when all packages are in.  libreswan's package conflicts with
# strongSwan's, its files do not: take its dependencies, then unpack it.
# These commands run inside the root: apt must never see the host's packages.
hook_customize() {
	# shellcheck disable=SC2016 # expanded there
	chroot "$1" sh -euc '
		cd /tmp
		apt-get -qq -oAPT::Sandbox::User=root download libreswan
		apt-get -qqy satisfy "$(dpkg-deb -f libreswan_*.deb Depends)"
		dpkg-deb --fsys-tarfile libreswan_*.deb |
			tar -x --keep-directory-symlink -C /
		rm libreswan_*.deb' >/dev/null
	"$here/mkinitrd.sh" "$1"
	mkdir -p "$1/ipsecsim" "$1/share" "$1/kdir"
	echo ipsecsim >"$1/etc/hostname"
	printf '127.0.0.1 localhost ipsecsim\n::1 localhost\n' >"$1/etc/hosts"
	rm -f "$1/etc/resolv.conf"
}

if [ "$suite" = hook ]; then
	suite=$3
	"hook_$2" "$4"
	exit
fi

aptopts=()
while IFS= read -r line; do
	aptopts+=("--aptopt=$line")
done < <(apt_options)

exclude=()
for path in man doc info locale lintian bash-completion zsh; do
	exclude+=("--dpkgopt=path-exclude=/usr/share/$path/*")
done

export INITRD=No	# nobody boots these roots with Debian's initrd
list=$(sources)
[ -z "$list" ] || list=-
sources | mmdebstrap --quiet --mode=root --variant=apt --format=directory \
	--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
	--include="$(packages)" "${aptopts[@]}" "${exclude[@]}" \
	--aptopt='APT::Install-Recommends "false"' \
	--aptopt='Acquire::Languages "none"' \
	--dpkgopt=force-unsafe-io --dpkgopt=force-confold \
	--setup-hook="'$here/mkroot.sh' hook setup $suite \"\$1\"" \
	--customize-hook="'$here/mkroot.sh' hook customize $suite \"\$1\"" \
	"$suite" "$dir" ${list:+"$list"}
