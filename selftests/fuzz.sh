#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Random input, for a short while: frames for the parser, large packets for
# segmentation and windows for the arithmetic of extended sequence numbers, in user
# space with sanitizers; and requests for the netlink family while traffic flows.
#
# ISIM_FUZZ_SECONDS (default 4): for each.  ISIM_FUZZ_SEED (default 1).
# ISIM_FUZZ_ONLY=netlink: leave out what needs no kernel.
# The long run, with libFuzzer: scripts/fuzz.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
[ -z "$SOFT" ] || { skip "random input" "there is no module" && finish; }
require ip ethtool python3 ipsecsim

secs=${ISIM_FUZZ_SECONDS:-4} seed=${ISIM_FUZZ_SEED:-1}
kmod=$here/../kmod

build() {
	local name=$1
	shift

	gcc -O1 -Wall -Wextra -Werror -fsanitize=address,undefined \
		-fno-sanitize-recover=all -I"$here/fuzz/include" -I"$kmod" \
		-o "$tmp/$name" "$here/fuzz/$name.c" "$here/fuzz/driver.c" "$@" \
		2>"$tmp/$name.log"
}

target() {
	[ -x "$tmp/$1" ] || fail "$(<"$tmp/$1.log")"
	cd "$tmp" || return
	"./$1" "$secs" "$seed" || {
		od -Ax -tx1 crash-input || true
		fail "$1: seed $seed"
	}
}

# A target that hardly ever gets beyond the first check is none.
target_lso() {
	(target lso) >"$tmp/lso.out" 2>&1 || fail "$(<"$tmp/lso.out")"
	[[ $(<"$tmp/lso.out") =~ refused,\ ([0-9]+)\ cut ]]
	expect_ge "packets cut" "${BASH_REMATCH[1]}" 20
}

# Whatever it has set, the kernel must stand it.
test_netlink() {
	local end

	stream_start "$NSA" "$NSB" "$B4"
	in_ns "$NSA" python3 "$here/fuzz_netlink.py" "$secs" "$seed" isim0 \
		>"$tmp/fuzz" 2>&1 || fail "$(<"$tmp/fuzz")"
	end=$(tail -n 1 "$tmp/fuzz")
	echo "$end"
	[[ $end =~ ^requests\ ([0-9]+)\ refused\ ([0-9]+)\ answered\ ([0-9]+)$ ]] ||
		fail "it does not end well"
	expect_ge "refused" "${BASH_REMATCH[2]}" 10
	expect_ge "answered" "${BASH_REMATCH[3]}" 10
	stream_stop
}

test_afterwards() {
	# An adapter that answers nothing takes the driver's patience to remove. A
	# request may have taken it away.
	if in_ns "$NSA" ip link show isim0 >"$tmp/out" 2>&1; then
		in_ns "$NSA" ipsecsim fault clear isim0 >"$tmp/out"
		in_ns "$NSA" ethtool --reset isim0 all >"$tmp/out"
	fi
	ns_del_all
	isim_unload
	isim_load adapters=2
	two_ports
	sa_pair
	traffic_start
	traffic tcp "$A4" "$B4" 100000
}

if [ "${ISIM_FUZZ_ONLY:-}" = netlink ]; then
	diag "netlink only"
elif [ -d "$kmod" ] && command -v gcc >/dev/null; then
	build parse "$kmod/emu/parse.c" &
	build lso "$kmod/emu/lso.c" "$kmod/emu/parse.c" &
	build esn &
	wait
	check "frames" target parse
	check "large packets" target_lso
	check "extended sequence numbers" target esn
else
	skip_missing "frames" "no sources of the module, or no gcc"
	skip_missing "large packets" "no sources of the module, or no gcc"
	skip_missing "extended sequence numbers" "no sources of the module, or no gcc"
fi
isim_load adapters=2
two_ports
sa_pair spi=0x1000
check "netlink requests" test_netlink
check "the module lives on" test_afterwards
finish
