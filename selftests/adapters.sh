#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Adapters made, wired and taken away at run time: by name, in any namespace,
# with traffic and SAs on them; and what is refused, with the reason.
#
# ROUNDS   of wiring and of making adapters under load (default 6)

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_events.sh
. "$here/lib_events.sh"
require ip ethtool python3 jq setpriv unshare nsenter tcpdump ping ipsecsim

rounds=${ROUNDS:-6}

# wired NS DEV: what an adapter is connected to, by device; "-" for nothing
wired() {
	local show

	show=$(in_ns "$1" ipsecsim show "$2")
	case $show in
	*', not wired'*) echo - ;;
	*', wired to '*' ('*) show=${show#*' ('} && echo "${show%%)*}" ;;
	*', wired to '*) show=${show#*', wired to '} && echo "${show%% *}" ;;
	*) fail "$show" ;;
	esac
}

# --- Come and go --------------------------------------------------------------

test_add() {
	na ipsecsim -j add wan0 queues 3 sa-capacity 7 >"$tmp/out"
	jq -e 'length == 1 and (.[0] | .dev == "wan0" and .queues == 3 and
		.sa_capacity == 7 and .sa_count == 0 and (has("peer") | not))' \
		"$tmp/out" || fail "$(<"$tmp/out")"
	na ipsecsim add wan1 >/dev/null
	expect_eq "SAs by default" "$(na ipsecsim -j list | jq '.[] |
		select(.dev == "wan1") | .sa_capacity')" \
		"$(</sys/module/ipsecsim/parameters/sa_capacity)"
	# In the caller's namespace, and nowhere else.
	[ ! -e /sys/class/net/wan0 ] || fail "wan0 is in the wrong namespace"
	ipa link set wan0 up
	no_carrier "$NSA" wan0
	expect_eq "driver" "$(na ethtool -i wan0 | sed -n 's/^driver: //p')" ipsecsim
	na ipsecsim del wan0
	na ipsecsim del wan1
	! ipa link show wan0 2>/dev/null || fail "wan0 is still there"
	expect_eq "adapters" "$(na ipsecsim -j list | jq -c 'map(.dev)')" '["isim0"]'
}

test_events() {
	monitor_start "$NSA"
	na ipsecsim add wan0 >/dev/null
	ipsecsim add wan1 >/dev/null
	ipsecsim del wan1
	na ipsecsim del wan0
	has_event '.event == "adapter_deleted"'
	expect_eq "events" "$(jq -r '.dev + " " + .event' "$tmp/events")" \
		'wan0 adapter_added'$'\n''wan0 adapter_deleted'
	monitor_stop
}

# A number is used again, in its place of the list, with the same address.
test_numbers() {
	local mac

	ipsecsim add isim2 >/dev/null
	ipsecsim add isim3 >/dev/null
	mac=$(<"/sys/class/net/isim2/address")
	ipsecsim del isim2
	ipsecsim add again >/dev/null
	expect_eq "adapters" "$(ipsecsim -j list | jq -c 'map(.dev, .device)')" \
		'["again","ipsecsim.2","isim3","ipsecsim.3"]'
	expect_eq "address" "$(<"/sys/class/net/again/address")" "$mac"
	ipsecsim del again
	ipsecsim del isim3
}

# A number that is free again is used again.
test_most() {
	refused 1 'one: There are 64 adapters, and no more can be made (No space left on device)' \
		ipsecsim add one
	ipsecsim del isim40
	expect_eq "far end" "$(wired '' isim41)" -
	ipsecsim add one >/dev/null
	[[ $(ipsecsim -j show one) = *'"device": "ipsecsim.40"'* ]]
}

