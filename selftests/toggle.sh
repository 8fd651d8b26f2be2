#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Features switched at run time with SAs and traffic: software takes over and
# hands back, and nothing leaves in clear. isim1 does ESP in software, so what
# it captures is the wire.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 tcpdump

set_feature() {
	na ethtool -K isim0 "$1" "$2" >/dev/null
}

test_before() {
	feature_is esp-hw-offload on
	feature_is esp-tx-csum-hw-offload on
	device_encrypts
}

# The checksum of ESP makes no sense without ESP, and goes with it.
test_esp_off() {
	set_feature esp-hw-offload off
	feature_is esp-hw-offload off
	feature_is esp-tx-csum-hw-offload 'off*'
	software_encrypts
}

test_esp_on() {
	set_feature esp-hw-offload on
	feature_is esp-hw-offload on
	device_encrypts
}

test_csum() {
	set_feature esp-tx-csum-hw-offload off
	feature_is esp-hw-offload on
	feature_is esp-tx-csum-hw-offload off
	device_encrypts
	set_feature esp-tx-csum-hw-offload on
	feature_is esp-tx-csum-hw-offload on
	device_encrypts
}

test_tx_csum() {
	set_feature tx off
	device_encrypts
	set_feature tx on
	device_encrypts
}

test_sg() {
	set_feature sg off
	device_encrypts
	set_feature sg on
	device_encrypts
}

test_gro_rxhash() {
	local f

	for f in gro rxhash gso; do
		set_feature "$f" off
		device_encrypts
		set_feature "$f" on
		device_encrypts
	done
}

test_many() {
	local i

	for i in {1..8}; do
		set_feature esp-hw-offload off
		set_feature esp-hw-offload on
		set_feature esp-tx-csum-hw-offload off
		set_feature esp-tx-csum-hw-offload on
		stream_alive
	done
	device_encrypts
}

# Deletes must reach the adapter whatever the features are.
test_delete_while_off() {
	set_feature esp-hw-offload off
	ipa xfrm state flush
	wait_for count_is "$NSA" isim0 drv_sa_count 0
	set_feature esp-hw-offload on
	sa_flush
	sa_pair b=sw spi=0x1100
	device_encrypts
}

# The core flushes the SAs of a port that goes down only if it does ESP then.
test_down_while_off() {
	set_feature esp-hw-offload off
	ipa link set isim0 down
	set_feature esp-hw-offload on
	sa_flush
	wait_for count_is "$NSA" isim0 drv_sa_count 0
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
	sa_pair b=sw spi=0x1200
	device_encrypts
}

# Off, and the namespace ends: the SAs must not keep the port.
test_ns_end_while_off() {
	local other

	ns_new other
	port_away "$other"
	ip netns exec "$other" ethtool -K isim0 esp-hw-offload off
	ns_del "$other"
	wait_for count_is '' isim0 drv_sa_count 0
}

isim_load adapters=2
two_ports
sa_pair b=sw
stream_start "$NSA" "$NSB" "$B4"
capture_start "$NSB" isim1
check "the port encrypts" test_before
check "esp-hw-offload off: software does" test_esp_off
check "esp-hw-offload on: the port again" test_esp_on
check "esp-tx-csum-hw-offload off and on" test_csum
check "tx checksumming off and on" test_tx_csum
check "scatter-gather off and on" test_sg
check "gro, rxhash, gso off and on" test_gro_rxhash
check "off and on many times" test_many
check "nothing left in clear all the time" no_leak 100
check "SAs deleted while it is off" test_delete_while_off
check "port down while it is off" test_down_while_off
stream_stop
sa_flush
check "the namespace ends while it is off" test_ns_end_while_off
finish
