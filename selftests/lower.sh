#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# A port wired to an ordinary network device: the far end, behind that, is
# software XFRM on a foreign device.
#
#	NSA                                      NSB
#	+--------------------------+             +--------------------+
#	|  isim0  192.0.2.1/24     |             |                    |
#	|    | wire                |    veth     |                    |
#	|  low0 <------------------+------------>|  low1 192.0.2.2/24 |
#	+--------------------------+             +--------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 jq ping tcpdump ipsecsim

# far_end WANT: what isim0 is connected to: "peer", "lower NAME", or "-"
far_end() {
	local show got='?'

	show=$(na ipsecsim show isim0)
	case $show in
	*', wired to '*'lower device:'*)
		got="lower ${show#*', wired to '}" got=${got%%$'\n'*}
		;;
	*', wired to '*) got=peer ;;
	*', not wired'*) got=- ;;
	esac
	expect_eq "far end" "$got" "$1"
}

lower_count() {
	local show

	show=$(na ipsecsim show isim0)
	[[ $show =~ $1\ ([0-9]+) ]] || fail "no $1 in $show"
	echo "${BASH_REMATCH[1]}"
}

# What a lower device is told and left as.
promiscuity() {
	local show

	show=$(ipa -d link show dev "$1")
	[[ $show =~ promiscuity\ ([0-9]+) ]]
	expect_eq "promiscuity of $1" "${BASH_REMATCH[1]}" "$2"
}

gro() {
	[[ $(na ethtool -k "$1") = *$'\n'"generic-receive-offload: $2"* ]] ||
		fail "GRO of $1 is not $2"
}

veth_up() {
	ip link add low0 netns "$NSA" type veth peer name low1 netns "$NSB"
	ipa link set low0 addrgenmode none
	na ethtool -K low0 gro on
	ipa link set low0 up
	port_up "$NSB" low1 b "$(mac_of "$NSA" isim0)"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" low1)"
}

test_wire() {
	na ipsecsim wire isim0 dev low0 >"$tmp/out"
	far_end "lower low0"
	na ipsecsim -j show isim0 >"$tmp/json"
	jq -e '.[0].lower | .dev == "low0" and .tx_dropped == 0 and .rx_dropped == 0' \
		"$tmp/json" || fail "$(<"$tmp/json")"
	wait_for carrier "$NSA" isim0
	promiscuity low0 1
	gro low0 off
	# Once more is no error, and no second hold.
	na ipsecsim wire isim0 dev low0 >/dev/null
	promiscuity low0 1
	[[ $(na ipsecsim list) = *low0* ]]
}

# GRO would look for SAs of its own, before the adapter gets the packet.
test_gro() {
	ipa link add low2 type veth peer name low3
	ipa link add link low2 name vlan9 type vlan id 9
	na ethtool -K low2 gro on
	na ipsecsim add isim7 >/dev/null
	refused 1 'A device that the lower device is stacked on merges packets' \
		na ipsecsim wire isim7 dev vlan9
	promiscuity vlan9 0
	na ethtool -K low2 gro off
	gro vlan9 on
	na ipsecsim wire isim7 dev vlan9 >/dev/null
	gro vlan9 off
	# What is switched on later is switched off again, above and below.
	na ethtool -K vlan9 gro on 2>/dev/null
	na ethtool -K low2 gro on
	wait_for try gro low2 off
	wait_for try gro vlan9 off
	na ipsecsim wire isim7 none >/dev/null
	gro vlan9 on
	na ipsecsim del isim7
	ipa link del low2
}

test_carrier() {
	ipb link set low1 down
	wait_for no_carrier "$NSA" isim0
	ipb link set low1 up
	wait_for carrier "$NSA" isim0
	ipa link set low0 down
	wait_for no_carrier "$NSA" isim0
	ipa link set low0 up
	wait_for carrier "$NSA" isim0
	port_up "$NSB" low1 b "$(mac_of "$NSA" isim0)"
}

# The veth leaves checksums and segmentation to whoever receives.
test_plain() {
	traffic ping "$A4" "$B4" 1,64,1472,4000
	traffic ping "$A6" "$B6" 1,64,1452,4000
	traffic udp "$A4" "$B4" 1,100,1472,3000
	traffic tcp "$A4" "$B4" 400000
	traffic tcp "$A6" "$B6" 100000
	expect_eq "rx-dropped" "$(lower_count rx-dropped)" 0
}

# esp WORD...: traffic with these SAs, which the adapter does at its end
esp() {
	local tx rx

	sa_pair b=sw "$@" flush=1
	tx=$(count "$NSA" isim0 hw_tx_esp)
	rx=$(count "$NSA" isim0 hw_rx_esp)
	traffic ping "$src" "$dst" 1,100,1300
	traffic tcp "$src" "$dst" 100000
	expect_ge "packets encrypted by the adapter" \
		"$(count "$NSA" isim0 hw_tx_esp)" $((tx + 50))
	expect_ge "packets decrypted by the adapter" \
		"$(count "$NSA" isim0 hw_rx_esp)" $((rx + 50))
	traffic errors
	expect_eq "errors of both ends" "${REPLY#ok}" ''
	sa_flush
}