# The driver bound again, with the port's name in use: it takes another one, and
# the adapter can be named, and taken away.
test_name_taken() {
	local drv=/sys/bus/platform/drivers/ipsecsim name

	ipsecsim add isim2 >/dev/null
	echo ipsecsim.2 >"$drv/unbind"
	ip link add isim2 type dummy
	echo ipsecsim.2 >"$drv/bind"
	name=$(ipsecsim -j list | jq -r '.[] | select(.device == "ipsecsim.2").dev')
	[[ $name = isim[0-9]* ]] || fail "the port is called '$name'"
	ipsecsim del "$name"
	ip link del isim2
	expect_eq "adapters" "$(ipsecsim -j list | jq length)" 0
}

# --- Refused --------------------------------------------------------------------

test_refuse_add() {
	local name

	refused 1 'isim0: ifname: A network device of this name exists in this network namespace (File exists)' \
		na ipsecsim add isim0
	for name in 'a b' a/b . .. eth%d; do
		refused 1 "ifname: Not a name for a network device" \
			na ipsecsim add "$name"
	done
	refused 2 'is no name of a network device: those have 1 to 15' \
		na ipsecsim add sixteen-letters-
	refused 2 '"none" is a word of "wire", and no good name' na ipsecsim add none
	refused 2 '"dev" is a word of "wire"' na ipsecsim add dev
	refused 2 'is no name of a network device' na ipsecsim add ''
	refused 1 'wan0: queues: integer out of range, at most 64' \
		na ipsecsim add wan0 queues 65
	refused 1 'wan0: queues: integer out of range' na ipsecsim add wan0 queues 0
	refused 1 'wan0: sa-capacity: integer out of range, at most 1048576' \
		na ipsecsim add wan0 sa-capacity 1048577
	refused 2 'unknown word "queue"; did you mean "queues"?' \
		na ipsecsim add wan0 queue 3
	refused 2 'the number behind queues is missing' na ipsecsim add wan0 queues
	refused 2 'NAME is missing' na ipsecsim add
	expect_eq "adapters" "$(na ipsecsim -j list | jq length)" 1
}

test_refuse_wire() {
	refused 1 'isim0: peer-ifname: A port cannot be wired to itself (Too many levels' \
		na ipsecsim wire isim0 isim0
	refused 1 'isim0: peer-ifname: No port of an ipsecsim adapter has this name' \
		na ipsecsim wire isim0 lo
	refused 1 'did you mean "isim0"?' na ipsecsim wire isim0 isim9
	refused 1 'no network device "isim9" in this namespace; did you mean "isim0"?' \
		na ipsecsim wire isim9 isim0
	refused 1 'network namespace "nowhere": No such file' \
		na ipsecsim wire isim0 isim1 netns nowhere
	refused 1 'Not the file descriptor of a network namespace' \
		na ipsecsim wire isim0 isim1 netns /dev/null
	refused 2 'unknown word "net"; did you mean "netns"?' \
		na ipsecsim wire isim0 isim1 net "$NSB"
	refused 2 'PEER is missing' na ipsecsim wire isim0
	refused 2 'one word too many' na ipsecsim wire isim0 none isim1
	# And nothing has changed.
	expect_eq "far end" "$(wired "$NSA" isim0)" ipsecsim.1
	carrier "$NSA" isim0
}

# Without a driver there is no port, and then no adapter is left.
test_no_driver() {
	local probe=/sys/bus/platform/drivers_autoprobe rc=0

	echo 0 >"$probe"
	try refused 1 "wan0: The driver did not make a port, see the kernel's log" \
		na ipsecsim add wan0 || rc=1
	echo 1 >"$probe"
	expect_eq "status" "$rc" 0
	expect_eq "adapters" "$(na ipsecsim -j list | jq length)" 1
	! compgen -G '/sys/bus/platform/devices/ipsecsim.[2-9]*' ||
		fail "a device is left"
	na ipsecsim add wan0 >/dev/null
	na ipsecsim del wan0
}

nobody() {
	na setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"
}

