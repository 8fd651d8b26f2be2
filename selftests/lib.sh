# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every test file here stands on.  A file sources this, calls "check" for
# each of its tests, and ends with "finish".  It runs alone as root: it loads
# the module when that is absent, and removes whatever it made.
#
#	NSA (namespace)                            NSB
#	+--------------------------+               +--------------------------+
#	|  isim0  192.0.2.1/24     |               |  isim1  192.0.2.2/24     |
#	|         2001:db8::1/64   |<--- wire ---->|         2001:db8::2/64   |
#	|  inner  198.51.100.1     |               |  inner  198.51.100.2     |
#	|         2001:db8:1::1    |               |         2001:db8:1::2    |
#	+--------------------------+               +--------------------------+
#
# Results
#   check NAME COMMAND [ARG]...  one TAP line; COMMAND (mostly a function) runs
#                       in a subshell under "set -e"; its output is shown if
#                       it fails.  Always returns 0.  Variables that it sets
#                       are lost, namespaces and devices that it makes stay.
#   skip NAME WHY       a TAP line with "# SKIP WHY"
#   diag TEXT           a comment line of the TAP output
#   fail TEXT           in a check: say why and end it
#   expect_eq WHAT GOT WANT, expect_ge WHAT GOT MIN   numbers or strings
#   finish              last line of every file; exit status 0, 1 or 4
# Tools and the module
#   require TOOL...     without them end the file, and name the packages
#   skip_missing NAME WHAT   skip a test for want of something that can be installed
#   isim_load [PARAM=VALUE]...   load the module unless it is there with these
#                       parameters (replaces one with others)
#   isim_unload         remove it (every namespace of ours first: ns_del_all)
#   isim_insmod [PARAM=VALUE]... bare insmod/modprobe, for tests of loading
# Namespaces and ports
#   ns_new VAR          a new namespace; its unique name goes into VAR
#   ns_del NAME...      delete them; the ports are back in ours on return
#   ns_del_all          the same for all that this file made
#   two_ports           $NSA with isim0, $NSB with isim1, as in the picture
#   port_up NS DEV a|b [PEERDEV-MAC]   (re)configure one end after down or move
#   carrier NS DEV      has it, and can send; no_carrier NS DEV
#   mtu BYTES           of both ports
#   na, nb COMMAND...   run in NSA, NSB;   ipa, ipb ARG...   "ip" there
# Security associations
#   sa_pair [NAME=VALUE]...  SAs and policies for both directions on both ends:
#        a=hw|sw b=hw|sw           which end offloads (default both hw)
#        mode=transport|tunnel  outer=4|6  inner=4|6 (default as outer)
#        key=128|192|256  icv=64|96|128  esn=0|1  window=N (default 32)
#        spi=N (A to B; B to A has N+1)  reqid=N
#        state='...'  more words for each "ip xfrm state add"
#        out_state='...' in_state='...'   for the outbound, the inbound ones
#        flush=1   delete what both ends had first
#   sa_flush            delete SAs and policies on both ends
#   addresses MODE      sets src dst li ri ("-" in transport mode): transport4,
#                       tunnel4in6 (outer 6) and so on
#   sa_state NS SPI     "ip -s xfrm state" of that SA
#   keymat SPI BITS [VAR]    the key and salt that sa_pair gives that SA (0x...)
#   sa_args SPI BITS ICV [VAR]   "proto esp spi ... aead ...", for "ip xfrm state"
#                       (into VAR instead of printed)
#   sa_dir in|out WINDOW     "replay-window WINDOW", or what newer kernels want
#                       in its place: "dir out", "dir in replay-window WINDOW"
#   offload DEV DIR     "offload dev DEV dir DIR" (empty with SOFT=1)
# Observing
#   hw NS DEV NAME      a counter of "ethtool -S"
#   xfrm_stat NS NAME   a counter of /proc/net/xfrm_stat
#   xfrm_errors NS      the non-zero ones, "Name=value Name=value", or nothing
#   wait_for [-t SECONDS] COMMAND...   poll until it succeeds; default 10 s,
#                       four times as long with KSFT_MACHINE_SLOW=yes
#   counters_mark       remember all counters of both ends, then
#   counters            read them again, for
#   counter_moved END.NAME N   by how much one has moved; END is a or b
#   device_did a|b hw|sw N M   the device of that end encrypted N packets and
#                       decrypted M, or none if it is a software end
#   no_xfrm_errors      and nothing in xfrm_stat has moved
#   pid_gone PID        for wait_for: has the process ended?
#   kernel_since MAJOR MINOR   for what differs in the core's behaviour
#   splats              kernel messages since the start that tell of a bug
# Traffic (one process that stays up, see traffic.py; one reply a command)
#   traffic_start       between NSA and NSB; needs two_ports
#   traffic_stop
#   traffic WORD...     sets REPLY; fails unless it starts with "ok"
#        ping SRC DST SIZE[,SIZE]... | tcp SRC DST BYTES | udp SRC DST SIZE,...
#        Everything goes A to B and back, and is compared byte by byte.
#        See traffic.py for the rest.
#
# Environment
#   IPSECSIM_KO         the module file; without it: modprobe ipsecsim
#   KSFT_MACHINE_SLOW=yes    longer bounds
#   ISIM_STRICT=yes     what is missing on the machine is a failure, not a skip
#   SOFT=1              self-check of the judges: a veth pair in place of the
#                       ports, no offload.  What software XFRM does must pass.

