#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Faults of the wire: what each does to the frames, that it is counted, and that
# all is well again when it is cleared.
#
#	NSA                            NSB
#	+-----------+                  +-----------+
#	| isim0     |=====/\/\/==ESP==>|     isim1 |
#	| faults    |                  | judge     |
#	+-----------+                  +-----------+
#
# Datagrams carry numbers.  Those that arrive, those that arrive again, and those
# that ESP refuses must add up with what the fault point says it struck.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
[ -z "$SOFT" ] || { skip "faults of the wire" "there is no module" && finish; }
require ip ethtool python3 jq tcpdump ipsecsim

hits() {
	fault_count "$NSA" isim0 "$1" hits
}

# The wire is whole: everything arrives, once.
recovered() {
	fault_clear "$NSA" isim0
	counted "$A4" "$B4" 50
	expect_eq "after the fault: arrived" "$GOT" 50
	expect_eq "after the fault: again" "$AGAIN" 0
}

test_drop() {
	local before n

	before=$(count "$NSA" isim0 hw_wire_drop)
	fault "$NSA" isim0 drop ppm 300000 seed 3
	counted "$A4" "$B4" 100
	n=$(hits drop)
	expect_ge "hits" "$n" 10
	expect_eq "arrived" "$GOT" $((100 - n))
	expect_eq "seen" "$(fault_count "$NSA" isim0 drop seen)" 100
	expect_eq "hw_wire_drop" "$(count "$NSA" isim0 hw_wire_drop)" $((before + n))
	recovered
	# By number, and the number counts from the setting.
	fault "$NSA" isim0 drop nth 5
	counted "$A4" "$B4" 20
	expect_eq "arrived but for the 5th" "$GOT $(hits drop)" "19 1"
	recovered
}

test_corrupt() {
	local before n

	before=$(count "$NSB" isim1 hw_rx_esp_auth_err)
	fault "$NSA" isim0 corrupt ppm 300000 seed 4
	counted "$A4" "$B4" 100
	n=$(hits corrupt)
	expect_ge "hits" "$n" 10
	expect_eq "arrived" "$GOT" $((100 - n))
	expect_eq "hw_rx_esp_auth_err" \
		"$(count "$NSB" isim1 hw_rx_esp_auth_err)" $((before + n))
	recovered
}

# A frame that is shorter than its IP header says is not understood.
test_truncate() {
	local before n

	before=$(count "$NSB" isim1 hw_rx_esp)
	fault "$NSA" isim0 truncate ppm 300000 seed 5
	counted "$A4" "$B4" 100
	n=$(hits truncate)
	expect_ge "hits" "$n" 10
	expect_eq "arrived" "$GOT" $((100 - n))
	expect_eq "hw_rx_esp" "$(count "$NSB" isim1 hw_rx_esp)" \
		$((before + 100 - n))
	recovered
}

# In clear the second one arrives, too; ESP takes it for a replay.
test_duplicate() {
	local before n

	before=$(xfrm_stat "$NSB" XfrmInStateSeqError)
	fault "$NSA" isim0 duplicate ppm 300000 seed 6
	counted "$A4" "$B4" 100
	n=$(hits duplicate)
	expect_ge "hits" "$n" 10
	expect_eq "arrived, again" "$GOT $AGAIN" "100 0"
	expect_eq "XfrmInStateSeqError" \
		"$(xfrm_stat "$NSB" XfrmInStateSeqError)" $((before + n))
	recovered
}

test_duplicate_clear() {
	local n

	fault "$NSA" isim0 duplicate ppm 300000 seed 6
	counted "$A4" "$B4" 100
	n=$(hits duplicate)
	expect_ge "hits" "$n" 10
	# "count" stops listening once it has one of each.
	expect_eq "arrived" "$GOT" 100
	expect_ge "again" "$AGAIN" $((n - 10))
	recovered
}

test_replay() {
	local before n

	before=$(xfrm_stat "$NSB" XfrmInStateSeqError)
	fault "$NSA" isim0 replay ppm 200000 seed 7 ms 50
	counted "$A4" "$B4" 100
	n=$(hits replay)
	expect_ge "hits" "$n" 5
	expect_eq "arrived, again" "$GOT $AGAIN" "100 0"
	fault_clear "$NSA" isim0
	wait_for replays_are $((before + n))
	recovered
}

replays_are() {
	[ "$(xfrm_stat "$NSB" XfrmInStateSeqError)" -eq "$1" ]
}

# Sizes of the datagrams in the order of their arrival, in one line
order() {
	tcpdump -nr "$tmp/wire.pcap" udp 2>/dev/null |
		sed -n 's/.*length \([0-9]*\)$/\1/p' | paste -sd ' '
}

order_is() {
	[ "$(order)" = "$1" ]
}

