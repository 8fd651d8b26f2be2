# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The initramfs root of --icount.  Reading files from the host takes a time
# that differs from run to run; here everything is in memory before the first
# instruction.

# What no benchmark calls, as find's -path patterns inside the root.
ram_leaves_out=(
	'./boot/*' './usr/src/*' './usr/include/*' './usr/lib/gcc/*'
	'./usr/libexec/gcc/*' './usr/lib/linux-kbuild*' './usr/bin/x86_64-*'
	'./usr/bin/perl*' './usr/share/perl*' '*/x86_64-linux-gnu/perl*'
	'*/libperl*' '*/wireshark*' '*/libwireshark*' '*/libicu*' '*/gprofng*'
	'*/gconv/*' '*/lib?san.*' '*/lib??san.*' '*.a' './usr/lib/udev/*'
	'./var/lib/apt/*' './var/lib/dpkg/*' './var/cache/*'
	'./usr/lib/systemd/*' './usr/lib/dracut/*'
	'./ipsecsim/*' './kdir/*'
)

# Object files and what kbuild notes about them.
ram_objects=(-name '*.o' -o -name '.*' -o -name '*.mod*' -o -name '*.order')

# make_ram TOP KREL OUT JOB: an archive of the root laid out in TOP, without
# other kernels' modules, of the project tree with only build/OUT, and of JOB
# under a fixed name.
make_ram() {
	local top=$1 krel=$2 out=$3 job=$4 pattern skip=()

	for pattern in "${ram_leaves_out[@]}"; do
		skip+=(-path "$pattern" -o)
	done
	mount -t tmpfs job "$top/kdir"
	mkdir -p "$top/kdir/ipsecsim/build/vm"
	cp "$job" "$top/kdir/ipsecsim/build/vm/icount.job"
	{
		cd "$top" || return
		find . \( "${skip[@]}" -path './usr/lib/modules/*' \
			! -path "./usr/lib/modules/$krel*" \) -prune -o -print
		find ipsecsim \( -name .git -o -path 'ipsecsim/build/*' \) \
			-prune -o -print
		find "ipsecsim/build/$out" \( "${ram_objects[@]}" \) -prune \
			-o -print
	} | LC_ALL=C sort | (cd "$top" && cpio -o -H newc --quiet)
	(
		cd "$top/kdir" || return
		find ipsecsim/build/vm | LC_ALL=C sort |
			cpio -o -H newc --quiet
	)
	umount "$top/kdir"
}