set -euo pipefail
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=$(basename "$0")
tmp=$(mktemp -d "/tmp/isim-${file%.sh}.XXXXXX")
SOFT=${SOFT:-}
slow=1
[ "${KSFT_MACHINE_SLOW:-}" != yes ] || slow=4

# --- Results ---------------------------------------------------------------

ksft_num=0 ksft_pass=0 ksft_fail=0 ksft_skip=0 ksft_done=''

diag() {
	local line

	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <<<"$*"
}

result() {
	ksft_num=$((ksft_num + 1))
	echo "$1 $ksft_num $2"
	case "$1 $2" in
	'not ok'*) ksft_fail=$((ksft_fail + 1)) ;;
	*'# SKIP'*) ksft_skip=$((ksft_skip + 1)) ;;
	*) ksft_pass=$((ksft_pass + 1)) ;;
	esac
}

check() {
	local name=$1 rc
	shift

	# Not in a condition, or "set -e" would be off inside.
	set +e
	(
		set -e
		"$@"
	) >"$tmp/check.log" 2>&1
	rc=$?
	set -e
	if [ "$rc" -eq 0 ]; then
		result ok "$name"
	else
		diag "$(<"$tmp/check.log")"
		result 'not ok' "$name"
	fi
}

skip() {
	result ok "$1 # SKIP $2"
}

fail() {
	echo "$*"
	exit 1
}

expect_eq() {
	[ "$2" = "$3" ] || fail "$1: got '$2', want '$3'"
}

expect_ge() {
	[ "$2" -ge "$3" ] || fail "$1: got $2, want at least $3"
}

finish() {
	ksft_done=1
	exit
}

# The one EXIT trap: clean up, audit, print the totals.
at_exit() {
	local rc=$? bad

	trap '' INT TERM HUP
	set +e
	if [ -z "$ksft_done" ]; then
		diag "ended before its end, status $rc"
		result 'not ok' "$file ran to its end"
	fi
	clean_up >"$tmp/clean.log" 2>&1 || {
		diag "$(<"$tmp/clean.log")"
		result 'not ok' "$file cleaned up"
	}
	bad=''
	[ -z "$kmsg_marked" ] || bad=$(splats)
	[ -z "$bad" ] || diag "$bad"
	result "$([ -z "$bad" ] && echo ok || echo 'not ok')" \
		"kernel log is clean"
	rm -rf "$tmp"
	echo "1..$ksft_num"
	echo "# Totals: pass:$ksft_pass fail:$ksft_fail xfail:0 xpass:0" \
		"skip:$ksft_skip error:0"
	[ "$ksft_fail" -eq 0 ] || exit 1
	# The audit alone is no pass.
	[ "$ksft_pass" -gt 1 ] || exit 4
	exit 0
}