# in_order WANT POINT [WORD VALUE]...: send 8 datagrams, of 1 to 8 octets; a fault strikes the 3rd.
in_order() {
	local want=$1 recorder
	shift

	fault "$NSA" isim0 "$@" nth 3
	exec_in_ns "$NSB" tcpdump -i isim1 -Q in -U --immediate-mode -Z root \
		-w "$tmp/wire.pcap" 2>"$tmp/tcpdump.log" &
	recorder=$!
	wait_for -t 30 grep -q 'listening on' "$tmp/tcpdump.log"
	traffic send "$A4" "$B4" 1,2,3,4,5,6,7,8
	wait_for order_is "$want" || fail "$1: arrived in the order $(order)"
	kill "$recorder"
	wait "$recorder" || true
	expect_eq "hits" "$(hits "$1")" 1
	fault_clear "$NSA" isim0
}

test_reorder() {
	in_order "1 2 4 3 5 6 7 8" reorder ms 5000
}

test_delay() {
	local start

	start=$(now_ms)
	in_order "1 2 4 5 6 7 8 3" delay ms 3000
	expect_ge "milliseconds" $(($(now_ms) - start)) 3000
}

# Nobody comes behind the last one.
test_reorder_last() {
	fault "$NSA" isim0 reorder nth 8 ms 100
	counted "$A4" "$B4" 8
	expect_eq "arrived" "$GOT $(hits reorder)" "8 1"
	fault_clear "$NSA" isim0
}

rx_frames_are() {
	count_is "$NSB" isim1 hw_rx_frames "$1"
}

# What is held is bounded, and goes out when the faults are cleared.
test_held() {
	local sizes before

	before=$(count "$NSB" isim1 hw_rx_frames)
	fault "$NSA" isim0 delay ms 60000
	printf -v sizes '%*s' 300 ''
	sizes=${sizes// /,100}
	traffic send "$A4" "$B4" "${sizes#,}"
	wait_for fault_above "$NSA" isim0 delay missed 43
	expect_eq "hits, missed" \
		"$(hits delay) $(fault_count "$NSA" isim0 delay missed)" "256 44"
	expect_eq "arrived" "$(count "$NSB" isim1 hw_rx_frames)" $((before + 44))
	fault_clear "$NSA" isim0
	wait_for rx_frames_are $((before + 300))
	recovered
}

# A point that names an SPI sees nothing else.
test_spi() {
	fault "$NSA" isim0 drop spi 0x2002
	counted "$A4" "$B4" 20
	expect_eq "arrived, seen" \
		"$GOT $(fault_count "$NSA" isim0 drop seen)" "20 0"
	fault "$NSA" isim0 drop spi 0x1000
	counted "$A4" "$B4" 20
	expect_eq "arrived, hits" "$GOT $(hits drop)" "0 20"
	traffic send "$A4" "$BI4" 100
	expect_eq "in clear, seen" "$(fault_count "$NSA" isim0 drop seen)" 20
	recovered
}

storm=(drop corrupt truncate duplicate reorder delay replay)

all_hit() {
	local point

	for point in "${storm[@]}"; do
		[ "$(hits "$point")" -ge 1 ] || return 1
	done
}

# Everything at once in both directions, under TCP.
test_storm() {
	local ns dev point n=0

	sa_pair window=128 spi=0x1100 flush=1
	for dev in isim0 isim1; do
		[ "$dev" = isim0 ] && ns=$NSA || ns=$NSB
		for point in "${storm[@]}"; do
			fault "$ns" "$dev" "$point" ppm 10000 seed 1
		done
	done
	traffic stream "$A4" "$B4" 4
	echo "bytes: $REPLY"
	until all_hit; do
		[ $((++n)) -le 20 ] || fail "not all fault points hit"
		traffic stream "$A4" "$B4" 4
	done
	fault_clear "$NSA" isim0
	fault_clear "$NSB" isim1
	traffic tcp "$A4" "$B4" 300000
	recovered
}

# Frames are held as the wire goes. A leak is for the debug kernel to find.
test_unload() {
	fault "$NSA" isim0 delay ms 60000
	fault "$NSB" isim1 replay ms 200
	traffic send "$A4" "$B4" 1,2,3,4,5,6,7,8
	expect_eq "held" "$(hits delay)" 8
	traffic_stop
	ns_del_all
	isim_unload
}

isim_load adapters=2 queues=1
two_ports
still
traffic_start
check "duplicates in clear" test_duplicate_clear
sa_pair window=128
check "drop" test_drop
check "corrupt" test_corrupt
check "truncate" test_truncate
check "duplicate" test_duplicate
check "replay" test_replay
check "a point that names an SPI" test_spi
sa_flush
check "reorder" test_reorder
check "reorder the last frame" test_reorder_last
check "delay" test_delay
check "frames that are held" test_held
check "all faults at once" test_storm
check "the module goes while frames are held" test_unload
finish
