# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh (see there), for the files about the life of ports and SAs.
# NS is the name of a namespace, or '' for the one we are in.
#
#   in_ns NS COMMAND...      run there
#   ipn NS ARG...            "ip" there
#   count NS DEV NAME        a counter of "ethtool -S"
#   try COMMAND...           in a subshell, so that wait_for goes on after "fail"
#   counts_by_traffic        from here on count asks the process of traffic_start
#                            about ports in NSA and NSB: no program to start
#   counts NS DEV SUFFIX     sum of all counters whose name ends so
#   count_is NS DEV NAME N   is it N?  for wait_for; count_above: is it more?
#   sas_left NS              number of SAs that XFRM has
#   bounded SECONDS WHAT COMMAND...   fails if COMMAND fails or takes longer,
#                            also when it cannot be killed
#   stream_start FROM TO ADDR [SIZE [GAP]]
#                            a TCP connection between namespaces, full of
#                            $marker and answered with the same; see stream.py
#   stream_moves             blocks still make it there and back
#   stream_alive             the connection has not been lost
#   stream_stop
#   holds N                  wait until isim0 has N SAs
#   esp_flows                the stream moves, and isim0 does its ESP both ways
#   device_encrypts, software_encrypts   the stream moves, and who does its ESP
#   feature_is NAME PATTERN  of isim0, as "ethtool -k" says
#   port_away NS             isim0 moves there, goes up, and gets an SA
#   leaked [FILE]            did $marker or TCP appear in a capture in clear?
#   no_leak MIN [FILE [NS DEV]]   capture_stop (see lib_capture.sh), and judge:
#                            nothing in clear, and MIN frames of ESP
#   newsa_start NS           newsa.py there; sets mute if there will be no extack
#   newsa REQUEST            one request; sets ERR, LEFT and TEXT
#   newsa_holds N            both XFRM and isim0 have N SAs
#   newsa_refused ERRNO PATTERN WORD...   "add WORD..." fails so, with an extack
#                            that matches, and leaves nothing; "core" in place of
#                            PATTERN: any text, or none, but not the driver's
#   newsa_stop

#   load_anew [PARAM=VALUE]...   load the module, after removing it if need be
#   small_ko                 for files that load the module often: without
#                            debug information that takes a tenth of the time

marker=ipsecsim-in-clear

# What isim_insmod does, without looking for other modules again each time.
# What a check that failed has left loaded is of no use to the next.
load_anew() {
	[ ! -e /sys/module/ipsecsim ] || rmmod ipsecsim
	if [ -n "${IPSECSIM_KO:-}" ]; then
		insmod "$IPSECSIM_KO" "$@"
	else
		modprobe ipsecsim "$@"
	fi
}

small_ko() {
	[ -n "${IPSECSIM_KO:-}" ] && command -v strip >/dev/null || return 0
	strip --strip-debug -o "$tmp/ipsecsim.ko" "$IPSECSIM_KO"
	IPSECSIM_KO=$tmp/ipsecsim.ko
}

in_ns() {
	local ns=$1
	shift

	if [ -z "$ns" ]; then
		"$@"
	else
		ip netns exec "$ns" "$@"
	fi
}

# refused STATUS TEXT COMMAND...: nothing on stdout, TEXT on stderr.
refused() {
	local want=$1 text=$2 rc=0
	shift 2

	"$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	expect_eq "exit status of $*" "$rc" "$want"
	[ ! -s "$tmp/out" ] || fail "$* answers: $(<"$tmp/out")"
	[[ $(<"$tmp/err") = *"$text"* ]] ||
		fail "$* does not say '$text' but: $(<"$tmp/err")"
}

# In the background: the process that $! names is the command itself.
exec_in_ns() {
	local ns=$1
	shift

	[ -z "$ns" ] || exec ip netns exec "$ns" "$@"
	exec "$@"
}

ipn() {
	local ns=$1
	shift

	ip ${ns:+-n "$ns"} "$@"
}

count() {
	in_ns "$1" ethtool -S "$2" |
		awk -v name="$3:" '$1 == name { print $2; found = 1 }
			END { exit !found }'
}