test_esp_transport() {
	local src=$A4 dst=$B4

	esp mode=transport spi=0x1000
	src=$A6 dst=$B6
	esp mode=transport outer=6 spi=0x1100
}

test_esp_tunnel() {
	local src=$AI4 dst=$BI4

	esp mode=tunnel esn=1 spi=0x1200
}

# The veth takes the tag out of the frame: it has to be back for the adapter.
test_vlan() {
	ipa -batch - <<-END
		link add link isim0 name vlan7 type vlan id 7
		link set vlan7 up
		addr add 192.0.3.1/24 dev vlan7
	END
	ipb -batch - <<-END
		link add link low1 name vlan7 type vlan id 7
		link set vlan7 up
		addr add 192.0.3.2/24 dev vlan7
	END
	traffic ping 192.0.3.1 192.0.3.2 1,1000
	traffic tcp 192.0.3.1 192.0.3.2 100000
	ipa link del vlan7
	ipb link del vlan7
}

# Too long for the lower device: lost and counted, and nothing else.
test_mtu() {
	local lost

	lost=$(lower_count tx-dropped)
	ipa link set low0 mtu 1000
	! na ping -c 1 -W 1 -s 1200 "$B4" >/dev/null || fail "it went through"
	[ "$(lower_count tx-dropped)" -gt "$lost" ] || fail "it is not counted"
	traffic ping "$A4" "$B4" 900
	ipa link set low0 mtu 1500
	traffic ping "$A4" "$B4" 1400
}

# What a foreign device may become while it is a lower device.
test_type() {
	ipa tuntap add dev tap7 mode tap
	na ipsecsim add isim7 >/dev/null
	na ipsecsim wire isim7 dev tap7 >/dev/null
	na python3 - <<-'END'
		import errno, fcntl, struct

		TUNSETIFF, TUNSETLINK, IFF_TAP, ARPHRD_PPP = 0x400454ca, 0x400454cd, 2, 512
		with open("/dev/net/tun", "rb") as tap:
		    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH14x", b"tap7", IFF_TAP))
		    try:
		        fcntl.ioctl(tap, TUNSETLINK, ARPHRD_PPP)
		    except OSError as err:
		        assert err.errno == errno.EBUSY, err
		    else:
		        raise SystemExit("tap7 is no Ethernet device any more")
	END
	ipa link del tap7
	na ipsecsim del isim7
}

# Seven VLANs in each other on one device: as deep as the core lets it be. And one
# whose device is in another namespace.
refuse_stacks() {
	local i

	ipa link add nest0 type dummy
	for i in {1..7}; do
		ipa link add link "nest$((i - 1))" name "nest$i" type vlan id "$i"
		na ethtool -K "nest$((i - 1))" gro off
	done
	refused 1 'The lower device cannot be put below this port (Too many links)' \
		na ipsecsim wire isim0 dev nest7
	promiscuity nest7 0
	ipa link del nest0

	ipb link add far0 type dummy
	ipb link add link far0 name far1 netns "$NSA" type vlan id 7
	refused 1 'The lower device is stacked on a device of another network namespace (Operation not supported)' \
		na ipsecsim wire isim0 dev far1
	promiscuity far1 0
	ipb link del far0
}

test_refuse() {
	ipa -batch - <<-END
		link add link isim0 name vlan7 type vlan id 7
		link add br0 type bridge
		link add br1 type bridge
		link add dum0 type dummy
		link set dum0 master br0
	END
	refused 1 'isim0: lower-ifname: A port is no lower device' \
		na ipsecsim wire isim0 dev isim0
	refused 1 'isim0: lower-ifname: The lower device is stacked on a port of an adapter' \
		na ipsecsim wire isim0 dev vlan7
	refused 1 'The lower device belongs to a bridge' \
		na ipsecsim wire isim0 dev dum0
	refused 1 'Not an Ethernet device' na ipsecsim wire isim0 dev lo
	refused 1 'No such network device in this network namespace' \
		na ipsecsim wire isim0 dev low1
	refused 1 'did you mean "low0"?' na ipsecsim wire isim0 dev low1
	refused 2 'LOWER is missing' na ipsecsim wire isim0 dev
	refused 2 'one word too many' na ipsecsim wire isim0 dev low0 low1
	refuse_stacks
	# A bridge above the port, then as its lower device.
	ipa link set vlan7 master br0
	refused 1 'is stacked on a port' na ipsecsim wire isim0 dev br0
	# One device, one adapter.
	na ipsecsim add isim7 >/dev/null
	refused 1 'The lower device belongs to' na ipsecsim wire isim7 dev low0
	# What is below the port cannot be put above it.
	na ipsecsim wire isim7 dev br1 >/dev/null
	! ipa link set isim7 master br1 2>/dev/null ||
		fail "isim7 is in the bridge that is below it"
	na ipsecsim del isim7
	ipa -batch - <<-END
		link del br0
		link del br1
		link del vlan7
		link del dum0
	END
	far_end "lower low0"
	traffic ping "$A4" "$B4" 100
}

