#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# Loading and unloading: what each parameter makes, what is refused, that
# nothing stays behind, and the features that the ports announce.
#
# LOAD_CYCLES   load and unload that often (default 20)
cycles=${LOAD_CYCLES:-20}

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool genl insmod rmmod ping

nothing_left() {
	[ ! -e /sys/module/ipsecsim ] || fail "the module is there"
	[ ! -e /sys/bus/platform/drivers/ipsecsim ] ||
		fail "the platform driver is there"
	! compgen -G '/sys/bus/platform/devices/ipsecsim*' ||
		fail "platform devices are there"
	! compgen -G '/sys/class/net/isim*' || fail "ports are there"
	! genl ctrl get name ipsecsim >/dev/null 2>&1 ||
		fail "the netlink family is there"
}

port_list() {
	local f names=''

	for f in /sys/class/net/isim*; do names+=" ${f##*/}"; done
	echo "${names# }"
}

param_is() {
	expect_eq "$1" "$(<"/sys/module/ipsecsim/parameters/$1")" "$2"
}

test_default() {
	load_anew
	expect_eq "ports" "$(port_list)" "isim0 isim1"
	param_is adapters 2
	[ -e /sys/bus/platform/devices/ipsecsim.0/net/isim0 ]
	[ -e /sys/bus/platform/devices/ipsecsim.1/net/isim1 ]
	genl ctrl get name ipsecsim >/dev/null
	ethtool -i isim0 | grep -qx 'driver: ipsecsim'
	rmmod ipsecsim
	nothing_left
}

# The carrier tells who is wired to whom, and so does a frame.
test_wiring() {
	local i

	load_anew adapters=4
	for i in 0 1 2 3; do echo 1 >"/proc/sys/net/ipv6/conf/isim$i/disable_ipv6"; done
	expect_eq "ports" "$(port_list)" "isim0 isim1 isim2 isim3"
	ip link set isim0 up
	ip link set isim3 up
	no_carrier '' isim0
	no_carrier '' isim3
	ip link set isim1 up
	wait_for carrier '' isim0
	wait_for carrier '' isim1
	no_carrier '' isim3
	ip link set isim2 up
	for i in 0 1 2 3; do wait_for carrier '' "isim$i"; done

	for i in 0 1 2 3; do sees "$i" $((i ^ 1)); done
	rmmod ipsecsim
	nothing_left
}

# Frames that port $1 sends reach port $2 and no other.
sees() {
	local i before=()

	for i in 0 1 2 3; do
		before[i]=$(count '' "isim$i" hw_rx_frames)
	done
	ip addr add 192.0.2.1/24 dev "isim$1"
	ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev "isim$1"
	ping -q -c 3 -i 0.01 -W 1 192.0.2.2 >/dev/null || true
	wait_for count_above '' "isim$2" hw_rx_frames $((before[$2] + 2))
	for i in 0 1 2 3; do
		[ "$i" = "$2" ] || count_is '' "isim$i" hw_rx_frames "${before[i]}" ||
			fail "isim$i got frames from isim$1"
	done
	ip addr flush dev "isim$1"
}

most_queues() {
	ethtool -l "$1" | awk '/^Combined:/ { print $2; exit }'
}

queue_pairs() {
	compgen -G "/sys/class/net/$1/queues/tx-*" | wc -l
}

test_queues() {
	local n

	for n in 1 3 64; do
		load_anew "queues=$n" sa_capacity=7
		param_is queues "$n"
		param_is sa_capacity 7
		expect_eq "most queues" "$(most_queues isim0)" "$n"
		ip link set isim0 up
		expect_ge "$n" "$(queue_pairs isim0)" 1
		[ "$(queue_pairs isim0)" -eq "$n" ] ||
			ethtool -L isim0 combined "$n"
		expect_eq "TX queues" "$(queue_pairs isim0)" "$n"
		rmmod ipsecsim
	done
	nothing_left
}

# param_refused PARAM=VALUE RANGE: -EINVAL, a sentence with value and range, no trace.
param_refused() {
	local mark="ipsecsim-selftest: refuse $1 ($$)" line out

	echo "<6>$mark" >/dev/kmsg
	! out=$(load_anew "$1" 2>&1) || {
		rmmod ipsecsim
		fail "$1 was accepted"
	}
	[[ $out = *'Invalid parameters'* || $out = *'Invalid argument'* ]] ||
		fail "$1: $out"
	line=$(dmesg | awk -v mark="$mark" '
		seen && / ipsecsim: / { print }
		index($0, mark) { seen = 1 }')
	[[ $line = *" $1 "* ]] || fail "the log does not name $1: $line"
	[[ $line = *"$2"* ]] || fail "the log does not name the range $2: $line"
	nothing_left
}

test_cycles() {
	local i

	for ((i = 0; i < cycles; i++)); do
		load_anew
		ip link set isim0 up
		ip link set isim1 up
		bounded 20 rmmod rmmod ipsecsim
	done
	nothing_left
}

# Still busy with its own start when it is removed.
test_at_once() {
	local i

	for i in {1..5}; do
		load_anew adapters=8
		rmmod ipsecsim
	done
	nothing_left
}

feature() {
	ethtool -k "$1" | sed -n "s/^[[:space:]]*$2: //p"
}

# test_feature NAME [SHORT-NAME]: it is on, goes off and on again.
test_feature() {
	local state

	expect_eq "$1" "$(feature isim0 "$1")" on
	for state in off on; do
		ethtool -K isim0 "${2:-$1}" "$state" >/dev/null
		expect_eq "$1" "$(feature isim0 "$1")" "$state"
	done
}

# The checksum of ESP depends on others, and does not come back by itself.
test_features() {
	test_feature esp-tx-csum-hw-offload
	test_feature esp-hw-offload
	ethtool -K isim0 esp-tx-csum-hw-offload on >/dev/null
	test_feature tx-checksumming tx
	test_feature scatter-gather sg
	test_feature receive-hashing rxhash
	test_feature generic-receive-offload gro
}

# A bond shows what its port announces in the mask for encapsulated packets.
test_features_enc() {
	ip link add isimbond type bond mode active-backup
	ip link set isim0 down
	ip link set isim0 master isimbond
	# Bonds of some kernels do not ask for it by themselves.
	ethtool -K isimbond esp-hw-offload on esp-tx-csum-hw-offload on
	expect_eq "esp-hw-offload of a bond" \
		"$(feature isimbond esp-hw-offload)" on
	expect_eq "esp-tx-csum-hw-offload of a bond" \
		"$(feature isimbond esp-tx-csum-hw-offload)" on
	ip link del isimbond
}

[ -z "$SOFT" ] || { skip "loading" "there is no module" && finish; }
small_ko
isim_unload
isim_insmod
isim_unload
check "default parameters give two ports" test_default
check "adapters=4 wires 0 to 1 and 2 to 3" test_wiring
check "queues and sa_capacity are taken" test_queues
for v in 0 1 3 65 66 -2; do
	check "adapters=$v is refused" param_refused "adapters=$v" "from 2 to 64"
done
for v in 0 65 -2; do
	check "queues=$v is refused" param_refused "queues=$v" "from 1 to 64"
done
for v in 0 1048577 -1; do
	check "sa_capacity=$v is refused" param_refused "sa_capacity=$v" \
		"from 1 to 1048576"
done
check "unload right after load" test_at_once
check "load and unload many times" test_cycles
isim_load adapters=2
check "features are on and can be changed" test_features
check "features for encapsulated packets" test_features_enc
isim_unload
check "nothing stays behind" nothing_left
finish