# Functions that files and libraries add, to clean up before all else or behind it
clean_first=() clean_last=()

clean_up() {
	local rc=0 step

	traffic_stop
	for step in "${clean_first[@]}" ns_del_all isim_restore "${clean_last[@]}"; do
		"$step" || rc=1
	done
	return "$rc"
}

# --- Kernel log ------------------------------------------------------------

splat_re='\] RIP: |Call Trace:|BUG: |WARNING: |KASAN|UBSAN:|Oops|refcount_t:'
splat_re+='|kernel panic|unreferenced object|ref_tracker: |general protection'
splat_re+='|INFO: task .* blocked|detected stall|possible .* detected'
splat_re+='|suspicious RCU|unregister_netdevice: waiting|NETDEV WATCHDOG'
# "DMA-API: DRIVER DEVICE: ..."; without the two dma-debug tells of itself, such as
# that an allocation of its own failed.
splat_re+='|DMA-API: [^ ]+ [^ ]+: '
# After 60 s there may be packets that an idle CPU has yet to free for another
# (skb_attempt_defer_free()). What is missing after 120 s is lost.
splat_re+='|stalled pool shutdown.* [0-9][0-9][0-9]+ sec'
splat_re+='|scheduling while atomic'
kmsg_mark="ipsecsim-selftest: $file begins ($$)"

# What came before the mark is not ours; if the mark was lost, all is.
splats() {
	dmesg | awk -v mark="$kmsg_mark" '
		{ line[++n] = $0 }
		index($0, mark) { n = 0 }
		END { for (i = 1; i <= n; i++) print line[i] }' |
		grep -E -m 20 -A 5 "$splat_re" || true
}

# --- Waiting ---------------------------------------------------------------

wait_for() {
	local secs=10 end

	if [ "$1" = -t ]; then
		secs=$2
		shift 2
	fi
	end=$((SECONDS + secs * slow + 1))
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "gave up waiting for: $*"
			return 1
		fi
		read -r -t 0.05 <>"$tmp/never" || true
	done
}

# large_packets NS: TCP sends packets of many segments, however slow the machine is
large_packets() {
	ip netns exec "$1" sysctl -qw net.ipv4.tcp_min_tso_segs=40
}

# Are there tun and tap devices?
have_tun() {
	modprobe -q tun && [ -e /dev/net/tun ]
}

# Or a zombie, until our shell reaps it.
pid_gone() {
	! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

# kernel_since MAJOR MINOR: does it run that version or a later one?
kernel_since() {
	local major minor

	IFS=.- read -r major minor _ < <(uname -r)
	[ $((major * 1000 + minor)) -ge $(($1 * 1000 + $2)) ]
}

# --- Tools and the module --------------------------------------------------

package_of() {
	case $1 in
	ip | tc | ss | nstat | devlink | genl) echo iproute2 ;;
	ping) echo iputils-ping ;;
	dmesg | unshare | nsenter | flock | setpriv | taskset) echo util-linux ;;
	insmod | rmmod | modprobe | modinfo) echo kmod ;;
	ipsecsim) echo "the ipsecsim tool: make install" ;;
	awk) echo mawk ;;
	*) echo "$1" ;;
	esac
}

# lacks WHAT: the end of a file on a machine without it. Where everything has to be
# there, that is a failure.
lacks() {
	skip_missing "$file" "$1"
	finish
}

