#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the port does for the packets that it receives: it verifies the TCP or UDP
# checksum and hashes the flow, of decrypted packets that inside, and GRO coalesces
# them.
#
#	NSA                                  NSB
#	+----------------+                   +----------------------------+
#	| isim0  SAs     |------ ESP ------->| isim1  SAs in the device   |
#	+----------------+                   +----------------------------+

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

require nstat ipsecsim
python3 -c 'import cryptography' 2>/dev/null || require python3-cryptography
isim_load
two_ports
large_packets "$NSA"
traffic_start

snmp() {
	nb nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'
}

# Sets frames, packets, checked and lost: what has come to B as frames, to its IP
# layer as packets, with a checksum that the device vouches for, and not at all,
# because no buffer was free.
seen() {
	frames=$(hw "$NSB" isim1 hw_rx_frames)
	lost=$(hw "$NSB" isim1 hw_rx_no_buf)
	packets=$(($(snmp IpInReceives) + $(snmp Ip6InReceives)))
	checked=$(hw "$NSB" isim1 drv_rx_csum_ok)
}

# coalesced MODE SPI [FLOWS]: at least six frames make a packet that reaches IP;
# fewer where several connections take turns.
coalesced() {
	local src=$A4 dst=$B4 f p c l flows=${3:-1} least=60

	case $1 in
	*6) src=$A6 dst=$B6 ;;
	esac
	case $1 in
	tunnel4) src=$AI4 dst=$BI4 ;;
	tunnel6) src=$AI6 dst=$BI6 ;;
	esac
	case $1 in
	plain*) sa_flush ;;
	*) sa_pair mode="${1%[46]}" outer="${1: -1}" spi="$2" flush=1 ;;
	esac
	seen
	f=$frames p=$packets c=$checked l=$lost
	[ "$flows" = 1 ] || least=20
	# A debug kernel takes so long for a frame that a poll finds few.
	[ ! -e /proc/lockdep ] || least=13
	traffic bulk "$src" "$dst" $((4000000 / flows)) "$flows"
	seen
	f=$((frames - f)) p=$((packets - p)) c=$((checked - c)) l=$((lost - l))
	echo "$1, flows $flows: $f frames, $c checked, $p packets," \
		"$((10 * f / p)) tenths; $l without a buffer" >>"$tmp/figures"
	tail -n 1 "$tmp/figures"
	expect_ge "frames with a checksum verified" "$c" $((f * 95 / 100))
	expect_ge "frames in ten packets" $((10 * f / p)) "$least"
}

# inject SPI MODE good|bad: sets what B has counted: ok, bad and got
inject() {
	local spi=$1 mode=$2 ok=0 bad=0 ports=0

	sa_pair spi="$spi" mode="$mode" flush=1 window=0
	ipa -batch - <<-END
		xfrm policy flush
		xfrm state flush
	END
	seen
	ok=$checked bad=$(snmp UdpInCsumErrors) ports=$(snmp UdpNoPorts)
	na python3 "$here/receive.py" inject isim0 "$(mac_of "$NSB" isim1)" "$spi" \
		"$(keymat "$spi" 128)" "$mode" "$3" 20
	# Reads all there is: what was sent has been received by then.
	wait_for delivered $((bad + ports + 20))
	seen
	got="$((checked - ok)) verified, $(($(snmp UdpInCsumErrors) - bad)) wrong"
	got+=", $(($(snmp UdpNoPorts) - ports)) accepted"
}

delivered() {
	[ $(($(snmp UdpInCsumErrors) + $(snmp UdpNoPorts))) -ge "$1" ]
}

good_inside() {
	inject "$1" "$2" good
	expect_eq "datagrams" "$got" "20 verified, 0 wrong, 20 accepted"
}

bad_inside() {
	inject "$1" "$2" bad
	expect_eq "datagrams" "$got" "0 verified, 20 wrong, 0 accepted"
}

# One bit turned over on the wire: not vouched for, found by the stack.
corrupted() {
	local bad

	sa_flush
	bad=$(snmp TcpInCsumErrors)
	na ipsecsim fault set isim0 corrupt ppm 20000 seed 7
	traffic bulk "$A4" "$B4" 4000000
	na ipsecsim fault clear isim0
	expect_ge "checksum errors" $(($(snmp TcpInCsumErrors) - bad)) 5
}

told() {
	python3 "$here/receive.py" "$1" "$NSA" "$2" "$NSB" isim1 "$3"
}

# off MODE SRC DST SPI: the stack verifies everything itself then, so nobody may
# have told it that this is done.
# Without GRO, which verifies checksums itself.
off() {
	local was

	nb ethtool -K isim1 gro off
	sa_flush
	[ "$1" = plain ] || sa_pair mode="$1" spi="$4" flush=1
	expect_eq "vouched for" "$(told csum "$2" "$3")" 1
	nb ethtool -K isim1 rx-checksumming off
	expect_eq "vouched for, switched off" "$(told csum "$2" "$3")" 0
	seen
	was=$packets
	traffic bulk "$2" "$3" 500000
	seen
	nb ethtool -K isim1 rx-checksumming on
	expect_ge "packets" $((packets - was)) 10
	expect_eq "vouched for again" "$(told csum "$2" "$3")" 1
	nb ethtool -K isim1 gro on
}

rxhash() {
	told rxhash "$@"
}

# hash_inside MODE SRC DST SPI: the hash of a flow is the same in clear and in ESP,
# and it is not the kernel's own
hash_inside() {
	local clear own

	sa_flush
	clear=$(rxhash "$2" "$3")
	sa_pair mode="${1%[46]}" outer="${1: -1}" spi="$4" flush=1
	expect_eq "hash" "$(rxhash "$2" "$3")" "$clear"
	nb ethtool -K isim1 rx-hashing off
	own=$(rxhash "$2" "$3")
	nb ethtool -K isim1 rx-hashing on
	[ "$own" != "$clear" ] || fail "hash of the kernel, too: $own"
}

n=0
for mode in plain4 plain6 transport4 transport6 tunnel4 tunnel6; do
	check "$mode: verified and coalesced" coalesced "$mode" $((0x7000 + 2 * n))
	n=$((n + 1))
done
check "16 connections: verified and coalesced" coalesced plain4 0 16
check "16 connections in ESP" coalesced tunnel4 0x70f0 16
[ ! -s "$tmp/figures" ] || diag "$(<"$tmp/figures")"
check "transport mode: right checksums inside" good_inside 0x7100 transport
check "transport mode: wrong checksums inside" bad_inside 0x7102 transport
check "tunnel mode: right checksums inside" good_inside 0x7104 tunnel
check "tunnel mode: wrong checksums inside" bad_inside 0x7106 tunnel
check "the hash inside, transport mode" hash_inside transport4 "$A4" "$B4" 0x7200
check "the hash inside, tunnel mode" hash_inside tunnel6 "$AI6" "$BI6" 0x7202
check "damaged frames are found by the stack" corrupted
check "without rx-checksumming" off plain "$A4" "$B4"
check "without rx-checksumming, transport mode" off transport "$A4" "$B4" 0x7300
check "without rx-checksumming, tunnel mode" off tunnel "$AI4" "$BI4" 0x7302
finish