test_permission() {
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim add wan0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim del isim0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim wire isim0 none
	# Root of a user namespace: of its own network it may change the wires,
	# but not make adapters, and not pull the cable of others.
	refused 1 'this needs CAP_NET_ADMIN' unshare -Urn ipsecsim add wan0
	expect_eq "far end" "$(wired "$NSA" isim0)" ipsecsim.1
}

# in_userns COMMAND...: as root of the user namespace, and in its network
in_userns() {
	nsenter --user --net --target "$userns" "$@"
}

has_netns() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

userns_gone() {
	[ -e "$tmp/userns.pid" ] || return 0
	kill "$(<"$tmp/userns.pid")"
	rm "$tmp/userns.pid"
}
clean_first+=(userns_gone)

test_permission_far() {
	local userns

	mkfifo "$tmp/hold"
	unshare -Urn cat "$tmp/hold" &
	userns=$!
	echo "$userns" >"$tmp/userns.pid"
	wait_for has_netns "$userns"
	ipsecsim add isim2 >/dev/null
	ip link set isim2 netns "$userns"
	refused 1 "The far end's network namespace is not yours to administer" \
		in_userns ipsecsim wire isim2 isim0 netns "/run/netns/$NSA"
	expect_eq "far end" "$(wired "$NSA" isim0)" ipsecsim.1
	in_userns ipsecsim wire isim2 none >/dev/null
	# Whoever administers both may.
	nsenter --net --target "$userns" \
		ipsecsim wire isim2 isim0 netns "/run/netns/$NSA" >/dev/null
	expect_eq "far end" "$(wired "$NSA" isim0)" ipsecsim.2
	userns_gone
	wait_for has_ports isim2
	ipsecsim del isim2
	nb ipsecsim wire isim1 isim0 netns "$NSA" >/dev/null
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
}

# --- Wires --------------------------------------------------------------------

test_unwire() {
	na ipsecsim wire isim0 none >/dev/null
	expect_eq "far end" "$(wired "$NSA" isim0)" -
	expect_eq "far end of the other" "$(wired "$NSB" isim1)" -
	wait_for no_carrier "$NSA" isim0
	wait_for no_carrier "$NSB" isim1
	# Twice is no error.
	na ipsecsim wire isim0 none >/dev/null
	nb ipsecsim wire isim1 isim0 netns "$NSA" >/dev/null
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
	traffic ping "$A4" "$B4" 100
}

# The far end swapped: what was there loses its carrier, and gets no frame.
test_swap() {
	local before

	ns_new NSC
	ip netns exec "$NSC" ipsecsim add isim2 >/dev/null
	ip -n "$NSC" link set isim2 address "$(mac_of "$NSB" isim1)"
	port_up "$NSC" isim2 b "$(mac_of "$NSA" isim0)"
	na ipsecsim wire isim0 isim2 netns "/run/netns/$NSC" >/dev/null
	# From here on, not before: IPv6 still reports its groups to the old one.
	before=$(count "$NSB" isim1 hw_rx_frames)
	expect_eq "far end" "$(wired "$NSA" isim0)" ipsecsim.2
	expect_eq "far end that was" "$(wired "$NSB" isim1)" -
	wait_for no_carrier "$NSB" isim1
	wait_for carrier "$NSC" isim2
	wait_for carrier "$NSA" isim0
	na ping -q -c 2 -i 0.01 -W 5 "$B4"
	expect_eq "frames at the old far end" \
		"$(count "$NSB" isim1 hw_rx_frames)" "$before"
	expect_ge "frames at the new one" "$(count "$NSC" isim2 hw_rx_frames)" 2
	# Its adapter gone: the same as the cable pulled.
	ip netns exec "$NSC" ipsecsim del isim2
	wait_for no_carrier "$NSA" isim0
	expect_eq "far end" "$(wired "$NSA" isim0)" -
	na ipsecsim wire isim0 isim1 netns "$NSB" >/dev/null
	wait_for carrier "$NSA" isim0
	traffic ping "$A4" "$B4" 100
}

