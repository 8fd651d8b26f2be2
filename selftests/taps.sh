#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Taps: tcpdump on a port shows the plaintext, under its ESP headers, and on the wire
# the ciphertext, when that is a pair of ordinary devices.
#
#	NSA                                          NSB
#	+------------------------+                   +------------------------+
#	|  isim0      plaintext  |                   |  plaintext      isim1  |
#	|    | wire              |       veth        |              wire |    |
#	|  low0       ciphertext |<----------------->| ciphertext      low1   |
#	+------------------------+                   +------------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
[ -z "$SOFT" ] || { skip "taps" "there is no module" && finish; }
require ip ethtool python3 tcpdump tshark ipsecsim

wired_by_veth() {
	ip link add low0 netns "$NSA" type veth peer name low1 netns "$NSB"
	ipa link set low0 addrgenmode none
	ipb link set low1 addrgenmode none
	ipa link set low0 up
	ipb link set low1 up
	na ipsecsim wire isim0 dev low0
	nb ipsecsim wire isim1 dev low1
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
}

taps='isim0 low0 low1 isim1'

ns_of_tap() {
	case $1 in *0) echo "$NSA" ;; *) echo "$NSB" ;; esac
}

# seen TAP: frames of ESP from A in its capture, those with readable data, and those
# whose ICV is good, as tshark says.  (B answers that nobody listens there.)
seen() {
	local pcap=$tmp/$1.pcap esp clear good

	esp=$(captured "$pcap" "esp and src host $A4")
	clear=$(grep -ao 'PLAINTEXT[0-9]\{6\}-PLAINTEXT' "$pcap" | sort -u | wc -l)
	good=$(tshark -r "$pcap" -o "$key" -o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE -Y "esp && ip.src == $A4" -T fields \
		-e esp.icv_good 2>/dev/null | grep -cE '^(1|True)$' || true)
	echo "$esp $clear $good"
}

# test_taps SPI SRC DST: eight datagrams
test_taps() {
	local way=inout tap want key

	key=$(tshark_sa "$1")
	for tap in $taps; do
		capture_start "$(ns_of_tap "$tap")" "$tap" "$tmp/$tap.pcap"
	done
	counters_mark
	traffic send "$2" "$3" 64,100,200,300,400,500,600,1300
	counters
	wait_for arrived 8
	for tap in $taps; do capture_stop "$tmp/$tap.pcap"; done
	for tap in $taps; do
		want='8 0 8'
		[[ $tap = low* ]] || want='8 8 0'
		# What was decrypted has the ICV that came.
		expect_eq "$tap: ESP, readable, ICV good" "$(seen "$tap")" "$want"
	done
}

arrived() {
	[ $(($(count "$NSB" isim1 hw_rx_esp) - ${OLD[b.hw_rx_esp]})) -ge "$1" ]
}

# shellcheck disable=SC2119
isim_load
two_ports
wired_by_veth
traffic_start
sa_pair spi=0x1000
check "transport mode" test_taps 0x1000 "$A4" "$B4"
sa_pair spi=0x2000 mode=tunnel flush=1
check "tunnel mode" test_taps 0x2000 "$AI4" "$BI4"
finish
