#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# The life of policies: resets, counters, numbers, the table's end, what is shown and
# what is refused. What they stop: policy.sh.

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
# shellcheck source=lib_request.sh
. "$here/lib_request.sh"
[ -z "$SOFT" ] || { skip "policies of the adapter" "there is no module" && finish; }
require ip ethtool python3 jq ipsecsim

# --- Their life ------------------------------------------------------------------

test_reset() {
	local before first

	at "$1"
	policy src "$net4" dst "$net4" proto udp dport 10 action bypass
	policy src "$net4" dst "$net4" action protect
	first=$ID before=$(listed)
	wire flow,4,udp,5 0 5
	in_ns "$NS" ethtool --reset "$DEV" all >"$tmp/out"
	ports_up
	expect_eq "policies" "$(listed)" "$before"
	did "$first" 0 5
	wire flow,4,udp,5 0 5
	did "$first" 0 10
	[ "$DIR" = in ] || { flush && return; }
	# And the port going down and up; at the other end the frames' socket would not
	# stand it.
	ipb link set isim1 down
	ipb link set isim1 up
	ports_up
	wire flow,4,udp,5 0 5
	did "$first" 0 15
	flush
}

# Counters go on when other policies come and go; no number is given twice.
test_counters() {
	local first second

	at "$1"
	policy proto tcp action discard
	first=$ID
	policy proto udp action protect
	second=$ID
	wire flow,4,udp,5 0 5
	wire flow,4,tcp,3 0 0 3
	policy action bypass
	did "$first" 0 3
	did "$second" 0 5
	in_ns "$NS" ipsecsim policy del dev "$DEV" id "$first"
	did "$second" 0 5
	wire flow,4,tcp,5 5 0
	wire flow,4,udp,5 0 5
	did "$second" 0 10
	did "$ID" 5 0
	in_ns "$NS" ipsecsim policy del dev "$DEV" id "$second"
	wire flow,4,udp,5 5 0
	did "$ID" 10 0
	in_ns "$NS" ipsecsim policy del dev "$DEV" id "$ID"
	expect_eq "policies" "$(listed)" '[]'
	first=$ID
	policy action bypass
	expect_eq "number" "$ID" $((first + 1))
	flush
	policy action bypass
	expect_eq "number" "$ID" $((first + 2))
	flush
}

# Both directions are of one table.
test_full() {
	local i

	at out
	for ((i = 0; i < 62; i++)); do
		na ipsecsim policy add dev isim0 dir out dst "10.0.$i.0/24" \
			action discard >"$tmp/out"
	done
	policy dst 10.0.62.0/24 action discard
	na ipsecsim policy add dev isim0 dir in action bypass >"$tmp/out"
	ID=$((ID + 1))
	listed >"$tmp/before"
	expect_eq "policies" "$(jq length "$tmp/before")" 64
	expect_eq "numbers" "$(jq -c '[.[-1].id - .[0].id, (map(.id) == (map(.id) | sort))]' \
		"$tmp/before")" '[63,true]'
	refused 1 'isim0: The adapter holds 64 policies, and no more fit (No space left' \
		na ipsecsim policy add dev isim0 dir out action bypass
	refused 1 'The adapter holds 64 policies, and no more fit' \
		na ipsecsim policy add dev isim0 dir in action bypass
	expect_eq "policies" "$(listed)" "$(<"$tmp/before")"
	wire flow,4,udp,5 5 0
	na ipsecsim policy del dev isim0 id "$ID"
	policy action discard
	wire flow,4,udp,5 0 0 5
	flush
}

