#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# ESP behind VLAN tags, and a host that forwards.
#
#	NSB                     NSA                          NSC
#	+-----------+           +-----------------+          +---------+
#	|           |           |        +- isim2 |<- wire ->| isim3   |
#	|   isim1   |<- wire -->| isim0 -+        |          |         |
#	| 192.0.2.2 |           |  br0   +- veth0 |<-------->| veth1   |
#	+-----------+           | 192.0.2.1       |          +---------+
#	  ESP in software       +-----------------+
#	                          SAs in isim0
#
#  - ESP to the host itself, with one tag or two, comes out of the right VLAN
#    device, whoever decrypts: the adapter does not behind two tags;
#  - ESP that the bridge sends on, because it is for another MAC address, leaves as
#    it came or not at all;
#  - so does what isim0 has decrypted and a route sends on.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_capture.sh
. "$here/lib_capture.sh"
[ -z "$SOFT" ] || { skip "a host that forwards" "no device" && finish; }
require ip ethtool python3 ping tcpdump tshark

nobody=02:00:00:00:00:77 everybody=ff:ff:ff:ff:ff:ff
bridge_mac=02:00:00:00:00:99
# PLAINTEXT, which "traffic send" has in its datagrams, too
marker_hex=504c41494e54455854
C4=203.0.113.2 C6=2001:db8:3::2

# gro on|off: of the port whose adapter decrypts
gro() {
	na ethtool -K isim0 gro "$1"
}

# tagged NS PORT N: sets top to the device that puts N tags in front
tagged() {
	local ns=$1 port=$2 outer=802.1ad

	top=$port
	[ "$3" != 0 ] || return 0
	[ "$3" = 2 ] || outer=802.1Q
	top=$port.o$3
	ip -n "$ns" link show "$top" >/dev/null 2>&1 || ip -n "$ns" -batch - <<-END
		link add link $port name $top type vlan id 1$3 proto $outer
		link set $top addrgenmode none
		link set $top up
	END
	[ "$3" = 2 ] || return 0
	top=$port.i2
	ip -n "$ns" link show "$top" >/dev/null 2>&1 || ip -n "$ns" -batch - <<-END
		link add link $port.o2 name $top type vlan id 20
		link set $top addrgenmode none
		link set $top up
	END
}

# addressed NS PORT N a|b MAC: the address moves to the top
addressed() {
	local addr=$A4 inner=$AI4

	[ "$4" = a ] || addr=$B4 inner=$BI4
	ip -n "$1" addr flush to "$addr"
	ip -n "$1" addr flush to "$inner"
	tagged "$1" "$2" "$3"
	port_up "$1" "$top" "$4" "$5"
}

# --- To the host -----------------------------------------------------------

# expect_esp TX RX: how many packets the adapter of isim0 did
expect_esp() {
	counters
	counter_moved a.hw_tx_esp "$1"
	counter_moved a.hw_rx_esp "$2"
	counter_moved a.drv_rx_otherhost 0
	no_xfrm_errors
}

# The reply to a socket of a device must come out of that device.
to_host() {
	local tags=$1 mode=$2 gro top src=$A4 dst=$B4 top_a rx=0

	addressed "$NSA" isim0 "$tags" a "$(mac_of "$NSB" isim1)"
	top_a=$top
	addressed "$NSB" isim1 "$tags" b "$(mac_of "$NSA" isim0)"
	[ "$mode" = transport ] || src=$AI4 dst=$BI4
	[ "$tags" = 2 ] || rx=5
	capture_start "$NSB" isim1
	for gro in on off; do
		gro "$gro"
		sa_pair b=sw mode="$mode" flush=1
		counters_mark
		na ping -q -c 1 -W 10 -p "$marker_hex" -I "$top_a" -I "$src" "$dst"
		nb ping -q -c 1 -W 10 -p "$marker_hex" -I "$top" -I "$dst" "$src"
		traffic ping "$src" "$dst" 56,1300
		traffic udp "$src" "$dst" 900
		expect_esp 0 "$rx"
	done
	gro on
	capture_stop
	clear_of "$tmp/wire.pcap"
	sa_flush
}

clear_of() {
	! grep -aqF PLAINTEXT "$1" || fail "in clear on the wire: ${1##*/}"
}

# Frames that say so, whatever is behind it, and behind any number of tags
esp_in() {
	tshark -r "$1" -Y 'ip.proto == 50 or ipv6.nxt == 50' 2>"$tmp/tshark.err" |
		wc -l
}

# --- Through the bridge ----------------------------------------------------

bridge_up() {
	# VLAN devices would take what has their tags before the bridge gets it.
	ipa link del isim0.o1
	ipa link del isim0.o2
	ipa -batch - <<-END
		link add br0 address $bridge_mac type bridge mcast_snooping 0
		link set br0 addrgenmode none
		link add veth0 type veth peer name veth1 netns $NSC
		link set veth0 addrgenmode none
		link set isim2 addrgenmode none
		link set isim0 master br0
		link set isim2 master br0
		link set veth0 master br0
		link set isim2 up
		link set veth0 up
		link set br0 up
	END
	ip -n "$NSC" -batch - <<-END
		link set isim3 addrgenmode none
		link set isim3 up
		link set veth1 addrgenmode none
		link set veth1 up
	END
	wait_for carrier "$NSA" isim2
	wait_for carrier "$NSC" isim3
	wait_for carrier "$NSC" veth1
}

