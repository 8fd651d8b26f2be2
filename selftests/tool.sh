#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# The ipsecsim tool and the netlink family behind it: what each verb shows, as
# text and as JSON, what is refused and with which words, who may ask what, and
# fault points that repeat with their seed.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_request.sh
. "$here/lib_request.sh"
require ip ethtool python3 jq setpriv unshare tcpdump ipsecsim

room=200
many=60
frames=60

# json_is FILTER COMMAND...: is it true of what the command prints?
json_is() {
	local filter=$1
	shift

	"$@" >"$tmp/out"
	jq -e "$filter" "$tmp/out" >/dev/null ||
		fail "$*: not $filter: $(<"$tmp/out")"
}

says() {
	local text=$1
	shift

	"$@" >"$tmp/out"
	[[ $(<"$tmp/out") = *"$text"* ]] ||
		fail "$* does not say '$text' but: $(<"$tmp/out")"
}

# counter a|b NAME: of isim0 or isim1 when "traffic counters" was last asked
counter() {
	[[ $REPLY =~ \ $1\.$2=([0-9]+) ]] || fail "no counter $1.$2 in: $REPLY"
	echo "${BASH_REMATCH[1]}"
}

nobody() {
	na setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps=-all "$@"
}

# --- What is shown -----------------------------------------------------------

