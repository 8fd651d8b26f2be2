#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# Policies of the adapter: what they stop at the wire, in both directions, and what
# they let through. The judges are the far end's host and its counters, a capture,
# and sockets; what the policies count must agree.
#
#	NSA                                          NSB
#	+-------------------+                        +-------------------+
#	| isim0  policies   |=== cleartext or ESP ==>| isim1  policies   |
#	|  out              |                        |  in               |
#	+-------------------+                        +-------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_trace.sh
. "$here/lib_trace.sh"
# shellcheck source=lib_policy.sh
. "$here/lib_policy.sh"
[ -z "$SOFT" ] || { skip "policies of the adapter" "there is no module" && finish; }
require ip ethtool python3 jq tcpdump ping ipsecsim

# --- Frames made for it -------------------------------------------------------

# More than the rings have slots: what is stopped gives its slots back.
test_protect() {
	local i

	at "$1"
	wire flow,4,udp,10 10 0
	policy src "$net4" dst "$net4" action protect
	wire flow,4,udp,1500 0 1500
	wire flow,4,tcp,10 0 10
	wire flow,6,udp,10 10 0
	for i in {1..5}; do wire esp,4,0x1000,300 300 0; done
	did "$ID" 1500 1510
	policy src "$net6" action protect
	wire flow,6,udp,10 0 10
	wire esp,6,0x1000,10 10 0
	did "$ID" 10 10
	flush
	policy action protect
	wire flow,6,udp,10 0 10
	wire flow,4,udp,10 0 10
	wire esp,6,0x1000,10 10 0
	did "$ID" 10 20
	flush
	wire flow,4,udp,10 10 0
}

# No octet of what is stopped gets to the far end.
test_capture() {
	at out
	policy src "$net4" action protect
	capture_start "$NSB" isim1
	traffic send "$A4" "$B4" 100,1000
	traffic send "$A4" "$B4" 5000
	capture_stop
	! grep -aq PLAINTEXT "$tmp/wire.pcap" || fail "it left"
	expect_eq "frames of IP" "$(captured "$tmp/wire.pcap" ip)" 0
	flush
	capture_start "$NSB" isim1
	traffic send "$A4" "$B4" 100
	capture_stop
	grep -aq PLAINTEXT "$tmp/wire.pcap" || fail "the judge is blind"
}

# A prefix ends at any bit.
test_prefix() {
	at "$1"
	policy src 192.0.2.1/32 dst 192.0.2.2 action discard
	wire flow,4,udp,3 0 0 3
	flush
	policy src 192.0.2.2/31 action discard
	wire flow,4,udp,3 3 0
	flush
	policy src 192.0.2.0/31 dst 192.0.2.2/31 action discard
	wire flow,4,udp,3 0 0 3
	flush
	policy dst 192.0.2.1 action discard
	policy src 192.0.3.0/24 action discard
	policy src ::/0 action discard
	wire flow,4,udp,3 3 0
	wire flow,6,udp,3 0 0 3
	flush
	policy dst 2001:db8::2/127 action discard
	wire flow,6,udp,3 0 0 3
	flush
	policy dst 2001:db8:8000::/33 action discard
	wire flow,6,udp,3 3 0
	flush
	policy dst 128.0.0.0/1 src 192.0.0.0/2 action discard
	wire flow,4,udp,3 0 0 3
	flush
}

test_order() {
	local bypass protect

	at "$1"
	policy src "$net4" proto udp dport 9 action bypass
	bypass=$ID
	policy src "$net4" action protect
	protect=$ID
	expect_eq "numbers" $((protect - bypass)) 1
	wire flow,4,udp,5 5 0
	wire udp,4,9,10,7,5 0 5
	wire flow,4,tcp,5 0 5
	did "$bypass" 5 0
	did "$protect" 0 10
	flush
	# The same the other way round: the protect decides.
	policy src "$net4" action protect
	policy src "$net4" proto udp dport 9 action bypass
	wire flow,4,udp,5 0 5
	did "$ID" 0 0
	flush
	policy proto udp sport 10002 dport 9 action discard
	policy proto tcp sport 10003 action discard
	wire ports,4,udp,5 4 0 1
	wire ports,6,udp,5 4 0 1
	wire ports,4,tcp,5 4 0 1
	flush
	policy proto udp action discard
	policy proto esp action discard
	wire flow,4,udp,5 0 0 5
	wire esp,6,0x1000,5 0 0 5
	did "$ID" 0 5
	wire flow,4,tcp,5 5 0
	flush
}