try() (
	"$@"
)

counts_by_traffic() {
	traffic_start
	eval "exec_$(declare -f count)"
	count() {
		case $1 in
		"$NSA") traffic value a "$2" "$3" ;;
		"$NSB") traffic value b "$2" "$3" ;;
		*) exec_count "$@" && return ;;
		esac
		echo "${REPLY#ok }"
	}
}

counts() {
	in_ns "$1" ethtool -S "$2" |
		awk -v tail="$3:" '
			substr($1, length($1) - length(tail) + 1) == tail {
				sum += $2
				found = 1
			}
			END { print sum + 0; exit !found }'
}

count_is() {
	[ "$(count "$1" "$2" "$3")" -eq "$4" ]
}

count_above() {
	[ "$(count "$1" "$2" "$3")" -gt "$4" ]
}

sas_left() {
	ipn "$1" xfrm state count | awk '{ print $NF }'
}

bounded() {
	local secs=$1 what=$2 pid rc=0
	shift 2

	"$@" <&0 &
	pid=$!
	wait_for -t "$secs" pid_gone "$pid" || fail "$what takes too long"
	wait "$pid" || rc=$?
	[ "$rc" -eq 0 ] || fail "$what: exit status $rc"
}

# --- A connection that stays up --------------------------------------------

stream_start() {
	local from=$1 to=$2 addr=$3 size=${4:-4096} gap=${5:-0.005}

	stream_stop
	exec_in_ns "$to" python3 "$here/stream.py" serve "$addr" \
		>"$tmp/serve.log" 2>&1 &
	echo $! >"$tmp/serve.pid"
	wait_for -t 30 grep -q listening "$tmp/serve.log"
	echo 0 >"$tmp/progress"
	exec_in_ns "$from" python3 "$here/stream.py" run "$addr" "$tmp/progress" \
		"$marker" "$size" "$gap" >"$tmp/run.log" 2>&1 &
	echo $! >"$tmp/run.pid"
	wait_for -t 30 stream_above 0
}

stream_above() {
	[ "$(<"$tmp/progress")" -gt "$1" ]
}

stream_alive() {
	kill -0 "$(<"$tmp/run.pid")" 2>/dev/null ||
		fail "connection lost: $(<"$tmp/run.log") $(<"$tmp/serve.log")"
}

stream_moves() {
	stream_alive
	wait_for -t 30 stream_above $(($(<"$tmp/progress") + 5)) ||
		fail "connection stalls at block $(<"$tmp/progress")"
	stream_alive
}

# Before the namespaces go: one end may be in ours.
clean_first+=(stream_stop)

stream_stop() {
	local f

	for f in "$tmp"/run.pid "$tmp"/serve.pid; do
		[ -e "$f" ] || continue
		kill "$(<"$f")" 2>/dev/null || true
		wait_for pid_gone "$(<"$f")"
		rm -f "$f"
	done
}

holds() {
	wait_for count_is "$NSA" isim0 drv_sa_count "$1"
}

# Traffic passes, and it is the ports that do ESP.
esp_flows() {
	local tx rx

	tx=$(count "$NSA" isim0 hw_tx_esp)
	rx=$(count "$NSA" isim0 hw_rx_esp)
	stream_moves
	wait_for count_above "$NSA" isim0 hw_tx_esp "$tx"
	wait_for count_above "$NSA" isim0 hw_rx_esp "$rx"
}

# feature_is NAME PATTERN: what ethtool -k says of isim0
feature_is() {
	local got

	got=$(na ethtool -k isim0 | sed -n "s/^[[:space:]]*$1: //p")
	# shellcheck disable=SC2053
	[[ $got = $2 ]] || fail "$1 is '$got', want '$2'"
}

# The stream moves, and it is isim0 that encrypts. A few blocks may still be on
# their way as they were.
device_encrypts() {
	local esp

	stream_moves
	esp=$(count "$NSA" isim0 hw_tx_esp)
	stream_moves
	wait_for count_above "$NSA" isim0 hw_tx_esp "$esp"
}

