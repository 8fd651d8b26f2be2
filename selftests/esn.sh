#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Extended sequence numbers across 2^32, both ways, with and without loss.
#
#	NSA                                          NSB
#	+-----------------------+                    +-----------------------+
#	| isim0      hw or sw   |=== ESP ==========> |      isim1  hw or sw  |
#	| oseq hi:fffffff0      | <========== ESP ===| oseq hi:fffffff0      |
#	+-----------------------+                    +-----------------------+
#
# The SAs start just below a wrap: of the first epoch, of the second, and of the
# last but one.  The high word is in no packet; each end keeps its own, and
# the ICV of every packet after the wrap tells whether they agree.  Software
# XFRM is the judge in hw-sw and sw-hw.  Traffic: numbered datagrams, and TCP,
# whose large segments take many numbers at once, on both sides of the wrap.
# The device of an offloaded end must have encrypted and decrypted every one of
# those packets, that of a software end none.
#
# Software ends send no large segments here: when the core's own GSO for ESP
# cuts one across the wrap, the piece numbered 0xffffffff is sealed with the high
# word that comes after it, and no receiver can open it (esp_xmit counts xo->seq
# on before the piece is sealed).

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

isim_load
two_ports
traffic_start
[ -n "$SOFT" ] || require ipsecsim

# esn_pair ENDS MODE HIGH LOW WINDOW: both directions at HIGH:LOW.  Sets src and
# dst, and marks the counters.
start=0
esn_pair() {
	local mode=$2

	start=$(($3 << 32 | $4))
	sa_pair a="${1%-*}" b="${1#*-}" mode="${mode%[46]}" outer="${mode: -1}" \
		esn=1 window="$5" flush=1 \
		out_state="replay-oseq-hi $3 replay-oseq $4" \
		in_state="replay-seq-hi $3 replay-seq $4"
	src=$A4 dst=$B4
	case $mode in
	transport6) src=$A6 dst=$B6 ;;
	tunnel4) src=$AI4 dst=$BI4 ;;
	tunnel6) src=$AI6 dst=$BI6 ;;
	esac
	counters_mark
}

# Prints "HIGH LOW" of an SA's outbound number, in decimal.
out_seq() {
	local text re='oseq-hi (0x[0-9a-f]+), oseq (0x[0-9a-f]+)'

	text=$(sa_state "$1" "$2")
	[[ $text =~ $re ]] || fail "no oseq-hi in: $text"
	echo "$((BASH_REMATCH[1])) $((BASH_REMATCH[2]))"
}

# Prints the high word of an inbound SA and what it refused: "HIGH REPLAY FAILED".
in_state() {
	local text high re=' seq-hi (0x[0-9a-f]+), seq 0x'
	local bad='replay ([0-9]+) failed ([0-9]+)'

	text=$(sa_state "$1" "$2")
	[[ $text =~ $re ]] || fail "no seq-hi in: $text"
	high=$((BASH_REMATCH[1]))
	[[ $text =~ $bad ]] || fail "no stats in: $text"
	echo "$high ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
}

sent_past() {
	local high low

	read -r high low < <(out_seq "$1" "$2")
	expect_eq "oseq-hi of $2" "$high" "$3"
	expect_ge "oseq of $2" "$low" 1
}

received_past() {
	local high replay failed

	read -r high replay failed < <(in_state "$1" "$2")
	expect_eq "seq-hi of $2" "$high" "$3"
	expect_eq "replay of $2" "$replay" 0
	expect_eq "failed of $2" "$failed" 0
}

# Have both directions gone over the wrap, at both ends, with nothing refused?
wrapped() {
	sent_past "$NSA" 0x1000 "$1"
	sent_past "$NSB" 0x1001 "$1"
	received_past "$NSB" 0x1000 "$1"
	received_past "$NSA" 0x1001 "$1"
	counters
	no_xfrm_errors
}

# devices_did ENDS A-TO-B B-TO-A [ARRIVED-AT-B ARRIVED-AT-A]: since esn_pair
devices_did() {
	counters
	device_did a "${1%-*}" "$2" "${5:-$3}"
	device_did b "${1#*-}" "$3" "${4:-$2}"
}

# Prints how many packets an outbound SA has numbered since esn_pair.
numbered() {
	local high low

	read -r high low < <(out_seq "$1" "$2")
	echo $(((high << 32 | low) - start))
}

# Prints how many an inbound SA has taken.
taken() {
	sa_state "$1" "$2" |
		sed -n '/lifetime current/,$s/.*, \([0-9]*\)(packets).*/\1/p'
}

tcp_counted() (
	devices_did "$1" "$(numbered "$NSA" 0x1000)" "$(numbered "$NSB" 0x1001)" \
		"$(taken "$NSB" 0x1000)" "$(taken "$NSA" 0x1001)"
)