# RFC 4301, 7: ports that a fragment does not show are held against it.
test_fragments() {
	local v

	at "$1"
	for v in 4 6; do
		policy action protect
		wire fragments,$v,8 0 16
		wire hosts,$v,8 0 8
		wire esp-fragments,$v,8 16 0
		did "$ID" 16 24
		flush
		policy proto udp dport 9 action protect
		wire fragments,$v,8 0 16
		flush
		policy proto udp dport 10 action protect
		wire fragments,$v,8 8 8
		flush
		policy proto udp sport 20003 action discard
		wire fragments,$v,8 7 0 9
		flush
		policy proto udp dport 9 action bypass
		policy action protect
		wire fragments,$v,8 8 8
		flush
		policy proto udp action bypass
		policy action protect
		wire fragments,$v,8 16 0
		wire esp-fragments,$v,8 16 0
		did "$ID" 16 0
		flush
	done
}

# Port 4500 makes ESP of UDP, if it begins with an SPI and no zero; no other does.
test_udp_esp() {
	local v

	at "$1"
	policy action protect
	for v in 4 6; do
		wire udp,$v,4500,4500,0x1000,4 4 0
		wire udp,$v,4500,1024,0x1000,4 4 0
		wire udp,$v,1024,4500,0x1000,4 4 0
		wire udp,$v,4500,4500,0,4 0 4
		wire udp,$v,500,500,0x1000,4 0 4
		wire udp,$v,1024,4789,0x08000000,4 0 4
	done
	did "$ID" 24 24
	flush
}

# Nothing can be told of some frames, and others are none of a policy's business.
test_strange() {
	at "$1"
	policy src "$net4" proto tcp action protect
	wire bad,4,4 0 4
	wire bad,6,4 4 0
	flush
	policy src "$net4" proto udp action bypass
	policy src "$net6" action discard
	policy src "$net6" proto udp action bypass
	policy action protect
	wire bad,6,4 0 0 4
	flush
	policy src "$net4" proto udp action bypass
	policy src "$net6" proto udp action bypass
	policy src 2001:db8:1::/64 action protect
	wire bad,6,4 4 0
	policy action protect
	wire bad,4,4 0 4
	wire bad,6,4 0 4
	wire tagged,4 4 0
	flush
}

# --- Traffic --------------------------------------------------------------------

# Policies in both directions at both ends: nothing but ESP between A and B
guard() {
	local ns dev dir

	for dir in out in; do
		for ns in "$NSA isim0" "$NSB isim1"; do
			read -r ns dev <<<"$ns"
			in_ns "$ns" ipsecsim policy add dev "$dev" dir "$dir" \
				src "$1" dst "$1" action protect >/dev/null
		done
	done
}

# No alarm, and each of the four policies has let something through and stopped
# nothing
quiet() {
	local key ns

	counters
	for key in {a,b}.hw_{tx,rx}_{cleartext,discard}; do
		counter_moved "$key" 0
	done
	for ns in "$NSA" "$NSB"; do
		in_ns "$ns" ipsecsim -j policy >"$tmp/out"
		jq -e 'length == 2 and all(.[]; .stopped == 0 and .passed > 10)' \
			"$tmp/out" >/dev/null || fail "$(<"$tmp/out")"
	done
}

# Large packets, fragments and all: with SAs nothing is stopped, whoever encrypts.
# In tunnel mode the policies see the outer addresses.
test_esp() {
	local src dst li ri net

	addresses "$1"
	net=$net4
	[[ $src != *:* ]] || net=$net6
	sa_pair mode="${1%%[46]*}" outer="${1: -1}" inner="${3:-}" a="${2%-*}" \
		b="${2#*-}" flush=1
	guard "$net"
	counters_mark
	[ "$li" = - ] || src=$li dst=$ri
	traffic ping "$src" "$dst" 1,100,1300,4000
	traffic tcp "$src" "$dst" 300000
	traffic udp "$src" "$dst" 100,3000
	quiet
	flush
	sa_flush
}

# Without SAs nothing gets through, and all of it is counted.
test_cleartext() {
	at "$1"
	policy src "$net4" dst "$net4" action protect
	counters_mark
	counted "$A4" "$B4" 20
	expect_eq "arrived" "$GOT" 0
	counters
	counter_moved "${END}_cleartext" 20
	did "$ID" 0 20
	# The other direction has no policy.
	counted "$B4" "$A4" 20
	expect_eq "arrived from there" "$GOT" 20
	! na ping -c1 -W1 "$B4" >"$tmp/out" || fail "ping gets through"
	! na ping -c1 -W1 -s 4000 "$B4" >"$tmp/out" || fail "a large ping does"
	counters
	counter_moved "${END}_cleartext" 24
	did "$ID" 0 24
	flush
	traffic ping "$A4" "$B4" 100,4000
}

