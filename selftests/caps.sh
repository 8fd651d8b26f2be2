#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# Capabilities of an adapter, switched off and on at run time: what is refused,
# what software takes over, and that nothing leaves in clear. isim1 does ESP in
# software, so what it captures is the wire.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_events.sh
. "$here/lib_events.sh"
require ip ethtool python3 jq tcpdump ping setpriv ipsecsim

# caps NAME on|off...: what is in force then goes to $tmp/caps
caps() {
	na ipsecsim caps set dev isim0 "$@" >"$tmp/caps"
}

caps_show() {
	na ipsecsim caps show dev isim0 >"$tmp/caps"
}

# cap_is NAME STATE: in $tmp/caps
cap_is() {
	[[ $(<"$tmp/caps") =~ $'\n    '"$1"\ +([a-z]+) ]]
	expect_eq "$1" "${BASH_REMATCH[1]}" "$2"
}

# The same SAs as requests for newsa.py and as words for sa_taken. One has an
# authentication algorithm of its own.
gcm='aead=rfc4106(gcm(aes)):160:128'
cbc=('enc=cbc(aes):128' 'auth=hmac(sha256):256:128')
cbc_words=(proto esp spi 0x77 enc "cbc(aes)" 0x000102030405060708090a0b0c0d0e0f
	auth-trunc "hmac(sha256)"
	0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128)

# sa_refused TEXT REQUEST...
sa_refused() {
	newsa_refused EINVAL "ipsecsim: $1" spi=0x77 "${@:2}"
}

sa_taken() {
	local args=''

	[[ " $* " = *" proto "* ]] || sa_args 0x77 128 128 args
	printf '%s\n' "xfrm state add src $A4 dst $B4 $args $* offload dev isim0 dir out" \
		"xfrm state delete dst $B4 proto esp spi 0x77" >"$tmp/taken.batch"
	ipa -batch "$tmp/taken.batch"
}

# The driver has read the capabilities, when a feature that goes with them moves.
obeyed() {
	wait_for try feature_is "$1" "$2"
}

test_show() {
	na ipsecsim -j caps show dev isim0 >"$tmp/out"
	jq -e '.dev == "isim0" and .sa_capacity > 0 and
		.caps.esp == "on" and .caps.transport == "on" and
		.caps.tunnel == "on" and .caps.ipv6 == "on" and
		.caps.esn == "on" and .caps.ah == "unsupported" and
		.caps["ah-esp"] == "unsupported" and
		(.caps | length) == 16 and .enc_algs["aes-gcm"] == "on" and
		.auth_algs.none == "on"' "$tmp/out" || fail "$(<"$tmp/out")"
	caps_show
	cap_is esn on
	cap_is ah unsupported
}

test_refuse() {
	refused 1 'isim0: caps: No adapter does AH: Linux has no way to offload it' \
		na ipsecsim caps set dev isim0 ah on
	refused 1 'No adapter does AH' na ipsecsim caps set dev isim0 esn off ah-esp on
	refused 1 'isim0: caps: The adapter does not do transport inside of tunnel mode: it can only be off' \
		na ipsecsim caps set dev isim0 esn off combined on
	caps_show
	cap_is esn on
	caps ah off combined off
	refused 2 'unknown capability "tunel"; did you mean "tunnel"?' \
		na ipsecsim caps set dev isim0 tunel off
	refused 2 'on or off is missing behind esn' \
		na ipsecsim caps set dev isim0 esn
	refused 2 'esn is given twice' na ipsecsim caps set dev isim0 esn off esn on
	refused 2 'unknown word "offf"; did you mean "off"?' \
		na ipsecsim caps set dev isim0 esn offf
	refused 2 'unknown word "sho"; did you mean "show"?' na ipsecsim caps sho isim0
	refused 2 'NAME is missing' na ipsecsim caps set dev isim0
	refused 1 'this needs CAP_NET_ADMIN' na setpriv --reuid 65534 --regid 65534 \
		--clear-groups --inh-caps=-all ipsecsim caps set dev isim0 esn off
	caps_show
	cap_is esn on
}

no_esn='Extended sequence numbers are switched off in the adapter'

# Decided when an SA is added: what is there goes on.
test_esn() {
	caps esn off
	cap_is esn off
	wait_for try sa_refused "$no_esn" "$gcm" esn=32
	sa_taken mode transport
	device_encrypts
	caps esn on
	wait_for sa_taken mode transport flag esn $(sa_dir out 32)
}

test_alg() {
	caps aes-gcm off
	cap_is aes-gcm off
	wait_for try sa_refused 'AEAD algorithm cannot be offloaded, it is missing or switched off in the adapter' \
		"$gcm"
	device_encrypts
	caps aes-gcm on aes-cbc off
	wait_for sa_taken mode transport
	sa_refused 'Encryption algorithm cannot be offloaded, it is missing or switched off in the adapter' \
		"${cbc[@]}"
	caps aes-cbc on
	wait_for sa_taken "${cbc_words[@]}" mode transport
}