skip_missing() {
	if [ "${ISIM_STRICT:-}" = yes ]; then
		diag "$2"
		result 'not ok' "$1: the machine has what it takes"
	else
		skip "$1" "$2"
	fi
}

require() {
	local tool missing=''

	for tool in "$@"; do
		command -v "$tool" >/dev/null ||
			missing+=" $tool ($(package_of "$tool"))"
	done
	[ -z "$missing" ] || lacks "missing:$missing"
}

isim_loaded() {
	[ -d /sys/module/ipsecsim ]
}

isim_params() {
	local f

	for f in /sys/module/ipsecsim/parameters/*; do
		[ ! -r "$f" ] || echo "${f##*/}=$(<"$f")"
	done
}

isim_insmod() {
	local dep

	if [ -z "${IPSECSIM_KO:-}" ]; then
		modprobe ipsecsim "$@"
		return
	fi
	for dep in $(modinfo -F depends "$IPSECSIM_KO" | tr , ' '); do
		modprobe "$dep"
	done
	insmod "$IPSECSIM_KO" "$@"
}

# What was loaded when we came, to be put back.
isim_was=''
if [ -z "$SOFT" ] && isim_loaded; then
	isim_was=$(isim_params) isim_was=${isim_was:-adapters=2}
fi
# A file: what is loaded is ours, and check's subshells load too.
isim_ours=$tmp/loaded

soft_veth() {
	local i

	for i in 0 2; do
		[ ! -e "/sys/class/net/isim$i" ] || continue
		[ "$i" = 0 ] || [[ " $* " = *' adapters=4 '* ]] || continue
		ip link add "isim$i" type veth peer name "isim$((i + 1))"
	done
}

isim_load() {
	local p have

	if [ -n "$SOFT" ]; then
		soft_veth "$@"
		return
	fi
	if isim_loaded; then
		have=" $(isim_params | tr '\n' ' ') "
		[ ! -e "$isim_ours" ] || have=" $(<"$isim_ours") "
		if [ -e "$isim_ours" ]; then
			[ "$have" != " $* " ] || return 0
		else
			for p in "$@"; do
				[[ $have = *" $p "* ]] || have=''
			done
			[ -z "$have" ] || return 0
		fi
		isim_unload
	fi
	isim_insmod "$@"
	echo "$*" >"$isim_ours"
	wait_for test -e /sys/class/net/isim1
}

isim_unload() {
	if [ -n "$SOFT" ]; then
		ip link del isim0 2>/dev/null || true
		ip link del isim2 2>/dev/null || true
		return 0
	fi
	rm -f "$isim_ours"
	isim_loaded || return 0
	rmmod ipsecsim
}

isim_restore() {
	if [ -n "$SOFT" ]; then
		isim_unload
		return
	fi
	if [ -z "$isim_was" ]; then
		isim_unload
	elif [ -e "$isim_ours" ] || ! isim_loaded; then
		isim_unload
		# shellcheck disable=SC2086
		isim_insmod $isim_was
	fi
}

# --- Namespaces and ports --------------------------------------------------

ns_prefix=isim-$$-

ns_new() {
	local n=0

	while [ -e "/run/netns/$ns_prefix$n" ]; do n=$((n + 1)); done
	ip netns add "$ns_prefix$n"
	ip -n "$ns_prefix$n" link set lo up
	printf -v "$1" %s "$ns_prefix$n"
}

has_ports() {
	local i

	for i in "$@"; do
		[ -e "/sys/class/net/$i" ] || return 1
	done
}

ns_del() {
	local ns ports='' pids

	for ns in "$@"; do
		pids=$(ip netns pids "$ns")
		# shellcheck disable=SC2086
		[ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
		ports+=" $(ip -n "$ns" -o link show |
			sed -n 's/^[0-9]*: \(isim[0-9]*\)[:@].*/\1/p')"
		ip netns del "$ns"
	done
	# They come home when the last user of the namespace is gone.
	# shellcheck disable=SC2086
	[ -n "$SOFT" ] || ! isim_loaded || wait_for has_ports $ports
}