# The bridge's own address is one of the host, and not of the port.
test_bridge_host() {
	local gro top

	port_up "$NSA" br0 a "$(mac_of "$NSB" isim1)"
	addressed "$NSB" isim1 0 b "$bridge_mac"
	for gro in on off; do
		gro "$gro"
		sa_pair b=sw flush=1
		counters_mark
		traffic ping "$A4" "$B4" 56,1300
		expect_esp 0 2
	done
}

# sent_on TAGS GRO MAC: three packets of ESP to that address
sent_on() {
	local top sent dropped

	addressed "$NSB" isim1 "$1" b "$3"
	gro "$2"
	sent=$(count "$NSA" isim2 hw_tx_frames)
	dropped=$(count "$NSA" isim0 drv_rx_otherhost)
	counters_mark
	traffic send "$B4" "$A4" 40,400,1300
	if [ "$1" = 2 ]; then
		wait_for count_above "$NSA" isim2 hw_tx_frames $((sent + 2))
		counters
		counter_moved a.drv_rx_otherhost 0
		counter_moved a.hw_rx_esp 0
		return
	fi
	wait_for count_is "$NSA" isim0 drv_rx_otherhost $((dropped + 3))
	counters
	counter_moved a.hw_rx_esp 3
}

test_bridge() {
	local tags gro mac file n=0

	sa_pair b=sw flush=1
	capture_start "$NSC" isim3 "$tmp/port.pcap"
	capture_start "$NSC" veth1 "$tmp/veth.pcap"
	for tags in 0 1 2; do
		for gro in on off; do
			for mac in "$nobody" "$everybody"; do
				sent_on "$tags" "$gro" "$mac"
				n=$((n + 3 * (tags == 2)))
			done
		done
	done
	capture_stop "$tmp/port.pcap" "$NSA" isim2
	capture_stop "$tmp/veth.pcap" "$NSA" veth0
	for file in "$tmp/port.pcap" "$tmp/veth.pcap"; do
		clear_of "$file"
		expect_eq "frames of ESP in ${file##*/}" "$(esp_in "$file")" "$n"
		expect_eq "behind two tags" "$(captured "$file" \
			'ether[12:2] == 0x88a8 and ether[20:2] == 0x0800 and ether[31] == 50')" \
			"$n"
	done
	sa_flush
}

bridge_down() {
	ipa link del br0
	ipa link del veth0
}

# --- By a route ------------------------------------------------------------

# routed_sa NS SRC DST [WORD]...
routed_sa() {
	ip -n "$1" xfrm state add src "$2" dst "$3" \
		$(sa_args 0x3000 128 128) mode transport reqid 1 "${@:4}"
}

# unfinished DST TAGS N SIZE...: the port drops N frames
unfinished() {
	local dst=$1 top before

	tagged "$NSA" isim2 "$2"
	ipa route replace "$dst" dev "$top"
	ipa neigh replace "$dst" lladdr "$(mac_of "$NSC" isim3)" \
		nud permanent dev "$top"
	before=$(count "$NSA" isim2 drv_tx_unfinished)
	counters_mark
	traffic send "$4" "$dst" "$5"
	wait_for count_is "$NSA" isim2 drv_tx_unfinished $((before + $3))
	counters
	counter_moved a.drv_rx_otherhost 0
}

test_routed() {
	addressed "$NSA" isim0 0 a "$(mac_of "$NSB" isim1)"
	addressed "$NSB" isim1 0 b "$(mac_of "$NSA" isim0)"
	gro off
	na sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# Nothing of what is sent says that it may not be cut.
	nb sysctl -q net.ipv4.ip_no_pmtu_disc=1
	ipb route replace "$C4" via "$A4" dev isim1
	ipb route replace "$C6" via "$A6" dev isim1
	routed_sa "$NSB" "$B4" "$C4"
	routed_sa "$NSB" "$B6" "$C6"
	ipb xfrm policy add dir out dst "$C4" tmpl proto esp reqid 1 mode transport
	ipb xfrm policy add dir out dst "$C6" tmpl proto esp reqid 1 mode transport
	routed_sa "$NSA" "$B4" "$C4" offload dev isim0 dir in
	routed_sa "$NSA" "$B6" "$C6" offload dev isim0 dir in
	capture_start "$NSC" isim3 "$tmp/routed.pcap"
	unfinished "$C4" 0 3 "$B4" 40,400,1300
	unfinished "$C6" 0 3 "$B6" 40,400,1300
	unfinished "$C4" 1 3 "$B4" 40,400,1300
	unfinished "$C6" 2 3 "$B6" 40,400,1300
	unfinished "$C4" 2 3 "$B4" 40,400,1300
	# Of three fragments only the first says which SA it is of.
	ipa link set isim2.i2 mtu 600
	unfinished "$C4" 2 3 "$B4" 1300
	capture_stop "$tmp/routed.pcap" "$NSA" isim2
	clear_of "$tmp/routed.pcap"
	expect_eq "frames of ESP" "$(esp_in "$tmp/routed.pcap")" 0
}

isim_load adapters=4
two_ports
ns_new NSC
ip link set isim2 netns "$NSA"
ip link set isim3 netns "$NSC"
counts_by_traffic
check "one tag, transport mode" to_host 1 transport
check "one tag, tunnel mode" to_host 1 tunnel
check "two tags, transport mode" to_host 2 transport
check "two tags, tunnel mode" to_host 2 tunnel
bridge_up
check "to the host by the address of its bridge" test_bridge_host
check "sent on by a bridge" test_bridge
bridge_down
check "sent on by a route" test_routed
finish