test_list() {
	na ipsecsim list >"$tmp/out"
	expect_eq "lines" "$(wc -l <"$tmp/out")" 2
	expect_eq "the adapter" "$(awk 'NR == 2 { $1 = $1; print }' "$tmp/out")" \
		"isim0 ipsecsim.0 ipsecsim.1 1 0 $room"
	json_is "length == 1 and (.[0] | .dev == \"isim0\" and
		.device == \"ipsecsim.0\" and .queues == 1 and .sa_count == 0 and
		.sa_capacity == $room and .peer == { device: \"ipsecsim.1\" })" \
		na ipsecsim -j list
	expect_eq "ifindex" "$(jq '.[0].ifindex' "$tmp/out")" \
		"$(na cat /sys/class/net/isim0/ifindex)"
	json_is '. == []' ipsecsim --json list
}

test_show() {
	says 'isim0: device ipsecsim.0, wired to ipsecsim.1 in another namespace' \
		na ipsecsim show
	json_is '.[0] | .dev == "isim1" and .peer.device == "ipsecsim.0" and
		.faults == []' \
		nb ipsecsim show isim1 -j
}

# The far end has a name only where it can be seen.
test_peer() {
	local index

	ipb link set isim1 netns "$NSA"
	index=$(na cat /sys/class/net/isim1/ifindex)
	json_is "length == 2 and .[0].peer == { device: \"ipsecsim.1\",
		dev: \"isim1\", ifindex: $index }" na ipsecsim -j list
	says 'wired to isim1 (ipsecsim.1)' na ipsecsim show isim0
	ipa link set isim1 netns "$NSB"
}

stats_agree() {
	na ipsecsim -j stats isim0 >"$tmp/out" || return 1
	[ "$(jq -r '.ethtool | to_entries[] | "\(.key): \(.value)"' "$tmp/out")" = \
		"$(na ethtool -S isim0 | sed -n 's/^ \+//p')" ] || return 1
	[ "$(jq -c '.port | [.rx_packets, .tx_bytes]' "$tmp/out")" = \
		"$(ipa -j -s link show isim0 |
			jq -c '.[0].stats64 | [.rx.packets, .tx.bytes]')" ]
}

test_stats() {
	wait_for stats_agree
	na ipsecsim stats isim0 >"$tmp/text"
	# The same in a column.
	expect_eq "text" "$(awk 'NF == 2 { print $1, $2 }' "$tmp/text")" \
		"$(jq -r '.port, .ethtool | to_entries[] |
			"\(.key) \(.value)"' "$tmp/out")"
}

# One SA of the JSON answer by direction: sa_of IN|OUT KEY
sa_of() {
	jq ".[] | select(.dir == \"$1\").$2" "$tmp/sa.json"
}

test_sa_counters() {
	local tx rx

	traffic counters isim0 isim1
	tx=$(counter a hw_tx_esp) rx=$(counter a hw_rx_esp)
	sa_pair mode=transport
	traffic ping "$A4" "$B4" 64,200,1000
	na ipsecsim -j sa isim0 >"$tmp/sa.json"
	traffic counters isim0 isim1
	expect_eq "hw_tx_esp" "$(counter a hw_tx_esp)" $((tx + 3))
	expect_eq "hw_rx_esp" "$(counter a hw_rx_esp)" $((rx + 3))
	expect_eq "packets out" "$(sa_of out packets)" 3
	expect_eq "packets in" "$(sa_of in packets)" 3
	expect_eq "spi" "$(sa_of in spi)" $((0x1001))
	json_is "map({ (.dir): .bytes }) | add |
		.in == $(sa_of out bytes) and .out == $(sa_of in bytes)" \
		nb ipsecsim -j sa isim1
}

# All that there is to say of an SA, but no key.
test_sa_text() {
	local key

	na ipsecsim sa isim0 >"$tmp/text"
	grep -qE '^out src 192.0.2.1 dst 192.0.2.2 spi 0x00001000 handle 0x[0-9a-f]{8}$' \
		"$tmp/text" || fail "$(<"$tmp/text")"
	grep -qx '    mode transport  enc aes-gcm  auth none  icv 16' "$tmp/text" ||
		fail "$(<"$tmp/text")"
	# natt.sh has SAs with one.
	jq -e 'all(.[]; has("encap") | not)' "$tmp/sa.json" || fail "an encapsulation"
	grep -qE '^    packets 3  bytes [0-9]+  auth-errors 0  errors 0$' "$tmp/text" ||
		fail "$(<"$tmp/text")"
	keymat 0x1000 128 key
	! grep -qF "${key:10:16}" "$tmp/text" "$tmp/sa.json" || fail "the key is shown"
}

test_sa_auth_errors() {
	local before

	before=$(count "$NSB" isim1 hw_rx_esp_auth_err)
	na ipsecsim fault set isim0 corrupt ppm 1000000 >"$tmp/out"
	traffic send "$A4" "$B4" 100,200,300,400
	wait_for count_is "$NSB" isim1 hw_rx_esp_auth_err $((before + 4))
	na ipsecsim fault clear isim0 >"$tmp/out"
	nb ipsecsim -j sa isim1 >"$tmp/sa.json"
	expect_eq "auth_errors" "$(sa_of in auth_errors)" 4
	expect_eq "packets" "$(sa_of in packets)" 3
}

# More than fits one message of a dump.
test_sa_many() {
	local i n=$many out handle

	sa_flush
	wait_for count_is "$NSB" isim1 drv_sa_count 0
	for ((i = 0; i < n; i++)); do
		sa_args $((0x5000 + i)) 128 128 out
		echo "xfrm state add src $A4 dst $B4 $out mode transport" \
			"offload dev isim1 dir in"
	done >"$tmp/batch"
	ipb -batch "$tmp/batch"
	json_is "length == $n and (map(.handle) | unique | length) == $n and
		(map(.spi) | sort) == [range($((0x5000)); $((0x5000 + n)))]" \
		nb ipsecsim -j sa isim1
	cp "$tmp/out" "$tmp/all"

	handle=$(jq '.[40].handle' "$tmp/all")
	json_is ". == [$(jq -c '.[40]' "$tmp/all")]" \
		nb ipsecsim -j sa isim1 handle "$handle"
	# The same slot, another generation; then a slot beyond the table.
	for i in $((handle ^ 1 << 20)) $((handle | 0xfffff)) 0; do
		refused 1 'isim1: handle: The adapter has no SA of that handle' \
			nb ipsecsim sa isim1 handle "$i"
	done
	ipb xfrm state delete dst "$B4" proto esp \
		spi "$(jq '.[40].spi' "$tmp/all")"
	wait_for count_is "$NSB" isim1 drv_sa_count $((n - 1))
	refused 1 'has no SA of that handle' \
		nb ipsecsim sa isim1 handle "$handle"
	sa_flush
}

# --- What is refused -----------------------------------------------------------

test_words() {
	refused 2 'unknown verb "lst"; did you mean "list"?' ipsecsim lst
	refused 2 'there is: add, del, wire, caps, list, show, sa, seq, policy, stats' ipsecsim zzzzzzz
	refused 2 'did you mean "--json"?' ipsecsim --jsn list
	refused 2 'unknown fault point "corupt"; did you mean "corrupt"?' \
		ipsecsim fault set isim0 corupt ppm 3
	refused 2 'unknown action "isim0"; there is: show, set, clear' \
		ipsecsim fault isim0
	refused 2 'unknown status "ful"; did you mean "full"?' \
		ipsecsim fault set isim0 admin-fail status ful
	refused 2 'unknown status "full"; there is: generic-error, transport-ah' \
		ipsecsim fault set isim0 rx-status status full
	refused 2 'unknown word "handel"; did you mean "handle"?' \
		ipsecsim sa isim0 handel 3
	refused 2 '"isim1" is one word too many' ipsecsim show isim0 isim1
	refused 2 'DEV is missing; usage: ipsecsim stats DEV' ipsecsim stats
	refused 2 'the value behind ppm is missing' \
		ipsecsim fault set isim0 drop ppm
	refused 2 'needs a number from 0 to 4294967295, not "-1"' \
		ipsecsim fault set isim0 drop ppm -1
	refused 2 'ppm is given twice' \
		ipsecsim fault set isim0 drop ppm 1 ppm 2
	refused 2 'POINT is missing' ipsecsim fault set isim0
	refused 2 'usage: ipsecsim' ipsecsim
}

test_device() {
	local verb

	for verb in show sa stats "fault show"; do
		# shellcheck disable=SC2086
		refused 1 "lo: No port of an ipsecsim adapter in this network namespace (No such device)" \
			na ipsecsim $verb lo
	done
	refused 1 'no network device "isim9" in this namespace; did you mean "isim0"?' \
		na ipsecsim show isim9
	refused 1 'no network device "isim0" in this namespace' \
		nb ipsecsim fault clear isim0
}

test_fault() {
	says 'isim0: drop ppm 16 seed 9 spi 0x00001000  seen 0  hits 0  missed 0' \
		na ipsecsim fault set isim0 drop ppm 0x10 seed 9 spi 0x1000
	json_is '. == { dev: "isim0", faults: [ { point: "drop", ppm: 16, nth: 0,
		seed: 9, spi: 4096, seen: 0, hits: 0, missed: 0 } ] }' \
		na ipsecsim -j fault show isim0
	json_is '.faults == [ { point: "drop", ppm: 1000000, nth: 0, seed: 0,
		seen: 0, hits: 0, missed: 0 } ]' \
		na ipsecsim -j fault set isim0 drop
	json_is '.faults | map(.point) == ["drop", "admin-fail"] and
		(.[1] | .opcode == "sa-add" and .status == "full" and
		 .nth == 3 and .ppm == 0)' \
		na ipsecsim -j fault set isim0 admin-fail nth 3 status full \
		opcode sa-add
	says 'fault admin-fail nth 3 opcode sa-add status full' \
		na ipsecsim show isim0
	says 'hang nth 1 ' na ipsecsim fault set isim0 hang
	says 'rx-status ppm 1000000 status generic-error' \
		na ipsecsim fault set isim0 rx-status
	refused 1 'isim0: ppm: integer out of range, at most 1000000' \
		na ipsecsim fault set isim0 drop ppm 1000001
	refused 1 'isim0: spi: It means nothing to this fault point' \
		na ipsecsim fault set isim0 admin-lose spi 3
	refused 1 'isim0: spi: No packet has SPI 0' \
		na ipsecsim fault set isim0 drop spi 0
	refused 1 'isim0: opcode: Not a command that can be treated so' \
		na ipsecsim fault set isim0 admin-fail opcode txq-destroy
	refused 1 'isim0: opcode: Not a command that can be treated so' \
		na ipsecsim fault set isim0 admin-ignore opcode sa-add
	json_is '.faults | map(.point) ==
		["drop", "rx-status", "admin-fail", "hang"]' \
		na ipsecsim -j fault show isim0
	json_is '.faults == []' na ipsecsim -j fault clear isim0
}

