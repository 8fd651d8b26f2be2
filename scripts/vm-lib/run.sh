# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Start a machine, wait for its end, judge it.
#
# COM1 carries kernel messages into $base.console, COM2 is the terminal of the
# guest.  The messages are there complete up to the last line before a panic,
# and nothing of COMMAND's output is among them.  COMMAND's exit status is the
# guest's last kernel message.

splat='\] RIP: |\] Call Trace:|BUG: |\] WARNING: |KASAN|UBSAN:|kernel BUG at'
splat+='|Oops: |general protection fault|Kernel panic|unreferenced object'
splat+='|ref_tracker: |INFO: task .* blocked for more|detected stall'
splat+='|possible (recursive|circular|irq|deadlock)|INFO: trying to register'
splat+='|unregister_netdevice: waiting for'
# The message after 60 s may be about packets that an idle CPU has yet to free.
splat+='|stalled pool shutdown.* [0-9][0-9][0-9]+ sec'
splat+='|DMA-API: [^ ]+ [^ ]+: |suspicious RCU usage'

pids=()

# Whatever ends us, nothing we started outlives us: pids here, and --pdeathsig
# for the case that we are killed outright.
stop_all() {
	[ "${#pids[@]}" -gt 0 ] || return 0
	kill "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" 2>/dev/null || true
	pids=()
}

start_virtiofsd() {
	local top=$1 sock=$2 i

	setpriv --pdeathsig KILL "$(find_virtiofsd)" --socket-path="$sock" \
		-o "source=$top" -o cache=always -o sandbox=chroot -o xattr \
		>"$base.virtiofsd" 2>&1 </dev/null &
	pids+=($!)
	for i in {1..100}; do
		[ ! -S "$sock" ] || return 0
		kill -0 $! 2>/dev/null || break
		sleep 0.05
	done
	cat "$base.virtiofsd" >&2
	die "virtiofsd did not start ($i)"
}

# Kernel command line; NAME=VALUE without a dot becomes init's environment.
# norandmaps: an emulator finds code that it has translated by its virtual address;
# where that is the same in every process, programs start three times as fast.
kernel_args() {
	echo "earlyprintk=ttyS0,115200,keep console=null loglevel=5" \
		"printk.devkmsg=on oops=panic panic=-1 mitigations=off no_timer_check" \
		"norandmaps" \
		"watchdog_thresh=60 workqueue.watchdog_thresh=120" \
		"rcupdate.rcu_cpu_stall_timeout=60 maxcpus=1 ${debug:+VM_DEBUG=1}" \
		"VM_INIT=/ipsecsim/scripts/vm-lib/init $*"
}

# The machine everything but --icount uses: the root over virtiofs.
virtiofs_machine() {
	local args="root=rootfs rootfstype=virtiofs rw VM_ID=$id"

	start_virtiofsd "$top" "$base.sock"
	machine=(-accel "tcg,thread=multi" -smp "$cpus"
		-object "memory-backend-memfd,id=mem,size=$mem,share=on"
		-numa "node,memdev=mem"
		-chardev "socket,id=fs,path=$base.sock"
		-device "vhost-user-fs-pci,chardev=fs,tag=rootfs")
	[ -z "$initrd" ] || machine+=(-initrd "$initrd")
	[ "${#command[@]}" -gt 0 ] || args+=" VM_TTY=1"
	machine+=(-append
		"$(kernel_args "$args init=/ipsecsim/scripts/vm-lib/init")")
}

# One guest nanosecond is one instruction, and no device does anything in its
# own time.  What changed in build/ comes back as an archive over COM3.
icount_machine() {
	make_ram "$top" "$krel" "$out" "$base.job" |
		"$here/cpio-same" >"$base.cpio"
	machine=(-accel "tcg,thread=single" -smp 1
		-icount "shift=0,sleep=off" -seed 1
		-rtc "base=2026-01-01,clock=vm" -initrd "$base.cpio"
		-serial "file:$base.build"
		-append "$(kernel_args "VM_ID=icount VM_TTY=1 VM_RAM=1" \
			rdinit=/ipsecsim/scripts/vm-lib/init)")
}

# Not everything that QEMU emulates:
#  - no five-level page tables: identify_cpu() forgets for a moment that the CPU has
#    them, and KASAN then takes what an interrupt touches for a wild access;
#  - no fast string instructions and 256-bit vectors: kernel and libc prefer them
#    when the CPU has them, and emulated they are slower than what they replace.
cpu=max,la57=off,erms=off,fsrm=off,avx=off,avx2=off

start_qemu() {
	: >"$base.console"
	[ -z "$plugin" ] || machine+=(-plugin "$plugin")
	setpriv --pdeathsig KILL qemu-system-x86_64 -M q35 -cpu "$cpu" \
		-nodefaults -no-user-config -display none -no-reboot -nic none \
		-m "$mem" -serial "file:$base.console" \
		-chardev "$1,id=terminal" -serial chardev:terminal \
		-kernel "$kernel" "${machine[@]}" <&3 2>"$base.qemu" &
	qemu=$!
	pids+=("$qemu")
}

# Shows the first splat; false if there is none.
report_splat() {
	grep -qE "$splat" "$base.console" || return
	say "kernel splat:"
	grep -E -m 1 -B 5 -A 80 "$splat" "$base.console" >&2
	say "all kernel messages are in ${base#"$tree/"}.console"
	! grep -q 'Oops: int3' "$base.console" ||
		say "(int3: more likely the emulation of two processors; try again)"
}

# Streams the output until the machine ends; leaves us if that takes too long
# or nobody reads it any more.
follow() {
	local rc=0

	timeout --foreground "$limit" \
		tail --pid="$qemu" -s 0.1 -n +1 -f "$base.out" 2>/dev/null &
	pids+=($!)
	wait $! || rc=$?
	[ "$rc" -ne 0 ] || return 0
	if [ "$rc" -eq 124 ]; then
		say "stopped after $limit s"
		report_splat || true
	fi
	exit "$rc"
}

# The verdict on a machine that has ended.
judge() {
	local rc

	sed -i 's/\r$//' "$base.console"
	rc=$(sed -n 's/.*ipsecsim-vm: exit \([0-9]*\)$/\1/p' "$base.console" |
		tail -n 1)
	! report_splat || return 1
	if [ -z "$rc" ]; then
		cat "$base.qemu" >&2
		tail -n 40 "$base.console" >&2
		say "the machine ended early, see ${base#"$tree/"}.console"
		return "$E_VM"
	fi
	return "$rc"
}
