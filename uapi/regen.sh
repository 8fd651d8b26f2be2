#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Generate the uapi header and the netlink policies from ipsecsim.yaml:
#
#	uapi/regen.sh KERNEL_SOURCE [OUTDIR]
#
# KERNEL_SOURCE is a kernel source tree of 6.12 or later; its generator does the
# work. The results go to OUTDIR, laid out like this tree, or to this tree.

set -euo pipefail

usage() {
	echo "usage: ${0##*/} KERNEL_SOURCE [OUTDIR]" >&2
	exit 2
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	usage
fi
src=$1
top=$(cd "$(dirname "$0")/.." && pwd)
out=${2:-$top}
gen=$src/tools/net/ynl/ynl-gen-c.py
[ -f "$gen" ] || gen=$src/tools/net/ynl/pyynl/ynl_gen_c.py
if [ ! -f "$gen" ]; then
	echo "${0##*/}: no netlink generator in $src" >&2
	exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The generator wants a spec inside a kernel tree, with the schema one folder
# above it, and under the kernel's dual license.
touch "$tmp/MAINTAINERS"
cp "$src/Documentation/netlink/genetlink-legacy.yaml" "$tmp/"
mkdir "$tmp/uapi" "$tmp/out"
dual='((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)'
sed "1s/: .*/: $dual/" "$top/uapi/ipsecsim.yaml" >"$tmp/uapi/ipsecsim.yaml"

# emit MODE KIND LICENSE FILE
# Our license and names, and two things for kernels before 6.2 and for
# checkpatch: their ranges are not const, and lines end before column 100. The
# multicast groups stand in ctl/netlink.c, with the family.
emit() {
	local made=$tmp/out/${4##*/}

	python3 "$gen" --mode "$1" "--$2" --spec "$tmp/uapi/ipsecsim.yaml" -o "$made"
	mkdir -p "$out/${4%/*}"
	sed -e "1s/: $dual/: $3/" \
	    -e 's|<uapi/linux/ipsecsim.h>|"ipsecsim.h"|' \
	    -e '/YNL-GEN/s| \*/$| with uapi/regen.sh */|' \
	    -e 's/\<ipsecsim_\([a-z_]*nl_\)/isim_ctl_\1/g' \
	    -e 's/\<ipsecsim_\([a-z_]*_range\)/isim_ctl_\1/g' \
	    -e 's/\<IPSECSIM_NLGRP_/ISIM_CTL_NLGRP_/g' \
	    -e '/^static const struct genl_multicast_group/,/^};/d' \
	    -e 's/^\(extern const struct nla_policy\) \(.\{70,\}\)$/\1\n\2/' \
	    -e 's/^static const \(struct netlink_range_validation\)/static \1/' \
	    -e 's/ \(NLA_POLICY_FULL_RANGE\)/\n\t\t\1/' "$made" |
		cat -s | sed '${/^$/d}' >"$out/$4"
}

emit uapi header "GPL-2.0 WITH Linux-syscall-note" uapi/ipsecsim.h
emit kernel header GPL-2.0 kmod/ctl/netlink_gen.h
emit kernel source GPL-2.0 kmod/ctl/netlink_gen.c