test_permission() {
	json_is '.[0].dev == "isim0"' nobody ipsecsim -j list
	says 'isim0:' nobody ipsecsim show isim0
	says 'hw_tx_frames' nobody ipsecsim stats isim0
	json_is '.dev == "isim0"' nobody ipsecsim -j fault show isim0

	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim sa isim0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim sa isim0 handle 1
	refused 1 'this needs CAP_NET_ADMIN' \
		nobody ipsecsim fault set isim0 drop
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim fault clear isim0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim sa limits dev isim0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim policy isim0
	refused 1 'this needs CAP_NET_ADMIN' nobody ipsecsim policy flush dev isim0
	json_is '.faults | all(has("ppm") | not)' na ipsecsim -j fault show isim0
}

# All capabilities, but of a user namespace that does not own this network.
test_user_ns() {
	refused 1 'this needs CAP_NET_ADMIN' na unshare -Ur ipsecsim sa isim0
	refused 1 'this needs CAP_NET_ADMIN' \
		na unshare -Ur ipsecsim fault clear isim0
}

test_netlink() {
	local i

	i=$(na cat /sys/class/net/isim0/ifindex)
	request "1 do" "1 do 1=$i" "1 do 1=$i 2=0" "1 dump 1=$i" \
		"2 do" "2 do 1=$i" "2 dump" "2 dump 1=$i 2=1" "2 dump 1=1" \
		"3 do" "3 do 1=$i" "3 dump" "3 dump 1=$i 2=1" "4 do 2=1" \
		"4 do 1=$i" "9 do" "10 do" >"$tmp/got"
	# "do" of an attribute too many: the kernel's own words.
	sed -i '3s/ - .*/ - .../; 7s/ 1 / - /; 12s/ 1 / - /' "$tmp/got"
	diff - "$tmp/got" <<-END
		EINVAL 1 The request names no adapter: ifindex is missing
		OK -
		EINVAL - ...
		EINVAL - A dump of all adapters takes no ifindex
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL 2 The request names no SA: handle is missing
		EINVAL - The request names no adapter: ifindex is missing
		EINVAL - A dump of all SAs takes no handle
		ENODEV - No port of an ipsecsim adapter in this network namespace
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL 2 The request names no fault point
		EINVAL - The request names no adapter: ifindex is missing
		EINVAL - A dump of all fault points takes no point
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL 2 The request names no fault point
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL 1 The request names no adapter: ifindex is missing
	END
}