# The same, and it is software.
software_encrypts() {
	local esp frames

	stream_moves
	esp=$(count "$NSA" isim0 hw_tx_esp)
	frames=$(count "$NSA" isim0 hw_tx_frames)
	stream_moves
	count_above "$NSA" isim0 hw_tx_frames "$frames"
	count_is "$NSA" isim0 hw_tx_esp "$esp" ||
		fail "the port encrypts though it is told not to"
}

port_away() {
	ipa link set isim0 netns "$1"
	ip -n "$1" link set isim0 up
	# shellcheck disable=SC2046
	ip -n "$1" xfrm state add src "$A4" dst "$B4" $(sa_args 0x77 128 128) \
		mode transport offload dev isim0 dir out
}

# --- What is on the wire ---------------------------------------------------

# shellcheck source=lib_capture.sh
. "$here/lib_capture.sh"

leaked() {
	local pcap=${1:-$tmp/wire.pcap}

	grep -aqF "$marker" "$pcap" || [ "$(captured "$pcap" tcp)" -gt 0 ]
}

no_leak() {
	local pcap=${2:-$tmp/wire.pcap}

	capture_stop "${@:2}"
	if leaked "$pcap"; then
		tcpdump -nr "$pcap" -c 5 tcp 2>/dev/null
		fail "in clear on the wire: $(captured "$pcap" tcp) TCP frames," \
			"$(grep -acF "$marker" "$pcap" || true) lines"
	fi
	expect_ge "ESP frames in the capture" "$(captured "$pcap" esp)" "$1"
}

# --- Single requests -------------------------------------------------------

newsa_start() {
	mute=$(extack_missing)
	mkfifo "$tmp/newsa.req" "$tmp/newsa.ans"
	exec_in_ns "$1" python3 "$here/newsa.py" <"$tmp/newsa.req" \
		>"$tmp/newsa.ans" 2>"$tmp/newsa.err" &
	exec {newsa_req}>"$tmp/newsa.req" {newsa_ans}<"$tmp/newsa.ans"
}

# TEXT is used by our callers.
# shellcheck disable=SC2034
newsa() {
	local answer

	echo "$*" >&"$newsa_req"
	IFS= read -r -t $((60 * slow)) answer <&"$newsa_ans" ||
		fail "newsa.py does not answer: $(<"$tmp/newsa.err")"
	# Not read -a: two tabs in a row are an empty field.
	ERR=${answer%%$'\t'*} answer=${answer#*$'\t'}
	LEFT=${answer%%$'\t'*} TEXT=${answer#*$'\t'}
}

# The port may need a moment to complete a delete.
newsa_holds() {
	newsa sas dev=isim0
	expect_eq "SAs that XFRM has" "$TEXT" "$1"
	[ "$LEFT" = "$1" ] || wait_for newsa_port_holds "$1" ||
		fail "drv_sa_count: got $LEFT, want $1"
}

newsa_port_holds() {
	newsa sas dev=isim0
	[ "$LEFT" = "$1" ]
}

newsa_refused() {
	local errno=$1 pattern=$2 before
	shift 2

	newsa sas dev=isim0
	before=$TEXT
	newsa add dev=isim0 "$@"
	if [ "$ERR" = 0 ]; then
		newsa del "$@"
		fail "$*: was accepted"
	fi
	expect_eq errno "$ERR" "$errno"
	[ "$pattern" != core ] || pattern='!(ipsecsim: *)'
	# shellcheck disable=SC2053
	[ -n "$mute" ] || [[ $TEXT = $pattern ]] ||
		fail "extack: got '$TEXT', want '$pattern'"
	newsa_holds "$before"
}

newsa_stop() {
	exec {newsa_req}>&- {newsa_ans}<&-
	rm -f "$tmp/newsa.req" "$tmp/newsa.ans"
}

# Kernels before 6.3 give state_add no extack: prints something on those.
extack_missing() {
	kernel_since 6 3 || echo yes
}

# Does the kernel check itself for sleeping in atomic context and the like?
debug_kernel() {
	[ -e /sys/kernel/debug/kmemleak ]
}
