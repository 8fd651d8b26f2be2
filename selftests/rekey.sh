#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# Rekeying under a live connection, as IKE daemons do it: new SAs beside the
# old ones, then the old ones go. And updates of an SA in place.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3

# end_sa NS DEV LOCAL REMOTE VERB DIR SPI [WORD]...
end_sa() {
	local ns=$1 dev=$2 src=$3 dst=$4 verb=$5 dir=$6 spi=$7

	[ "$dir" = out ] || { src=$4 dst=$3; }
	shift 7
	ip -n "$ns" xfrm state "$verb" src "$src" dst "$dst" \
		$(sa_args "$spi" 128 128) mode transport reqid 1 \
		$(sa_dir "$dir" 32) "$@" $(offload "$dev" "$dir")
}

a_sa() { end_sa "$NSA" isim0 "$A4" "$B4" "$@"; }
b_sa() { end_sa "$NSB" isim1 "$B4" "$A4" "$@"; }

# RFC 7296, 2.8: ready to receive first. SPI is of A to B; B to A has one more.
new_sas() {
	a_sa add in $(($1 + 1))
	b_sa add in "$1"
	a_sa add out "$1"
	b_sa add out $(($1 + 1))
}

sa_packets() {
	sa_state "$1" "$2" | awk '/lifetime current/ { getline
		sub(/.*, /, ""); print $1 + 0; found = 1 } END { exit !found }'
}

packets_above() {
	[ "$(sa_packets "$1" "$2")" -gt "$3" ]
}

del_out() {
	ipa xfrm state delete src "$A4" dst "$B4" proto esp spi "$1"
	ipb xfrm state delete src "$B4" dst "$A4" proto esp spi $(($1 + 1))
}

del_in() {
	ipa xfrm state delete src "$B4" dst "$A4" proto esp spi $(($1 + 1))
	ipb xfrm state delete src "$A4" dst "$B4" proto esp spi "$1"
}

used() {
	wait_for packets_above "$NSA" "$1" "$2"
	wait_for packets_above "$NSB" $(($1 + 1)) "$2"
}

both_hold() {
	wait_for count_is "$NSA" isim0 drv_sa_count "$1"
	wait_for count_is "$NSB" isim1 drv_sa_count "$1"
}

# Packets are counted as they pass each stage, so nothing may be missing.
test_rekey() {
	local i old=$1 new errors

	errors=$(xfrm_stat "$NSA" XfrmInNoStates)
	for ((i = 0; i < rekeys; i++)); do
		new=$((old + 16))
		new_sas "$new"
		both_hold 4
		stream_moves
		del_out "$old"
		used "$new" 0
		stream_moves
		del_in "$old"
		both_hold 2
		stream_moves
		old=$new
	done
	expect_eq "packets without an SA" \
		"$(xfrm_stat "$NSA" XfrmInNoStates)" "$errors"
	no_bad_packets
	echo "$old" >"$tmp/spi"
}

no_bad_packets() {
	local ns name

	for ns in "$NSA" "$NSB"; do
		for name in XfrmInStateProtoError XfrmInStateSeqError \
			XfrmInBufferError XfrmInTmplMismatch XfrmInNoPols; do
			expect_eq "$name" "$(xfrm_stat "$ns" "$name")" 0
		done
	done
	expect_eq hw_rx_esp_auth_err \
		"$(count "$NSA" isim0 hw_rx_esp_auth_err)" 0
	expect_eq hw_rx_esp_auth_err \
		"$(count "$NSB" isim1 hw_rx_esp_auth_err)" 0
}

# The device has both for a moment, with one SPI and one key.
test_update_sa() {
	local spi=$1 i before

	before=$(count "$NSA" isim0 hw_tx_esp)
	for i in {1..10}; do
		a_sa update out "$spi" limit time-use-soft $((1000 + i))
		b_sa update in "$spi" limit time-use-soft $((1000 + i))
		a_sa update in $((spi + 1)) limit time-use-soft $((1000 + i))
		stream_moves
	done
	both_hold 2
	wait_for count_above "$NSA" isim0 hw_tx_esp "$before"
	sa_state "$NSA" "$spi" | grep -q 'soft 1010(sec)' ||
		fail "the update did not take: $(sa_state "$NSA" "$spi")"
	stream_moves
	no_bad_packets
}

test_update_policy() {
	local i

	for i in {1..10}; do
		ipa xfrm policy update dir out src "$A4" dst "$B4" priority "$i" \
			tmpl src "$A4" dst "$B4" proto esp reqid 1 mode transport
		ipa xfrm policy delete dir out src "$A4" dst "$B4" priority $((i - 1)) \
			2>/dev/null || true
		stream_moves
	done
	no_bad_packets
}

# With a policy for another reqid, as when a daemon replaces a connection.
test_new_reqid() {
	local spi=$1 ns

	for ns in A B; do
		local l=$A4 r=$B4
		[ "$ns" = A ] || l=$B4 r=$A4
		sa_twin "$ns" "$l" "$r" "$spi"
	done
	ipa xfrm policy update dir out src "$A4" dst "$B4" priority 10 \
		tmpl src "$A4" dst "$B4" proto esp reqid 2 mode transport
	wait_for packets_above "$NSA" $((spi + 0x100)) 0
	stream_moves
}

# What arrives with the SA of reqid 2 must pass B's policy, too.
sa_twin() {
	local spi=$(($4 + 0x100))

	if [ "$1" = A ]; then
		ipa xfrm state add src "$2" dst "$3" $(sa_args "$spi" 128 128) \
			mode transport reqid 2 $(offload isim0 out)
		return
	fi
	ipb xfrm state add src "$3" dst "$2" $(sa_args "$spi" 128 128) \
		mode transport reqid 2 $(offload isim1 in)
	ipb xfrm policy update dir in src "$3" dst "$2" \
		tmpl src "$3" dst "$2" proto esp mode transport
}

rekeys=${REKEYS:-4}
isim_load adapters=2
two_ports
sa_pair spi=0x1000 reqid=1
stream_start "$NSA" "$NSB" "$B4"
check "traffic before" stream_moves
check "new SAs take over, old ones go, nothing is lost" test_rekey 0x1000
spi=$(cat "$tmp/spi" 2>/dev/null || echo 0x1000)
check "an SA is updated in place" test_update_sa "$spi"
check "the policy is updated in place" test_update_policy
check "the policy moves to another reqid" test_new_reqid "$spi"
stream_stop
sa_flush
check "the ports hold no SA at the end" both_hold 0
finish