# Of commands that change something, and nothing has changed.
test_netlink_set() {
	local i in out

	i=$(na cat /sys/class/net/isim0/ifindex)
	sa_pair flush=1
	na ipsecsim -j sa isim0 >"$tmp/sa.json"
	in=$(sa_of in handle) out=$(sa_of out handle)
	na ipsecsim -j show isim0 >"$tmp/before"
	request "4 do 1=$i 2=10 8=0" "4 do 1=$i 2=9 9=0" "6 do 1=$i" \
		"6 do 1=$i 2=$in 7=1" "6 do 1=$i 2=$out 3=1" "6 do 1=$i 2=1 3=1" \
		"7 do 1=$i" "10 do 1=$i" "10 do 1=$i 2=1 14=1" "10 do 1=$i 2=$in" \
		"10 do 1=$i 2=$in 14=1" "10 do 1=$i 2=$out 14=1" "11 do" "13 do 1=$i" \
		"13 do 1=$i 6=isim1 12=lo" "16 do 1=$i" >"$tmp/got"
	diff - "$tmp/got" <<-END
		EINVAL - Success is no fault, give any other status
		EINVAL - Success is no fault, give any other status
		EINVAL - The request names no limit and no action
		EINVAL - The action is of the adapter: give no handle with it
		EINVAL - The SA is outbound, only inbound SAs raise delete requests
		ENOENT - The adapter has no SA of that handle
		EINVAL 2 The request names no SA: handle is missing
		EINVAL 2 The request names no SA: handle is missing
		ENOENT - The adapter has no SA of that handle
		EINVAL 14 The request has no high word: esn-hi is missing
		EINVAL - The SA has no epoch, only inbound SAs with ESN do
		EINVAL - The SA has no epoch, only inbound SAs with ESN do
		EINVAL 2 The request names no port: ifname is missing
		EINVAL 6 The request names no far end: peer-ifname is missing
		EINVAL - A wire has one far end: a peer or a lower device
		EINVAL - The request names no capability
	END
	na ipsecsim -j show isim0 | diff "$tmp/before" -
	sa_flush
}

# --- Seeds -------------------------------------------------------------------

