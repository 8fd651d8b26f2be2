#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Sequence numbers moved by hand: next to 2^32 and 2^64, forwards and back; the
# alarm of the adapter when a number, and with it an IV, is used again.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
[ -z "$SOFT" ] || { skip "sequence numbers moved" "there is no module" && finish; }
require ip ethtool python3 jq ipsecsim

# both NUMBER: sender and receiver of A to B
both() {
	na ipsecsim seq isim0 0x1000 "$1"
	nb ipsecsim seq isim1 0x1000 "$1"
}

flows() {
	counted "$A4" "$B4" 40
	expect_eq "arrived" "$GOT $AGAIN" "40 0"
	alarms 0 0
}

# The alarms since the file began
alarms() {
	expect_eq "hw_tx_seq_reuse" "$(count "$NSA" isim0 hw_tx_seq_reuse)" "$1"
	expect_eq "hw_tx_seq_old" "$(count "$NSA" isim0 hw_tx_seq_old)" "$2"
}

oseq() {
	ipa xfrm state list spi 0x1000 | sed -n "s/.*$1 \\(0x[0-9a-f]*\\).*/\\1/p"
}

test_esn() {
	sa_pair esn=1 window=64
	flows
	both 0xfffffff0
	flows
	expect_eq "oseq-hi" "$(oseq oseq-hi)" 0x1
	both 0x57ffffff0
	flows
	both 0x7fffffffffffffe0
	flows
	both 0xfffffffefffffff0
	flows
	expect_eq "oseq-hi" "$(oseq oseq-hi)" 0xffffffff
	# The last 15 numbers there are.
	both 0xfffffffffffffff0
	traffic reach "$A4" "$B4"
	expect_eq "before the end" "$REPLY" "ok 1"
	(counted "$A4" "$B4" 40) || true
	traffic reach "$A4" "$B4"
	[[ $REPLY = "ok 0"* ]] || fail "a packet beyond 2^64 arrived"
	alarms 0 0
}

test_no_esn() {
	sa_pair window=32 spi=0x1000 flush=1
	flows
	both 0xffffff00
	flows
	! na ipsecsim seq isim0 0x1000 0x100000000 2>"$tmp/err" ||
		fail "a number beyond the end"
	grep -q 'without ESN the number ends' "$tmp/err"
	! na ipsecsim seq isim0 0x1234 1 2>"$tmp/err" || fail "an SPI of nobody"
	grep -q 'the adapter has no SA of SPI 0x00001234' "$tmp/err"
}

# Only the sender goes back: the receiver refuses each as replayed.
test_reuse() {
	local before

	sa_pair window=32 flush=1
	flows
	before=$(xfrm_stat "$NSB" XfrmInStateSeqError)
	na ipsecsim seq isim0 0x1000 10
	counted "$A4" "$B4" 20
	expect_eq "arrived" "$GOT" 0
	expect_eq "XfrmInStateSeqError" \
		"$(xfrm_stat "$NSB" XfrmInStateSeqError)" $((before + 20))
	alarms 20 0
	# Too long ago to be sure.
	na ipsecsim seq isim0 0x1000 5000
	counted "$A4" "$B4" 40
	na ipsecsim seq isim0 0x1000 3000
	counted "$A4" "$B4" 20
	alarms 20 20
	na ipsecsim seq isim0 0x1000 6000
	counted "$A4" "$B4" 20
	expect_eq "arrived" "$GOT" 20
	alarms 20 20
}

isim_load adapters=2 queues=1
two_ports
still
traffic_start
check "next to 2^32, 2^63 and 2^64" test_esn
check "without ESN" test_no_esn
check "numbers that are used again" test_reuse
finish