# Back to an adapter and to the device, with ESP flowing; nothing in clear.
test_rewire() {
	local i

	for i in {1..4}; do
		na ipsecsim wire isim0 none >/dev/null
		if [ "$i" = 1 ]; then
			promiscuity low0 0
			gro low0 on
		fi
		na ipsecsim wire isim0 isim1 netns "$NSC" >/dev/null
		[ "$i" != 1 ] || far_end peer
		na ipsecsim wire isim0 dev low0 >/dev/null
	done
	wait_for carrier "$NSA" isim0
	esp_flows
	no_leak 20
}

# gone COMMAND...: the lower device goes, with ESP flowing; another takes over.
gone() {
	stream_moves
	"$@"
	wait_for no_carrier "$NSA" isim0
	far_end -
	na ping -f -q -c 50 -w 1 "$B4" >/dev/null || true
	! ipb link show low1 >/dev/null 2>&1 || ipb link del low1
	veth_up
	na ipsecsim wire isim0 dev low0 >/dev/null
	wait_for carrier "$NSA" isim0
	esp_flows
}

test_deleted() {
	gone ipa link del low0
}

test_moved() {
	gone ipa link set low0 netns "$NSC"
}

# The port may go elsewhere: the lower device stays below it.
test_port_moves() {
	ipa link set isim0 netns "$NSC"
	port_up "$NSC" isim0 a "$(mac_of "$NSB" low1)"
	ip netns exec "$NSC" ping -c 1 -W 10 "$B4" >/dev/null
	[[ $(ip netns exec "$NSC" ipsecsim show isim0) = *'a lower device in another namespace'* ]]
	ip -n "$NSC" link set isim0 netns "$NSA"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" low1)"
	traffic ping "$A4" "$B4" 100
}

# flood COMMAND...: from both ends, while the command runs
flood() {
	local pids=()

	na ping -f -q -c 3000 -w 4 -W 1 "$B4" >/dev/null &
	pids+=($!)
	nb ping -f -q -c 3000 -w 4 -W 1 "$A4" >/dev/null &
	pids+=($!)
	wait_for count_above "$NSA" isim0 hw_rx_frames \
		$(($(count "$NSA" isim0 hw_rx_frames) + 50))
	"$@"
	wait "${pids[@]}" || true
}

test_adapter_deleted() {
	na ipsecsim add isim7 >/dev/null
	ipa link set isim7 up
	na ipsecsim wire isim7 dev low0 >/dev/null || true
	flood na ipsecsim del isim0
	promiscuity low0 0
	gro low0 on
	# Free for others.
	na ipsecsim wire isim7 dev low0 >/dev/null
	na ipsecsim del isim7
}

test_unbind() {
	na ipsecsim add isim0 >/dev/null
	port_up "$NSA" isim0 a "$(mac_of "$NSB" low1)"
	port_up "$NSB" low1 b "$(mac_of "$NSA" isim0)"
	na ipsecsim wire isim0 dev low0 >/dev/null
	wait_for carrier "$NSA" isim0
	flood unbind
	promiscuity low0 0
	echo "$device" >/sys/bus/platform/drivers/ipsecsim/bind
	wait_for has_ports isim0
	ip link set isim0 netns "$NSA"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" low1)"
	port_up "$NSB" low1 b "$(mac_of "$NSA" isim0)"
	far_end -
	na ipsecsim wire isim0 dev low0 >/dev/null
	wait_for carrier "$NSA" isim0
	traffic ping "$A4" "$B4" 100
}

unbind() {
	device=$(na ipsecsim -j show isim0 | jq -r '.[0].device')
	echo "$device" >/sys/bus/platform/drivers/ipsecsim/unbind
}

test_unload() {
	flood isim_unload
	promiscuity low0 0
	gro low0 on
}

[ -z "$SOFT" ] || { skip "lower devices" "there is no module" && finish; }
isim_load adapters=2 queues=2
ns_new NSA
ns_new NSB
ns_new NSC
ip link set isim0 netns "$NSA"
ip link set isim1 netns "$NSC"
ip -n "$NSC" link set isim1 up
veth_up
counts_by_traffic
check "a port wired to a network device" test_wire
check "its carrier follows" test_carrier
check "GRO stays off, on devices below, too" test_gro
check "plain traffic" test_plain
check "ESP in transport mode" test_esp_transport
check "ESP in tunnel mode" test_esp_tunnel
check "VLAN tags" test_vlan
check "frames too long for the lower device" test_mtu
check "what is refused" test_refuse
if have_tun; then
	check "a lower device stays an Ethernet device" test_type
else
	skip "a lower device stays an Ethernet device" "no tun device"
fi
check "the port in another namespace" test_port_moves
sa_pair b=sw
stream_start "$NSA" "$NSB" "$B4"
capture_start "$NSB" low1
check "wired back and forth with traffic" test_rewire
check "the lower device deleted with traffic" test_deleted
check "the lower device moved with traffic" test_moved
stream_stop
sa_flush
check "the adapter deleted with traffic" test_adapter_deleted
check "the driver unbound with traffic" test_unbind
check "unloaded with traffic" test_unload
finish