# Frames that the adapter cuts from a large packet are stopped each by itself, with
# no harm to what comes after them.
test_lso() {
	local large sent=8

	at "$1"
	[ "$1" = in ] || sent=0
	large=$(count "$NSA" isim0 drv_tx_lso)
	policy src "$net4" dst "$net4" proto udp action protect
	counters_mark
	na python3 - "$B4" <<-'END'
		import socket, sys
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)	# UDP_SEGMENT
		sock.sendto(bytes(7500), (sys.argv[1], 9))
	END
	wait_for count_is "$NSA" isim0 drv_tx_lso $((large + 1))
	did "$ID" 0 8
	counters
	counter_moved "${END}_cleartext" 8
	counter_moved a.hw_tx_frames "$sent"
	flush
	traffic ping "$A4" "$B4" 100
}

# Of a tunnel the inner addresses are not to be seen; those of what is not in it are.
test_inner() {
	at out
	sa_pair mode=tunnel flush=1
	policy src "$AI4/32" action discard
	traffic ping "$AI4" "$BI4" 100
	did "$ID" 0 0
	sa_flush
	! na ping -c1 -W1 -I "$AI4" "$BI4" >"$tmp/out" || fail "cleartext gets through"
	did "$ID" 0 1
	flush
}

# Neighbour discovery is ICMPv6: a wide policy stops it, too.
test_neighbours() {
	local stopped

	at out
	sa_pair outer=6 flush=1
	policy src ::/0 action protect
	traffic ping "$A6" "$B6" 100
	ipa neigh del "$B6" dev isim0
	stopped=$(count "$NSA" isim0 hw_tx_cleartext)
	! na ping -c1 -W1 "$B6" >"$tmp/out" || fail "a neighbour is found"
	wait_for count_above "$NSA" isim0 hw_tx_cleartext "$stopped"
	flush
	policy proto icmpv6 dst ff02::/16 action bypass
	policy src ::/0 action protect
	traffic ping "$A6" "$B6" 100
	flush
	sa_flush
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
}

# What comes from an ordinary device goes the same way.
test_lower() {
	local cleartext

	ip link add low0 netns "$NSA" type veth peer name low1 netns "$NSB"
	ipa link set low0 addrgenmode none
	ipa link set low0 up
	ipb addr flush dev isim1
	port_up "$NSB" low1 b "$(mac_of "$NSA" isim0)"
	na ipsecsim wire isim0 dev low0 >"$tmp/out"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" low1)"
	wait_for carrier "$NSA" isim0
	traffic ping "$A4" "$B4" 100
	na ipsecsim policy add dev isim0 dir in src "$net4" action protect >"$tmp/out"
	cleartext=$(count "$NSA" isim0 hw_rx_cleartext)
	counted "$B4" "$A4" 10
	expect_eq "arrived" "$GOT" 0
	expect_eq "hw_rx_cleartext" "$(count "$NSA" isim0 hw_rx_cleartext)" \
		$((cleartext + 10))
	sa_pair b=sw flush=1
	counted "$B4" "$A4" 10
	expect_eq "arrived with SAs" "$GOT" 10
	na ipsecsim policy flush dev isim0
	na ipsecsim policy add dev isim0 dir out src "$net4" action discard >"$tmp/out"
	counted "$A4" "$B4" 10
	expect_eq "arrived at low1" "$GOT" 0
	na ipsecsim policy flush dev isim0
}

isim_load adapters=2 queues=2
two_ports
still
traffic_start
frames_start isim0
for dir in out in; do
	judge "protect, $dir" test_protect "$dir"
	judge "prefixes, $dir" test_prefix "$dir"
	judge "the first that matches decides, $dir" test_order "$dir"
	judge "fragments, $dir" test_fragments "$dir"
	judge "ESP in UDP, $dir" test_udp_esp "$dir"
	judge "frames that are strange, $dir" test_strange "$dir"
	judge "cleartext of the stack, $dir" test_cleartext "$dir"
	judge "large packets, $dir" test_lso "$dir"
done
judge "what is stopped is not on the wire" test_capture
judge "inner addresses" test_inner
for ends in hw-hw hw-sw sw-hw sw-sw; do
	judge "ESP passes, transport, $ends" test_esp transport4 "$ends"
done
judge "ESP passes, tunnel" test_esp tunnel4in4 hw-sw
na sh -c 'echo 0 >/proc/sys/net/ipv6/conf/isim0/disable_ipv6'
nb sh -c 'echo 0 >/proc/sys/net/ipv6/conf/isim1/disable_ipv6'
port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
judge "ESP passes, transport over IPv6" test_esp transport6 hw-sw
judge "ESP passes, tunnel of IPv4 in IPv6" test_esp tunnel4in6 sw-hw 4
judge "neighbour discovery" test_neighbours
judge "a far end that is no adapter" test_lower
finish