# All frames of a run have been lost or have arrived.
settled() {
	traffic counters isim0 isim1
	[ $(($(counter a hw_wire_drop) + $(counter b hw_rx_frames))) -eq "$1" ]
}

marks() {
	[ "$(grep -ao END-OF-CAPTURE "$tmp/wire.pcap" | wc -l)" -eq "$1" ]
}

# One run, the Nth; a mark ends it.  Sets dropped and corrupted.
run_seed() {
	local sizes arrived

	traffic counters isim0 isim1
	arrived=$(counter b hw_rx_frames)
	dropped=$(counter a hw_wire_drop)
	corrupted=$(counter a hw_wire_corrupt)
	printf -v sizes '%*s' "$frames" ''
	sizes=${sizes// /,160}
	na ipsecsim fault set isim0 drop ppm 300000 seed "$2" >"$tmp/out"
	na ipsecsim fault set isim0 corrupt ppm 400000 seed "$2" >"$tmp/out"
	traffic send "$A4" "$B4" "${sizes#,}"
	wait_for settled $((dropped + arrived + frames))
	na ipsecsim fault clear isim0 >"$tmp/out"
	dropped=$(($(counter a hw_wire_drop) - dropped))
	corrupted=$(($(counter a hw_wire_corrupt) - corrupted))
	traffic mark isim0
	wait_for marks "$1"
}

# $tmp/run.N is what arrived in a run, without the 42 octets of headers: those
# differ from run to run.
split_runs() {
	tcpdump -ntq -xx -r "$tmp/wire.pcap" 2>"$tmp/err" |
		awk -v file="$tmp/run." '
			function flush_frame() {
				if (substr(hex, 25, 4) == "88b5")
					run++
				else if (hex)
					print substr(hex, 85) >(file run)
				hex = ""
			}
			BEGIN { run = 1 }
			/^[^\t ]/ { flush_frame() }
			/^[\t ]+0x/ { $1 = ""; gsub(/ /, ""); hex = hex $0 }
			END { flush_frame() }'
}

# The snapshot length is also what each frame takes of the capture's ring.
test_seed() {
	local dropped corrupted first recorder

	ip netns exec "$NSB" tcpdump -i isim1 -Q in -U --immediate-mode -Z root \
		-s 512 -w "$tmp/wire.pcap" 2>"$tmp/tcpdump.log" &
	recorder=$!
	wait_for -t 30 grep -q 'listening on' "$tmp/tcpdump.log"
	run_seed 1 7
	expect_ge "dropped" "$dropped" 5
	expect_ge "corrupted" "$corrupted" 5
	first="$dropped $corrupted"
	run_seed 2 7
	expect_eq "dropped and corrupted" "$dropped $corrupted" "$first"
	run_seed 3 8
	kill "$recorder"
	wait "$recorder" || true
	split_runs
	expect_eq "frames that arrived" "$(wc -l <"$tmp/run.1")" \
		$((frames - ${first% *}))
	cmp "$tmp/run.1" "$tmp/run.2"
	! cmp -s "$tmp/run.1" "$tmp/run.3" || fail "another seed, the same faults"
}

test_no_module() {
	isim_unload
	refused 1 'the module is not loaded; try: modprobe ipsecsim' ipsecsim list
}

[ -z "$SOFT" ] || { skip "the tool" "there is no module" && finish; }
isim_load adapters=2 queues=1 sa_capacity=$room
two_ports
# No multicast listener reports between the frames that are counted.
na sh -c 'echo 1 >/proc/sys/net/ipv6/conf/isim0/disable_ipv6'
nb sh -c 'echo 1 >/proc/sys/net/ipv6/conf/isim1/disable_ipv6'
traffic_start
check "words that are wrong" test_words
check "list" test_list
check "show" test_show
check "devices that are none" test_device
check "fault" test_fault
check "seeds repeat" test_seed
check "stats" test_stats
check "sa has the counters of the adapter" test_sa_counters
check "sa as text" test_sa_text
check "sa counts authentication failures" test_sa_auth_errors
check "sa with many, and by handle" test_sa_many
check "what nobody may do" test_permission
check "what root of another user namespace may do" test_user_ns
check "netlink requests that are wrong" test_netlink
check "the same, of what changes something" test_netlink_set
check "the far end in the same namespace" test_peer
traffic_stop
ns_del_all
check "without the module" test_no_module
finish