# How many packets TCP makes of BYTES each way, only the SAs know.  The last of
# them may be on its way still when the connection has ended.
devices_did_tcp() {
	local packets=$(($2 / 1500))

	expect_ge "packets numbered by A" "$(numbered "$NSA" 0x1000)" "$packets"
	expect_ge "packets numbered by B" "$(numbered "$NSB" 0x1001)" "$packets"
	expect_ge "packets taken by A" "$(taken "$NSA" 0x1001)" "$packets"
	expect_ge "packets taken by B" "$(taken "$NSB" 0x1000)" "$packets"
	wait_for tcp_counted "$1"
}

across() {
	local ends=$1 mode=$2 high=$3 src dst

	esn_pair "$ends" "$mode" "$high" 0xfffffff0 64
	traffic count "$src" "$dst" 40 100
	expect_eq "datagrams A to B" "$REPLY" "ok 40 0"
	traffic count "$dst" "$src" 40 100
	expect_eq "datagrams B to A" "$REPLY" "ok 40 0"
	wrapped $((high + 1))
	devices_did "$ends" 40 40
	echo "datagrams went well; now TCP"
	# Again, this time inside one large segment.
	esn_pair "$ends" "$mode" "$high" 0xffffffc8 64
	traffic tcp "$src" "$dst" 300000
	wrapped $((high + 1))
	devices_did_tcp "$ends" 300000
}

# The high word stays, but the half of the low words changes, which is all that
# a device is told of the window.  Packets overtake each other on both sides.
across_half() {
	local ends=$1 high=$2 src dst

	na tc qdisc replace dev isim0 root netem delay 5ms reorder 50%
	nb tc qdisc replace dev isim1 root netem delay 5ms reorder 50%
	esn_pair "$ends" transport4 "$high" 0x7fffffec 64
	traffic count "$src" "$dst" 40 100
	expect_eq "datagrams A to B" "$REPLY" "ok 40 0"
	traffic count "$dst" "$src" 40 100
	expect_eq "datagrams B to A" "$REPLY" "ok 40 0"
	na tc qdisc del dev isim0 root
	nb tc qdisc del dev isim1 root
	wrapped "$high"
	devices_did "$ends" 40 40
	esn_pair "$ends" tunnel4 "$high" 0x7fffffc8 64
	traffic tcp "$src" "$dst" 300000
	wrapped "$high"
	devices_did_tcp "$ends" 300000
}

# ae NS NAME=HIGH:LOW: set a number of the SA from A to B.
ae() {
	ip netns exec "$1" python3 "$here/newsa.py" \
		<<<"ae dst=$B4 spi=0x1000 esn=64 $2" >"$tmp/ae"
	[[ $(<"$tmp/ae") = 0[[:space:]]* ]] || fail "NEWAE: $(<"$tmp/ae")"
}

# The window is set anew under the device's feet, which no driver is told.
newae() {
	local src dst first=1

	esn_pair "$1" transport4 0 0x10 64
	traffic count "$src" "$dst" 5 100
	expect_eq "before" "$REPLY" "ok 5 0"
	ae "$NSA" oseq=5:0x20
	ae "$NSB" seq=5:0x20
	# The first one fails in a device, and tells the driver.
	traffic reach "$src" "$dst"
	[ "${1#*-}" = sw ] || [ -n "$SOFT" ] || first=0
	[[ $REPLY = "ok $first"* ]] || fail "the first: $REPLY"
	traffic count "$src" "$dst" 20 100
	expect_eq "after" "$REPLY" "ok 20 0"
	devices_did "$1" 26 0 25
	[ "$first" = 1 ] || counter_moved b.hw_rx_esp_auth_err 1
}

lose() {
	if [ -n "$SOFT" ]; then
		na tc qdisc replace dev isim0 root netem loss "$1%"
		nb tc qdisc replace dev isim1 root netem loss "$1%"
		return
	fi
	na ipsecsim fault set isim0 drop ppm "$((10000 * $1))" seed 11 >"$tmp/fault"
	nb ipsecsim fault set isim1 drop ppm "$((10000 * $1))" seed 12 >"$tmp/fault"
}

lose_nothing() {
	if [ -n "$SOFT" ]; then
		na tc qdisc del dev isim0 root
		nb tc qdisc del dev isim1 root
		return
	fi
	na ipsecsim fault clear isim0 >"$tmp/fault"
	nb ipsecsim fault clear isim1 >"$tmp/fault"
}

# What device $2 in $1 did not drop since its counter was $3 has arrived, as the
# reply of "count" says.  One or two of those dropped can be the stack's own
# multicast.
arrived() {
	local got again drop_now

	read -r _ got again <<<"$REPLY"
	expect_eq "duplicates" "$again" 0
	if [ -z "$SOFT" ]; then
		drop_now=$(hw "$1" "$2" hw_wire_drop)
		expect_ge "packets lost" $((80 - got)) 5
		expect_ge "arrived" "$got" $((80 - drop_now + $3))
		expect_ge "dropped" $((82 - got)) $((drop_now - $3))
	else
		expect_ge "arrived" "$got" 20
	fi
}