# ESP flows on; nothing in clear while the cable is out.
test_traffic() {
	local i

	for ((i = 0; i < rounds; i++)); do
		na ipsecsim wire isim0 none >/dev/null
		[ $((i % 3)) -ne 0 ] || wait_for no_carrier "$NSB" isim1
		nb ipsecsim wire isim1 isim0 netns "$NSA" >/dev/null
		[ $((i % 4)) -ne 0 ] || stream_moves
	done
	wait_for carrier "$NSA" isim0
	esp_flows
	no_leak 50
	stream_stop
}

# An adapter with SAs, a full pipe and a far end goes away.
test_del_traffic() {
	local i

	for i in 1 2; do
		nb ipsecsim add isim2 queues 2 >/dev/null
		ipb link set isim2 address "$(mac_of "$NSB" isim1)"
		ipb link set isim2 up
		# shellcheck disable=SC2046
		ipb xfrm state add src "$A4" dst "$B4" $(sa_args 0x77 128 128) \
			$(sa_dir in 32) mode transport offload dev isim2 dir in
		na ipsecsim wire isim0 isim2 netns "$NSB" >/dev/null
		wait_for carrier "$NSA" isim0
		na ping -f -q -c 2000 -w 3 -W 1 "$B4" >/dev/null &
		wait_for count_above "$NSB" isim2 hw_rx_frames 20
		nb ipsecsim del isim2
		wait $! || true
		expect_eq "far end" "$(wired "$NSA" isim0)" -
	done
	na ipsecsim wire isim0 isim1 netns "$NSB" >/dev/null
	wait_for carrier "$NSA" isim0
	traffic ping "$A4" "$B4" 100
}

# Several processes at once: no request lost, and the list is right after it.
test_churn() {
	local p i pids=() rc=0

	for p in 1 2 3; do
		(
			for ((i = 0; i < rounds; i++)); do
				ipsecsim add "churn$p" queues 1 sa-capacity 16
				ipsecsim add "more$p" queues 1 sa-capacity 16
				ipsecsim wire "churn$p" "more$p"
				ipsecsim del "churn$p"
				ipsecsim del "more$p"
			done
		) >/dev/null 2>"$tmp/churn.$p" &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p" || rc=1; done
	[ "$rc" -eq 0 ] || fail "$(cat "$tmp"/churn.*)"
	expect_eq "adapters" "$(ipsecsim -j list | jq length)" 0
	traffic ping "$A4" "$B4" 100
}

# A port whose namespace ends comes home with its wire.
test_ns_end() {
	local other

	ns_new other
	ip netns exec "$other" ipsecsim add isim8 >/dev/null
	ipsecsim add isim9 >/dev/null
	ipsecsim wire isim9 isim8 netns "$other" >/dev/null
	ns_del "$other"
	expect_eq "far end" "$(wired '' isim8)" ipsecsim.3
	ip link set isim8 up
	ip link set isim9 up
	wait_for carrier '' isim8
	ipsecsim del isim8
	ipsecsim del isim9
}

# dump NS CMD IFINDEX COMMAND...: see dump.py
dump() {
	in_ns "$1" "$here/dump.py" raw "${@:2}"
}

# One datagram takes some twenty SAs, and the kernel makes the next as it is read.
test_dump_sas() {
	local i ifindex

	for i in {1..60}; do
		echo "xfrm state add src $A4 dst $B4" \
			"$(sa_args $((0x5000 + i)) 128 128) $(sa_dir in 32)" \
			"mode transport offload dev isim1 dir in"
	done >"$tmp/batch"
	ipb -batch "$tmp/batch"
	ifindex=$(nb cat /sys/class/net/isim1/ifindex)
	echo "xfrm state add src $A4 dst $B4 $(sa_args 0x6000 128 128)" \
		"$(sa_dir in 32) mode transport offload dev isim1 dir in" \
		>"$tmp/batch"
	dump "$NSB" 2 "$ifindex" : \
		"ip xfrm state delete dst $B4 proto esp spi $((0x503c))" \
		"ip -batch $tmp/batch" >"$tmp/out"
	expect_eq "a quiet table, an SA less, an SA more" \
		"$(sed 's/\(60\|61\)$/60/' "$tmp/out")" \
		$'whole 60\ntorn 59\ntorn 60'
	ipb xfrm state flush
}

