#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# The finite SA table: the SA too many is refused with -ENOSPC and leaves
# nothing behind, a deleted one makes room at once, for either direction.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3

room=8
alg='aead=rfc4106(gcm(aes)):160:128'

# Odd SPIs are inbound.
add_sa() {
	local spi=$1 dir=out src=192.0.2.1 dst=192.0.2.2

	[ $((spi % 2)) -eq 0 ] || dir=in src=192.0.2.2 dst=192.0.2.1
	newsa add dev=isim0 dir="$dir" src="$src" dst="$dst" "spi=$spi" "$alg"
}

add_ok() {
	add_sa "$1"
	expect_eq "adding SA $1" "$ERR $TEXT" "0 "
}

add_full() {
	add_sa "$1"
	expect_eq "errno of the SA too many" "$ERR" ENOSPC
	[ -n "$mute" ] || expect_eq extack "$TEXT" \
		"ipsecsim: The adapter's SA table is full"
}

del_ok() {
	local dst=192.0.2.2

	[ $(($1 % 2)) -eq 0 ] || dst=192.0.2.1
	newsa del "dst=$dst" "spi=$1"
	expect_eq "deleting SA $1" "$ERR" 0
}

test_fill() {
	local i

	for ((i = 0; i < room; i++)); do add_ok $((0x1000 + i)); done
	newsa_holds "$room"
}

test_full() {
	local fails

	fails=$(count "$NSA" isim0 drv_sa_add_fail)
	add_full 0x2000
	add_full 0x2001
	newsa_holds "$room"
	expect_eq "drv_sa_add_fail" "$(count "$NSA" isim0 drv_sa_add_fail)" \
		$((fails + 2))
}

test_room_at_once() {
	local i

	for i in {0..19}; do
		del_ok $((0x1000 + i))
		add_ok $((0x1000 + room + i))
		add_full 0x2000
	done
	newsa_holds "$room"
	for ((i = 20; i < 20 + room; i++)); do del_ok $((0x1000 + i)); done
	newsa_holds 0
}

test_other_port() {
	local i

	for ((i = 0; i < room; i++)); do add_ok $((0x3000 + i)); done
	ipb xfrm state add src "$B4" dst "$A4" $(sa_args 0x3001 128 128) \
		mode transport offload dev isim1 dir out
	wait_for count_is "$NSB" isim1 drv_sa_count 1
	ipb xfrm state flush
	wait_for count_is "$NSB" isim1 drv_sa_count 0
	newsa_holds "$room"
}

# What a refused SA would have used must not be lost little by little.
test_refused_often() {
	local i

	for i in {1..100}; do add_full 0x2000; done
	newsa_holds "$room"
}

test_flush() {
	local i

	ipa xfrm state flush
	newsa_holds 0
	for ((i = 0; i < room; i++)); do add_ok $((0x4000 + i)); done
	newsa_holds "$room"
}

# The way that most people will see it.
test_iproute2() {
	local out

	! out=$(ipa xfrm state add src "$A4" dst "$B4" $(sa_args 0x5000 128 128) \
		mode transport offload dev isim0 dir out 2>&1) ||
		fail "it was accepted"
	if [ -n "$mute" ]; then
		[[ $out = *'No space left on device'* ]] || fail "$out"
	else
		[[ $out = *"ipsecsim: The adapter's SA table is full"* ]] ||
			fail "$out"
	fi
}

isim_load adapters=2 queues=1 sa_capacity=$room
mute=$(extack_missing)
two_ports
newsa_start "$NSA"
check "as many SAs as the table holds" test_fill
check "one more is refused with ENOSPC" test_full
check "ip xfrm tells why" test_iproute2
check "a deleted SA makes room at once" test_room_at_once
check "a full port does not fill the other" test_other_port
check "a hundred refusals cost nothing" test_refused_often
check "a flush empties the table" test_flush
newsa_stop
finish