# Both directions lose a quarter, right across the wrap; then TCP mends it.
across_loss() {
	local ends=$1 mode=$2 high=$3 src dst drop_a=0 drop_b=0 at_a at_b

	lose 25
	[ -n "$SOFT" ] || {
		drop_a=$(hw "$NSA" isim0 hw_wire_drop)
		drop_b=$(hw "$NSB" isim1 hw_wire_drop)
	}
	esn_pair "$ends" "$mode" "$high" 0xffffffd8 64
	traffic count "$src" "$dst" 80 100
	arrived "$NSA" isim0 "$drop_a"
	read -r _ at_b _ <<<"$REPLY"
	traffic count "$dst" "$src" 80 100
	arrived "$NSB" isim1 "$drop_b"
	read -r _ at_a _ <<<"$REPLY"
	wrapped $((high + 1))
	devices_did "$ends" 80 80 "$at_b" "$at_a"
	lose 2
	esn_pair "$ends" "$mode" "$high" 0xffffffc8 64
	traffic tcp "$src" "$dst" 200000
	wrapped $((high + 1))
	devices_did_tcp "$ends" 200000
}

# More packets than the window are lost, the wrap among them.
gap() {
	local ends=$1 src dst

	esn_pair "$ends" transport4 3 0xfffffff0 32
	traffic count "$src" "$dst" 5 100
	expect_eq "before" "$REPLY" "ok 5 0"
	if [ -n "$SOFT" ]; then
		na tc qdisc replace dev isim0 root netem loss 100%
	else
		na ipsecsim fault set isim0 drop ppm 1000000 >"$tmp/fault"
	fi
	traffic count "$src" "$dst" 100 100
	expect_eq "during" "$REPLY" "ok 0 0"
	lose_nothing 2>/dev/null || na tc qdisc del dev isim0 root
	traffic count "$src" "$dst" 50 100
	expect_eq "after" "$REPLY" "ok 50 0"
	traffic count "$dst" "$src" 50 100
	expect_eq "back" "$REPLY" "ok 50 0"
	wrapped 4
	devices_did "$ends" 155 50 55
}

# The number space ends at 2^64: the last packets go, then none.
the_end() {
	local src dst high low errors

	esn_pair hw-hw transport4 0xffffffff 0xfffffff0 64
	traffic count "$src" "$dst" 10 100
	expect_eq "the last ones" "$REPLY" "ok 10 0"
	traffic reach "$src" "$dst"
	# newer kernels say so: EOVERFLOW
	(traffic send "$src" "$dst" 1,2,3,4,5,6,7,8,9,10) || true
	read -r high low < <(out_seq "$NSA" 0x1000)
	expect_eq "oseq-hi" "$high" $((0xffffffff))
	traffic reach "$src" "$dst"
	[[ $REPLY = "ok 0"* ]] || fail "a packet beyond 2^64 arrived"
	errors=$(xfrm_errors "$NSA")
	[[ $errors = *XfrmOutStateSeqError=* ]] || fail "errors: '$errors'"
	# NSB may have said that nobody listens.
	devices_did hw-hw 15 "$(numbered "$NSB" 0x1001)"
}

# $1: the end's namespace, $2: its port, $3: hw or sw.
limit_segments() {
	local segs=128

	[ "$3" = hw ] && [ -z "$SOFT" ] || segs=1
	ip -n "$1" link set "$2" gso_max_segs "$segs"
}

for ends in hw-hw hw-sw sw-hw; do
	limit_segments "$NSA" isim0 "${ends%-*}"
	limit_segments "$NSB" isim1 "${ends#*-}"
	for mode in transport4 transport6 tunnel6; do
		check "$ends $mode across 2^32" across "$ends" "$mode" 0
	done
	check "$ends across 2 * 2^32" across "$ends" transport4 1
	for high in 0 1; do
		check "$ends across $high * 2^32 + 2^31, out of order" \
			across_half "$ends" "$high"
	done
	check "$ends into the last epoch" \
		across "$ends" tunnel4 $((0xfffffffe))
	check "$ends window set by NEWAE" newae "$ends"
	check "$ends across 2^32 with loss" across_loss "$ends" transport4 0
	check "$ends tunnel into the last epoch with loss" \
		across_loss "$ends" tunnel6 $((0xfffffffe))
	lose_nothing
	check "$ends gap wider than the window" gap "$ends"
done
limit_segments "$NSA" isim0 hw
limit_segments "$NSB" isim1 hw
check "nothing is sent beyond 2^64" the_end
finish