test_auth_alg() {
	sa_taken "${cbc_words[@]}" mode transport
	caps hmac-sha256 off
	cap_is hmac-sha256 off
	wait_for try sa_refused 'Authentication algorithm cannot be offloaded, it is missing or switched off in the adapter' \
		"${cbc[@]}"
	sa_taken mode transport
	caps hmac-sha256 on none off
	wait_for sa_taken "${cbc_words[@]}" mode transport
	sa_refused 'AEAD algorithm cannot be offloaded, authentication algorithm none, which it goes with, is switched off in the adapter' \
		"$gcm"
	caps none on
	wait_for sa_taken mode transport
}

# One for each change that is one, and the port obeys when it comes.
test_events() {
	local changed='.event == "caps_changed" and .dev == "isim0"'

	monitor_start "$NSA" dev isim0
	caps esp off
	has_event "$changed"
	feature_is esp-hw-offload 'off \[requested on\]'
	caps esp off
	caps esp on esn off
	wait_for try feature_is esp-hw-offload on
	sa_refused "$no_esn" "$gcm" esn=32
	caps esn on
	wait_for sa_taken mode transport flag esn $(sa_dir out 32)
	wait_for events_are "$changed" 3
	monitor_stop
}

events_are() {
	[ "$(events "$1")" -eq "$2" ]
}

test_esp() {
	caps esp off
	obeyed esp-hw-offload 'off \[requested on\]'
	feature_is esp-tx-csum-hw-offload 'off*'
	software_encrypts
	sa_refused 'ESP is switched off in the adapter' "$gcm"
	expect_eq "SAs in the adapter" "$(count "$NSA" isim0 drv_sa_count)" 2
	caps esp on
	obeyed esp-hw-offload on
	device_encrypts
	sa_taken mode transport
}

test_csum() {
	caps tx-csum off
	obeyed esp-tx-csum-hw-offload 'off \[requested on\]'
	feature_is esp-hw-offload on
	device_encrypts
	caps tx-csum on
	obeyed esp-tx-csum-hw-offload on
	device_encrypts
}

test_lso() {
	local large

	large=$(count "$NSA" isim0 drv_tx_lso)
	wait_for count_above "$NSA" isim0 drv_tx_lso "$large"
	caps lso off
	obeyed tx-esp-segmentation 'off \[requested on\]'
	feature_is tx-tcp-segmentation 'off \[requested on\]'
	device_encrypts
	large=$(count "$NSA" isim0 drv_tx_lso)
	device_encrypts
	count_is "$NSA" isim0 drv_tx_lso "$large" ||
		fail "the port has a large packet cut though it is told not to"
	caps lso on
	obeyed tx-esp-segmentation on
	wait_for count_above "$NSA" isim0 drv_tx_lso "$large"
}

# software_takes CAP TEXT: both directions, and the port again when it is back;
# SAs are refused with TEXT meanwhile
software_takes() {
	local rx off

	caps "$1" off
	off=$(count "$NSA" isim0 hw_rx_esp_caps_off)
	wait_for sent_by_software
	wait_for count_above "$NSA" isim0 hw_rx_esp_caps_off "$off"
	rx=$(count "$NSA" isim0 hw_rx_esp)
	stream_moves
	count_is "$NSA" isim0 hw_rx_esp "$rx" ||
		fail "the port decrypts though it is told not to"
	sa_refused "$2" "$gcm"
	caps "$1" on
	wait_for sent_by_device
	esp_flows
}

sent_by_software() {
	local esp

	esp=$(count "$NSA" isim0 hw_tx_esp)
	stream_moves
	count_is "$NSA" isim0 hw_tx_esp "$esp"
}

sent_by_device() {
	! sent_by_software
}

test_transport() {
	software_takes transport 'Transport mode is switched off in the adapter'
	caps tunnel off ipv6 off
	esp_flows
	caps tunnel on ipv6 on
}

test_many() {
	local i

	for i in {1..4}; do
		caps esp off transport off
		caps esp on tx-csum off aes-gcm off
		caps transport on aes-gcm on tx-csum on
		stream_alive
	done
	obeyed esp-tx-csum-hw-offload on
	wait_for sent_by_device
	esp_flows
}

# An adapter that is reset keeps its capabilities, and its driver knows.
test_reset() {
	caps tx-csum off
	na ethtool --reset isim0 all >/dev/null
	obeyed esp-tx-csum-hw-offload 'off \[requested on\]'
	caps_show
	cap_is tx-csum off
	wait_for carrier "$NSA" isim0
	device_encrypts
	caps tx-csum on
	obeyed esp-tx-csum-hw-offload on
}

# rx_moves NAME COMMAND...: a counter of isim0 moves with the command
rx_moves() {
	local name=$1 before
	shift

	before=$(count "$NSA" isim0 "$name")
	"$@" >/dev/null
	wait_for count_above "$NSA" isim0 "$name" "$before"
}