ns_del_all() {
	local f list=()

	for f in "/run/netns/$ns_prefix"*; do
		[ ! -e "$f" ] || list+=("${f##*/}")
	done
	[ "${#list[@]}" -eq 0 ] || ns_del "${list[@]}"
}

NSA='' NSB=''
A4=192.0.2.1 B4=192.0.2.2 A6=2001:db8::1 B6=2001:db8::2
AI4=198.51.100.1 BI4=198.51.100.2 AI6=2001:db8:1::1 BI6=2001:db8:1::2

na() { ip netns exec "$NSA" "$@"; }
nb() { ip netns exec "$NSB" "$@"; }
ipa() { ip -n "$NSA" "$@"; }
ipb() { ip -n "$NSB" "$@"; }

mac_of() {
	ip ${1:+-n "$1"} -o link show dev "$2" |
		sed -n 's,.*link/ether \([0-9a-f:]*\).*,\1,p'
}

# Nothing moves by itself, for tests that count frames: neighbours are permanent,
# and without a link-local address there are no router solicitations.
port_up() {
	local ns=$1 dev=$2 mac=${4:-}
	local l4=$A4 l6=$A6 r4=$B4 r6=$B6 li4=$AI4 li6=$AI6 ri4=$BI4 ri6=$BI6

	if [ "$3" = b ]; then
		l4=$B4 l6=$B6 r4=$A4 r6=$A6 li4=$BI4 li6=$BI6 ri4=$AI4 ri6=$AI6
	fi
	ip -n "$ns" -batch - <<-END
		link set $dev addrgenmode none
		link set $dev up
		addr replace $l4/24 dev $dev
		addr replace $li4/32 dev $dev
		addr replace $l6/64 dev $dev nodad
		addr replace $li6/128 dev $dev nodad
		route replace $ri4/32 dev $dev src $li4
		route replace $ri6/128 dev $dev src $li6
	END
	[ -n "$mac" ] || return 0
	ip -n "$ns" -batch - <<-END
		neigh replace $r4 lladdr $mac nud permanent dev $dev
		neigh replace $r6 lladdr $mac nud permanent dev $dev
		neigh replace $ri4 lladdr $mac nud permanent dev $dev
		neigh replace $ri6 lladdr $mac nud permanent dev $dev
	END
}

# LOWER_UP comes first. Until the core has put the queueing discipline back in
# its place, which the operational state tells, it drops what is sent.
carrier() {
	[[ $(ip ${1:+-n "$1"} -o link show dev "$2") = *LOWER_UP*' state UP '* ]]
}

no_carrier() {
	local link

	link=$(ip ${1:+-n "$1"} -o link show dev "$2") && [[ $link != *LOWER_UP* ]]
}

two_ports() {
	[ -z "$SOFT" ] || soft_veth
	ns_new NSA
	ns_new NSB
	ip link set isim0 netns "$NSA"
	ip link set isim1 netns "$NSB"
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
}

mtu() {
	ipa link set isim0 mtu "$1"
	ipb link set isim1 mtu "$1"
}

# shellcheck source=lib_esp.sh
. "$here/lib_esp.sh"

# --- Start -----------------------------------------------------------------

trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
echo "TAP version 13"
mkfifo "$tmp/never"
if [ "$(id -u)" -ne 0 ]; then
	lacks "needs root"
fi
echo "<6>$kmsg_mark" >/dev/kmsg
kmsg_marked=1
require ip ethtool awk dmesg modprobe modinfo python3
[ -n "$SOFT" ] || isim_loaded || modinfo "${IPSECSIM_KO:-ipsecsim}" >/dev/null 2>&1 ||
	lacks "no module ipsecsim: make install, or IPSECSIM_KO=FILE"
