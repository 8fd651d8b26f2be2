#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# SAs that go while packets use them: nothing leaves in clear, what can not be
# processed is dropped and counted, and the connection goes on after the SA is
# back. isim1 does ESP in software here, so what it captures is the wire.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 tcpdump tc ping

out_spi=0x1000 in_spi=0x1001

add_out() {
	ipa xfrm state add src "$A4" dst "$B4" $(sa_args "$out_spi" 128 128) \
		mode transport reqid 1 $(sa_dir out 32) replay-oseq "$1" \
		$(offload isim0 out)
}

add_in() {
	ipa xfrm state add src "$B4" dst "$A4" $(sa_args "$in_spi" 128 128) \
		mode transport reqid 1 $(sa_dir in 32) $(offload isim0 in)
}

del_out() {
	ipa xfrm state delete src "$A4" dst "$B4" proto esp spi "$out_spi"
}

del_in() {
	ipa xfrm state delete src "$B4" dst "$A4" proto esp spi "$in_spi"
}

# The judge must see what it looks for.
test_judge() {
	stream_start "$NSA" "$NSB" "$B4"
	capture_start "$NSB" isim1
	stream_moves
	capture_stop
	stream_stop
	leaked || fail "the capture does not show what is sent in clear"
}

# Each new SA goes on far above the old one's sequence numbers, as B keeps its
# replay window.
test_out() {
	local i

	capture_start "$NSB" isim1
	for i in {1..6}; do
		stream_moves
		del_out
		wait_for count_is "$NSA" isim0 drv_sa_count 1
		add_out $((i * 1000000))
		wait_for count_is "$NSA" isim0 drv_sa_count 2
	done
	stream_moves
	no_leak 50
}

# While the SA is away a packet may only be queued for it or dropped.
test_out_away() {
	local frames i

	stream_moves
	capture_start "$NSB" isim1
	frames=$(count "$NSA" isim0 hw_tx_esp)
	stream_moves
	wait_for count_above "$NSA" isim0 hw_tx_esp "$frames"
	del_out
	wait_for count_is "$NSA" isim0 drv_sa_count 1
	frames=$(count "$NSA" isim0 hw_tx_esp)
	for i in 1 2; do
		! na ping -q -c 1 -W 1 "$B4" >/dev/null ||
			fail "an answer to a ping without an SA"
	done
	count_is "$NSA" isim0 hw_tx_esp "$frames" ||
		fail "the port encrypts without an SA"
	add_out 100000000
	stream_moves
	no_leak 5
	count_above "$NSA" isim0 hw_tx_esp "$frames" ||
		fail "the port does not encrypt again"
}

# A qdisc holds packets that have their SA already, until the SA has gone.
test_out_stale() {
	local stale esp n

	stream_moves
	stream_stop
	stale=$(counts "$NSA" isim0 _stale_sa)
	capture_start "$NSB" isim1
	na tc qdisc add dev isim0 root netem delay $((4 * slow))s
	esp=$(count "$NSA" isim0 hw_tx_esp)
	na ping -q -c 5 -i 0.01 -W 1 "$B4" >/dev/null &
	wait_for backlog_above 4
	del_out
	wait_for count_is "$NSA" isim0 drv_sa_count 1
	wait_for -t 20 backlog_below 1
	wait $! || true
	na tc qdisc del dev isim0 root
	n=$(($(counts "$NSA" isim0 _stale_sa) - stale))
	expect_ge "packets dropped for a stale SA" "$n" 5
	expect_eq "packets encrypted" \
		"$(($(count "$NSA" isim0 hw_tx_esp) - esp))" 0
	no_leak 0
	add_out 200000000
	stream_start "$NSA" "$NSB" "$B4"
}

backlog() {
	na tc -s qdisc show dev isim0 | awk '/ backlog / { print $3 + 0; exit }'
}

backlog_above() {
	[ "$(backlog)" -gt "$1" ]
}

backlog_below() {
	[ "$(backlog)" -lt "$1" ]
}

# ESP for an SA that A does not have comes up as it is, and XFRM drops it.
test_in() {
	local i none cleartext

	none=$(xfrm_stat "$NSA" XfrmInNoStates)
	for i in 1 2 3; do
		stream_moves
		del_in
		wait_for xfrm_above "$NSA" XfrmInNoStates "$none"
		none=$(xfrm_stat "$NSA" XfrmInNoStates)
		add_in
		wait_for count_is "$NSA" isim0 drv_sa_count 2
	done
	stream_moves
	expect_ge hw_rx_esp_no_sa "$(count "$NSA" isim0 hw_rx_esp_no_sa)" 3
	cleartext=$(xfrm_stat "$NSA" XfrmInTmplMismatch)
	expect_eq "packets taken for cleartext" "$cleartext" 0
}

xfrm_above() {
	[ "$(xfrm_stat "$1" "$2")" -gt "$3" ]
}

# With slow interrupts decrypted frames wait in the ring when their SA goes.
test_in_stale() {
	local i stale

	na ethtool -C isim0 adaptive-rx off rx-usecs 50000 2>/dev/null ||
		na ethtool -C isim0 tx-usecs 50000 rx-usecs 50000
	for i in {1..30}; do
		stream_moves
		del_in
		add_in
		stale=$(count "$NSA" isim0 drv_rx_stale_sa)
		[ "$stale" -eq 0 ] || break
	done
	na ethtool -C isim0 rx-usecs 0
	expect_ge drv_rx_stale_sa "$stale" 1
	stream_moves
}

# All at once, as a daemon does that is stopped.
test_flush() {
	local i

	capture_start "$NSB" isim1
	for i in 1 2 3; do
		stream_moves
		ipa xfrm state flush
		wait_for count_is "$NSA" isim0 drv_sa_count 0
		add_in
		add_out $((300000000 + i * 1000000))
	done
	stream_moves
	no_leak 20
}

isim_load adapters=2
two_ports
check "the capture shows what is in clear" test_judge
sa_pair b=sw spi=$out_spi reqid=1
stream_start "$NSA" "$NSB" "$B4"
check "the outbound SA goes and comes under traffic" test_out
check "nothing passes while there is no outbound SA" test_out_away
check "packets of an SA that is gone are dropped and counted" test_out_stale
check "the inbound SA goes and comes under traffic" test_in
check "decrypted frames of an SA that is gone are dropped" test_in_stale
check "all SAs are flushed under traffic" test_flush
stream_stop
sa_flush
check "the port holds no SA at the end" wait_for count_is "$NSA" isim0 drv_sa_count 0
finish