test_options() {
	rx_moves hw_rx_esp nb ping -T tsonly -c 1 -W 10 "$A4"
	caps ipv4-options off
	rx_moves hw_rx_esp_caps_off nb ping -T tsonly -c 1 -W 10 "$A4"
	rx_moves hw_rx_esp traffic ping "$A4" "$B4" 56
	caps ipv4-options on
	rx_moves hw_rx_esp nb ping -T tsonly -c 1 -W 10 "$A4"
}

# A datagram behind a hop-by-hop header, to a port where nobody listens.
send_hopopts() {
	nb python3 - "$A6" <<-'END'
		import socket, sys

		IPV6_HOPOPTS = 54
		sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		sock.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS,
		                bytes([0, 0, 1, 4, 0, 0, 0, 0]))
		sock.sendto(b"x" * 100, (sys.argv[1], 7))
	END
}

test_exthdrs() {
	rx_moves hw_rx_esp send_hopopts
	caps ipv6-exthdrs off
	rx_moves hw_rx_esp_caps_off send_hopopts
	rx_moves hw_rx_esp traffic ping "$A6" "$B6" 56
	caps ipv6-exthdrs on
	rx_moves hw_rx_esp send_hopopts
}

test_ipv6() {
	local esp

	sa_pair b=sw outer=6 spi=0x2000
	traffic ping "$A6" "$B6" 56
	caps ipv6 off
	rx_moves hw_rx_esp_caps_off traffic ping "$A6" "$B6" 56
	wait_for v6_by_software
	sa_refused 'IPv6 is switched off in the adapter' "$gcm" \
		"src=$A6" "dst=$B6"
	caps ipv6 on
	wait_for v6_by_device
	test_exthdrs
	expect_eq "errors" "$(xfrm_errors "$NSA")" ''
}

v6_by_software() {
	local esp

	esp=$(count "$NSA" isim0 hw_tx_esp)
	traffic ping "$A6" "$B6" 56
	count_is "$NSA" isim0 hw_tx_esp "$esp"
}

v6_by_device() {
	! v6_by_software
}

test_tunnel() {
	sa_pair b=sw mode=tunnel spi=0x3000 flush=1
	traffic ping "$AI4" "$BI4" 56
	caps tunnel off
	rx_moves hw_rx_esp_caps_off traffic ping "$AI4" "$BI4" 56
	wait_for try sa_refused 'Tunnel mode is switched off in the adapter' \
		"$gcm" mode=tunnel
	caps tunnel on
	rx_moves hw_rx_esp traffic ping "$AI4" "$BI4" 56
}

# What is off when the driver binds can be switched on afterwards.
test_rebind() {
	local dev drv=/sys/bus/platform/drivers/ipsecsim

	ipsecsim add isim2 >/dev/null
	dev=$(ipsecsim -j show isim2 | jq -r '.[0].device')
	ipsecsim caps set dev isim2 esp off esn off >/dev/null
	echo "$dev" >"$drv/unbind"
	echo "$dev" >"$drv/bind"
	features_of_isim2 'off \[requested on\]'
	ipsecsim caps set dev isim2 esp on >/dev/null
	wait_for features_of_isim2 on
	ipsecsim -j caps show dev isim2 | jq -e '.caps.esn == "off"'
	ipsecsim del isim2
}

features_of_isim2() {
	ethtool -k isim2 | grep -qx "esp-hw-offload: $1"
}

# XFRM lets go of SAs, though their port does no ESP any more.
test_del() {
	sa_pair b=sw spi=0x4000 flush=1
	caps esp off
	obeyed esp-hw-offload 'off \[requested on\]'
	expect_eq "SAs in the adapter" "$(count "$NSA" isim0 drv_sa_count)" 2
	bounded 10 "the port to go" in_ns "$NSA" ipsecsim del isim0
	expect_eq "SAs left" "$(sas_left "$NSA")" 0
}

[ -z "$SOFT" ] || { skip "capabilities" "there is no module" && finish; }
isim_load adapters=2
two_ports
counts_by_traffic
sa_pair b=sw
stream_start "$NSA" "$NSB" "$B4"
capture_start "$NSB" isim1
newsa_start "$NSA"
check "caps show" test_show
check "what is refused" test_refuse
check "esn" test_esn
check "an encryption algorithm" test_alg
check "an authentication algorithm" test_auth_alg
check "esp" test_esp
check "events" test_events
check "tx-csum" test_csum
check "lso" test_lso
check "transport" test_transport
check "capabilities survive a reset" test_reset
check "off and on many times" test_many
check "nothing left in clear all the time" no_leak 100
stream_stop
check "ipv4-options" test_options
check "ipv6 and ipv6-exthdrs" test_ipv6
check "tunnel" test_tunnel
newsa_stop
check "a driver that binds later" test_rebind
check "an adapter with SAs goes while esp is off" test_del
finish