# There are 64 adapters, and isim5 is wired to low5.
test_dump_adapters() {
	ip link add low5 type veth peer name low4
	ipsecsim wire isim5 dev low5 >/dev/null
	ipsecsim wire isim7 none >/dev/null
	dump '' 1 0 : 'ipsecsim wire isim7 none' 'ipsecsim wire isim3 none' \
		'ip link set isim62 name other62' 'ip link set low5 name low6' \
		'ip link del low4' "ip link set isim61 netns $NSD" \
		'ipsecsim del isim63' >"$tmp/out"
	expect_eq "quiet, no wire to pull, a wire less, another name, another name of a lower device, \
a lower device less, a port less, an adapter less" "$(<"$tmp/out")" \
		"$(printf '%s 64\n' whole whole torn torn torn torn)"$'\ntorn 63\ntorn 62'
}

# The tool asks again, and prints what is there then; it warns if it never is at rest.
test_dump_tool() {
	"$here/dump.py" tool once 'ipsecsim del isim0' ipsecsim -j list \
		>"$tmp/out" 2>"$tmp/err"
	[ ! -s "$tmp/err" ] || fail "$(<"$tmp/err")"
	jq -e 'length > 60 and all(.dev != "isim0")' "$tmp/out" ||
		fail "the list is of before: $(<"$tmp/out")"
	"$here/dump.py" tool always \
		'ip link set isim1 name torn1 2>/dev/null || ip link set torn1 name isim1' \
		ipsecsim list >"$tmp/out" 2>"$tmp/err"
	expect_eq "warning" "$(<"$tmp/err")" \
		"ipsecsim: warning: the kernel's tables changed each time they were read"
}

# Unloading takes what was added, wires and SAs included.
test_unload() {
	ipsecsim add isim2 >/dev/null
	ipsecsim add isim3 >/dev/null
	ipsecsim wire isim2 isim3 >/dev/null
	isim_unload
	! compgen -G '/sys/class/net/isim*' || fail "ports are there"
}

[ -z "$SOFT" ] || { skip "adapters" "there is no module" && finish; }
isim_load adapters=2 queues=2
two_ports
counts_by_traffic
check "add and del" test_add
check "events" test_events
check "numbers are used again" test_numbers
check "names and numbers that are refused" test_refuse_add
check "wires that are refused" test_refuse_wire
check "no driver" test_no_driver
check "what only an administrator may do" test_permission
check "what only an administrator of both ends may do" test_permission_far
check "the cable pulled and plugged in" test_unwire
check "the far end swapped" test_swap
# isim1 in software: what it captures is the wire.
sa_pair b=sw
stream_start "$NSA" "$NSB" "$B4"
capture_start "$NSB" isim1
check "the cable pulled under ESP traffic" test_traffic
sa_flush
check "an adapter taken away under traffic" test_del_traffic
check "a dump of SAs tells when it is torn" test_dump_sas
check "the name of a port is taken" test_name_taken
check "adapters from several processes" test_churn
check "the namespace of an adapter ends" test_ns_end
traffic_stop
ns_del_all
check "unload takes what was added" test_unload
isim_load adapters=64 queues=1 sa_capacity=1
check "64 adapters and no more" test_most
ns_new NSD
check "a dump of adapters tells when it is torn" test_dump_adapters
check "the tool reads torn dumps again" test_dump_tool
ns_del_all
finish
