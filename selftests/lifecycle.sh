#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# What happens to a port in its life, with SAs and traffic on it: down and up,
# settings, renames, moves between namespaces, and the end of a namespace.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 ping

again() {
	mtu 1500
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
	wait_for carrier "$NSA" isim0
	sa_flush
	sa_pair spi="$1"
	holds 2
}

test_carrier() {
	local lost

	ipb link set isim1 down
	wait_for no_carrier "$NSA" isim0
	ipb link set isim1 up
	wait_for carrier "$NSA" isim0
	ipa link set isim0 down
	wait_for no_carrier "$NSB" isim1
	lost=$(count "$NSB" isim1 hw_rx_no_buf)
	again 0x1100
	expect_eq hw_rx_no_buf "$(count "$NSB" isim1 hw_rx_no_buf)" "$lost"
}

# XFRM takes the SAs of a port that goes down.
test_down_up() {
	local i before

	before=$(count "$NSA" isim0 hw_tx_frames)
	for i in 1 2 3; do
		holds 2
		esp_flows
		ipa link set isim0 down
		holds 0
		expect_eq "SAs that XFRM has" "$(sas_left "$NSA")" 0
		again $((0x1200 + 16 * i))
	done
	esp_flows
	count_above "$NSA" isim0 hw_tx_frames "$before" ||
		fail "counters start again"
}

test_added_while_down() {
	ipa link set isim0 down
	holds 0
	sa_flush
	sa_pair spi=0x1300
	holds 2
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
	esp_flows
}

test_rename() {
	ipa link set isim0 down
	ipa link set isim0 name isimx
	[ "$(count "$NSA" isimx drv_sa_count)" -eq 0 ]
	na ethtool -i isimx | grep -qx 'driver: ipsecsim'
	ipa link set isimx name isim0
	again 0x1400
	esp_flows
}

mtu_is() {
	expect_eq mtu "$(ipn "$1" -o link show dev "$2" |
		sed 's/.* mtu \([0-9]*\).*/\1/')" "$3"
}

# Not with traffic: what routes learn from 68 octets outlasts them.
test_mtu_limits() {
	local size

	ipa link set isim0 down

	for size in 0 67 9001 65535; do
		! ipa link set isim0 mtu "$size" 2>/dev/null ||
			fail "$size was accepted"
		mtu_is "$NSA" isim0 1500
	done
	for size in 68 9000 1500; do
		ipa link set isim0 mtu "$size"
		mtu_is "$NSA" isim0 "$size"
	done
	again 0x1500
}

test_mtu_traffic() {
	local size

	for size in 576 9000 2000 1500; do
		mtu "$size"
		esp_flows
		na ping -q -c 3 -i 0.01 -W 5 -M 'do' -s $((size - 100)) "$B4"
	done
	holds 2
}

test_promisc() {
	ipa link set isim0 promisc on
	esp_flows
	ipa link set isim0 promisc off
	ipa link set isim0 allmulticast on
	ipa link set isim0 allmulticast off
	esp_flows
}

test_mac() {
	ipa link set isim0 down
	ipa link set isim0 address 02:00:5e:00:53:01
	again 0x1600
	expect_eq address "$(mac_of "$NSA" isim0)" 02:00:5e:00:53:01
	esp_flows
	! ipa link set isim0 address 01:00:5e:00:53:01 2>/dev/null ||
		fail "a multicast address was accepted"
}

ring_is() {
	na ethtool -g isim0 | awk -v rx="$1" -v tx="$2" '
		/^Current/ { cur = 1 }
		cur && /^RX:/ { r = $2 }
		cur && /^TX:/ { t = $2 }
		END { exit !(r == rx && t == tx) }' ||
		fail "rings are not $1 and $2: $(na ethtool -g isim0)"
}

test_rings() {
	local size

	for size in 64 4096 512; do
		na ethtool -G isim0 rx "$size" tx "$size"
		ring_is "$size" "$size"
		esp_flows
	done
	na ethtool -G isim0 rx 256
	ring_is 256 512
	esp_flows
	holds 2
}

channels_are() {
	na ethtool -l isim0 | awk -v n="$1" '
		/^Current/ { cur = 1 }
		cur && /^Combined:/ { exit $2 != n }' ||
		fail "there are not $1 channels: $(na ethtool -l isim0)"
}

test_channels() {
	local n

	for n in 4 1 2; do
		na ethtool -L isim0 combined "$n"
		channels_are "$n"
		esp_flows
	done
	holds 2
}

test_coalesce() {
	local usecs

	for usecs in 100 20000 0; do
		na ethtool -C isim0 adaptive-rx off rx-usecs "$usecs"
		na ethtool -c isim0 | grep -qE "^rx-usecs:[[:space:]]+$usecs" ||
			fail "rx-usecs is not $usecs: $(na ethtool -c isim0)"
		esp_flows
	done
	na ethtool -C isim0 adaptive-rx on
	esp_flows
}

# Offloaded SAs do not move; the port does, and has none then.
test_move() {
	local other

	holds 2
	ns_new other
	ipa link set isim0 netns "$other"
	wait_for count_is "$other" isim0 drv_sa_count 0
	expect_eq "SAs left in the old namespace" "$(sas_left "$NSA")" 0
	ip -n "$other" link set isim0 netns "$NSA"
	ns_del "$other"
	again 0x1700
	esp_flows
}

test_move_many() {
	local i other

	ns_new other
	for i in {1..4}; do
		port_away "$other"
		ip -n "$other" link set isim0 netns "$NSA"
		expect_eq "SAs left" "$(sas_left "$other")" 0
	done
	ns_del "$other"
	again 0x1800
	esp_flows
}

test_ns_end() {
	local other

	ns_new other
	port_away "$other"
	wait_for count_is "$other" isim0 drv_sa_count 1
	ns_del "$other"
	wait_for count_is '' isim0 drv_sa_count 0
	ip link set isim0 netns "$NSA"
	again 0x1900
	esp_flows
}

isim_load adapters=2 queues=4
two_ports
sa_pair spi=0x1000
stream_start "$NSA" "$NSB" "$B4"
check "carrier follows the other port" test_carrier
check "down and up" test_down_up
check "SAs that are added while it is down" test_added_while_down
check "rename" test_rename
check "MTU limits" test_mtu_limits
check "MTU changes under traffic" test_mtu_traffic
check "promiscuous and all multicast" test_promisc
check "address change" test_mac
check "ring sizes under traffic" test_rings
check "channels under traffic" test_channels
check "interrupt moderation under traffic" test_coalesce
check "move to another namespace and back" test_move
check "moves with SAs, again and again" test_move_many
check "the end of the namespace" test_ns_end
check "the connection has lived through all of it" stream_moves
stream_stop
sa_flush
check "the port holds no SA at the end" holds 0
finish
