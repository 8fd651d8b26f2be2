#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# What devlink shows of an adapter: which one it is, the size of its SA table, and
# how much of that is in use. It stays in the initial namespace, wherever the port
# goes, and comes and goes with the adapter.
#
# ROUNDS   of adapters and of loads while devlink is asked (default 6)

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 jq devlink ipsecsim

room=8
rounds=${ROUNDS:-6}
alg='aead=rfc4106(gcm(aes)):160:128'

# sa_table N [FIELD]: the table of adapter N, or a field of it
sa_table() {
	devlink -j resource show "platform/ipsecsim.$1" |
		jq -c --arg dev "platform/ipsecsim.$1" \
			".resources[\$dev][] | select(.name == \"sa\")${2:+ | .$2}"
}

# Now, not soon: XFRM and "ethtool -S" have said so before.
in_use() {
	expect_eq "SAs of adapter $1 in devlink" "$(sa_table "$1" occ)" "$2"
}

in_use_soon() {
	[ "$(sa_table "$1" occ)" = "$2" ]
}

# instances [NS]: ours that devlink shows there, on one line
instances() {
	in_ns "${1-}" devlink -j dev show |
		jq -r '[.dev | keys[] | select(startswith("platform/ipsecsim."))] |
			join(" ")'
}

add_sa() {
	newsa add dev=isim0 dir=out src="$A4" dst="$B4" "spi=$1" "$alg"
}

add_ok() {
	add_sa "$1"
	expect_eq "adding SA $1" "$ERR $TEXT" "0 "
}

test_info() {
	devlink -j dev info platform/ipsecsim.0 >"$tmp/out"
	jq -e '.info["platform/ipsecsim.0"] | .driver == "ipsecsim" and
		.versions.fixed == { "asic.id": "0x4d495349", "asic.rev": "1" }' \
		"$tmp/out" >/dev/null || fail "$(<"$tmp/out")"
}

test_size() {
	local n

	for n in 0 1; do
		expect_eq "table of adapter $n" "$(sa_table "$n" |
			jq -c '[.size, .occ, .unit, .size_new]')" \
			"[$room,0,\"entry\",null]"
	done
}

test_occupancy() {
	local i

	for ((i = 1; i <= room; i++)); do
		add_ok "$i"
		newsa_holds "$i"
		in_use 0 "$i"
	done
	add_sa 0x1000
	expect_eq "errno of the SA too many" "$ERR" ENOSPC
	in_use 0 "$(sa_table 0 size)"
	in_use 1 0
	newsa del "dst=$B4" spi=1
	expect_eq "deleting an SA" "$ERR" 0
	newsa_holds $((room - 1))
	in_use 0 $((room - 1))
	ipa xfrm state flush
	newsa_holds 0
	in_use 0 0
}

# It is what the adapter is built for, not a setting.
test_set() {
	local size

	for size in 1 $((room - 1)) $((room + 1)); do
		! devlink resource set platform/ipsecsim.0 path sa size "$size" \
			2>"$tmp/err" || fail "size $size was taken"
	done
	expect_eq "table" "$(sa_table 0 | jq -c '[.size, .size_new]')" "[$room,null]"
}

test_namespaces() {
	expect_eq "here" "$(instances)" "platform/ipsecsim.0 platform/ipsecsim.1"
	expect_eq "where isim0 is" "$(instances "$NSA")" ''
	add_ok 0x2000
	newsa_holds 1
	in_use 0 1
	# A port that moves loses its SAs.
	ipa link set isim0 netns "$NSB"
	wait_for in_use_soon 0 0
	expect_eq "here" "$(instances)" "platform/ipsecsim.0 platform/ipsecsim.1"
	expect_eq "where isim0 went" "$(instances "$NSB")" ''
	ipb link set isim0 netns "$NSA"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
	add_ok 0x2001
	newsa_holds 1
	in_use 0 1
	ipa xfrm state flush
	newsa_holds 0
}

test_later() {
	na ipsecsim add wan0 sa-capacity 7 >/dev/null
	expect_eq "its table" "$(sa_table 2 | jq -c '[.size, .occ]')" "[7,0]"
	expect_eq "that of another" "$(sa_table 0 size)" "$room"
	expect_eq "here" "$(instances)" \
		"platform/ipsecsim.0 platform/ipsecsim.1 platform/ipsecsim.2"
	na ipsecsim del wan0
	expect_eq "here" "$(instances)" "platform/ipsecsim.0 platform/ipsecsim.1"
	! devlink resource show platform/ipsecsim.2 2>"$tmp/err" ||
		fail "it can still be asked"
}

test_rebind() {
	local drv=/sys/bus/platform/drivers/ipsecsim

	echo ipsecsim.1 >"$drv/unbind"
	expect_eq "without the driver" "$(instances)" platform/ipsecsim.0
	echo ipsecsim.1 >"$drv/bind"
	expect_eq "table" "$(sa_table 1 | jq -c '[.size, .occ]')" "[$room,0]"
}

# Asks without a pause, as long as there is $tmp/ask. An adapter that is not there
# now is no failure.
ask_start() {
	: >"$tmp/asked"
	touch "$tmp/ask"
	(
		set +e
		while [ -e "$tmp/ask" ]; do
			devlink resource show platform/ipsecsim.0
			devlink resource show platform/ipsecsim.2
			devlink dev info
			echo asked >&3
		done 3>>"$tmp/asked" >/dev/null 2>&1
	) &
	asker=$!
}

asked() {
	wc -l <"$tmp/asked"
}

asked_more() {
	[ "$(asked)" -gt "$1" ]
}

ask_stop() {
	rm "$tmp/ask"
	wait "$asker"
}

# Each round asks at least once before the next one begins.
test_asked_adapters() {
	local i n

	ask_start
	for ((i = 0; i < rounds; i++)); do
		n=$(asked)
		ipsecsim add wan0 >/dev/null
		add_ok $((0x3000 + i))
		ipsecsim del wan0
		wait_for asked_more "$n"
	done
	ask_stop
	newsa_holds "$rounds"
	in_use 0 "$rounds"
}

test_asked_module() {
	local i n

	ask_start
	for ((i = 0; i < rounds; i++)); do
		n=$(asked)
		load_anew adapters=2 queues=1 sa_capacity=$room
		wait_for asked_more "$n"
		rmmod ipsecsim
	done
	ask_stop
	expect_eq "left" "$(instances)" ''
}

isim_load adapters=2 queues=1 sa_capacity=$room
two_ports
newsa_start "$NSA"
check "driver and version of the adapter" test_info
check "the size is the adapter's capacity" test_size
check "what is in use follows the SAs, up to the size" test_occupancy
check "the size cannot be set" test_set
check "it stays in the initial namespace" test_namespaces
check "an adapter made later has its own, until it goes" test_later
check "it goes and comes with the driver" test_rebind
check "asked while SAs and adapters come and go" test_asked_adapters
newsa_stop
ns_del_all
check "asked while the module comes and goes" test_asked_module
finish