test_json() {
	local first

	at out
	policy src "$net4" dst 10.0.0.0/8 proto udp sport 7 dport 500 action bypass
	first=$ID
	at in
	policy dst "$net6" action protect
	in_ns "$NSB" ipsecsim policy add dev isim1 dir out proto 99 action discard \
		>"$tmp/text"
	expect_eq "text" "$(awk '{ $1 = $1; print }' "$tmp/text")" \
		"DEV ID DIR ACTION PASSED STOPPED SELECTOR
isim1 $((ID + 1)) out discard 0 0 proto 99"
	na ipsecsim -j policy show dev isim0 >"$tmp/json"
	jq -e ". == [{ dev: \"isim0\", id: $first, dir: \"out\", src: \"$net4\",
		dst: \"10.0.0.0/8\", proto: \"udp\", sport: 7, dport: 500,
		action: \"bypass\", passed: 0, stopped: 0 }]" "$tmp/json" ||
		fail "$(<"$tmp/json")"
	nb ipsecsim -j policy >"$tmp/json"
	jq -e ". == [{ dev: \"isim1\", id: $ID, dir: \"in\", src: \"::/0\",
		dst: \"$net6\", action: \"protect\", passed: 0, stopped: 0 },
		{ dev: \"isim1\", id: $((ID + 1)), dir: \"out\", proto: \"99\",
		action: \"discard\", passed: 0, stopped: 0 }]" "$tmp/json" ||
		fail "$(<"$tmp/json")"
	# All adapters whose port is in sight, by adapter and number.
	na ipsecsim add isim7 >/dev/null
	na ipsecsim -j policy add dev isim7 dir in action bypass >"$tmp/json"
	jq -e '.[0] | .dev == "isim7" and .id == 1 and (has("src") | not)' "$tmp/json"
	na ipsecsim -j policy show >"$tmp/json"
	expect_eq "devices" "$(jq -c 'map([.dev, .id])' "$tmp/json")" \
		"[[\"isim0\",$first],[\"isim7\",1]]"
	expect_eq "lines" "$(na ipsecsim policy show isim7 | wc -l)" 2
	[[ $(na ipsecsim policy isim7) = *' bypass '*' all' ]]
	na ipsecsim del isim7
	expect_eq "without isim7" "$(na ipsecsim -j policy | jq length)" 1
	flush
}

# --- What is refused ---------------------------------------------------------------

test_words() {
	local add=(ipsecsim policy add dev isim0 dir out)

	refused 2 'unknown order "ad"; did you mean "add"?' ipsecsim policy ad dev isim0
	refused 2 'unknown word "dri"; did you mean "dir"?' \
		ipsecsim policy add dev isim0 dri out
	refused 2 'unknown action "protekt"; did you mean "protect"?' \
		"${add[@]}" action protekt
	refused 2 'unknown dir "both"; there is: in, out' \
		ipsecsim policy add dev isim0 dir both
	refused 2 'unknown proto "upd"; did you mean "udp"?' "${add[@]}" proto upd
	refused 2 'proto needs a number from 1 to 255, not "256"' "${add[@]}" proto 256
	refused 2 'dport needs a number from 1 to 65535, not "0"' "${add[@]}" dport 0
	refused 2 'src needs an IP address, or one with / and a prefix length, not "10.0.0"' \
		"${add[@]}" src 10.0.0
	refused 2 'not "10.0.0.0/"' "${add[@]}" src 10.0.0.0/
	refused 2 'src and dst are one IPv4 and one IPv6' \
		"${add[@]}" src 10.0.0.0/8 dst ::/0
	refused 2 'action is missing; usage: ipsecsim policy' "${add[@]}"
	refused 2 'dir is missing' ipsecsim policy add dev isim0 action bypass
	refused 2 'dev is missing' ipsecsim policy flush
	refused 2 'id is missing' ipsecsim policy del dev isim0
	refused 2 'unknown word "id"; there is: dev' ipsecsim policy flush id 3
	refused 2 'src is given twice' "${add[@]}" src 10.0.0.0/8 src 10.0.0.0/8
	refused 2 'the value behind action is missing' "${add[@]}" action
	refused 1 'lo: No port of an ipsecsim adapter' na ipsecsim policy lo
	refused 1 'no network device "isim0"' nb ipsecsim policy flush dev isim0
}

# What the tool lets pass, and what it never asks
test_refused() {
	local add=(ipsecsim policy add dev isim0 dir out action discard) i

	at out
	policy dst 10.0.0.0/8 action discard
	listed >"$tmp/before"
	refused 1 'isim0: src: Bits of the address behind the prefix are set; they must be 0 (Invalid' \
		na "${add[@]}" src 10.0.0.1/31
	refused 1 'isim0: dst: Bits of the address behind the prefix are set' \
		na "${add[@]}" dst 2001:db8::1/64
	refused 1 'isim0: src: Longer than the address: up to 32 for IPv4, up to 128 for IPv6' \
		na "${add[@]}" src 10.0.0.1/33
	refused 1 'isim0: dport: Only TCP and UDP have ports: proto must be 6 or 17' \
		na "${add[@]}" dport 500
	refused 1 'isim0: sport: Only TCP and UDP have ports' na "${add[@]}" proto icmp sport 7
	refused 1 'isim0: proto: An extension header of IPv6; give the protocol behind' \
		na "${add[@]}" proto 44
	refused 1 'isim0: id: The adapter has no policy of that id (No such file' \
		na ipsecsim policy del dev isim0 id $((ID + 1))
	i=$(na cat /sys/class/net/isim0/ifindex)
	request "17 do 1=$i" "17 do 1=$i 2=$((ID + 1))" "17 dump 2=1" "17 dump 1=1" \
		"18 do 1=$i 4=1" "18 do 1=$i 3=1" "18 do 3=1 4=1" "19 do 1=$i" "20 do" \
		"18 do 1=$i 3=1 4=1 6=hex:0a000000 7=8" \
		"18 do 1=$i 3=1 4=1 5=1" \
		"18 do 1=$i 3=1 4=1 5=2 6=hex:0a000000" \
		"18 do 1=$i 3=1 4=1 5=2 9=8" \
		"18 do 1=$i 3=1 4=1 5=2 8=hex:0a0000 9=8" \
		"18 do 1=$i 3=1 4=1 5=10 8=hex:0a000000 9=8" \
		"18 do 1=$i 3=1 4=1 10=0" "18 do 1=$i 3=3 4=1" "18 do 1=$i 3=1 4=4" \
		"18 do 1=$i 3=1 4=1 10=17 11=hex:0000" >"$tmp/got"
	# Of a range: the kernel's own words.
	sed -i 's/^\(ERANGE\) - .*/\1/' "$tmp/got"
	diff - "$tmp/got" <<-END
		EINVAL 2 The request names no policy: id is missing
		ENOENT - The adapter has no policy of that id
		EINVAL - A dump of all policies takes no id
		ENODEV - No port of an ipsecsim adapter in this network namespace
		EINVAL 3 The request names no direction: dir is missing
		EINVAL 4 The request names no action: action is missing
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL 2 The request names no policy: id is missing
		EINVAL 1 The request names no adapter: ifindex is missing
		EINVAL - A prefix needs the family: AF_INET or AF_INET6
		EAFNOSUPPORT - Not a family that a policy can have: AF_INET or AF_INET6
		EINVAL - A prefix has an address and a length, and one of them is missing
		EINVAL - A prefix has an address and a length, and one of them is missing
		EINVAL - Not an address of the family: 4 octets for IPv4, 16 for IPv6
		EINVAL - Not an address of the family: 4 octets for IPv4, 16 for IPv6
		ERANGE
		ERANGE
		ERANGE
		ERANGE
	END
	expect_eq "policies" "$(listed)" "$(<"$tmp/before")"
	flush
}

isim_load adapters=2 queues=2
two_ports
still
traffic_start
frames_start isim0
for dir in out in; do
	judge "counters and numbers, $dir" test_counters "$dir"
	judge "a reset, $dir" test_reset "$dir"
done
judge "a full table" test_full
judge "text and JSON" test_json
judge "words that are wrong" test_words
judge "what is refused" test_refused
finish
