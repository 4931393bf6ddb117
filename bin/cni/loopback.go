package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// containerd asks a plugin called "loopback" for every Pod. Where a Node has none, this program stands in under that name.
func loopback(command, version string) {
	if command != "ADD" {
		return
	}
	netns := os.Getenv("CNI_NETNS")
	if err := raiseLoopback(netns); err != nil {
		fail(version, codeIO, "cannot bring up lo", err)
	}
	address := map[string]any{"interface": 0, "address": "127.0.0.1/8"}
	if strings.HasPrefix(version, "0.") {
		address["version"] = "4"
	}
	printJSON(map[string]any{
		"cniVersion": version,
		"interfaces": []any{map[string]any{"name": "lo", "mac": "00:00:00:00:00:00", "sandbox": netns}},
		"ips":        []any{address},
	})
}

// raiseLoopback sets IFF_UP on lo of another network namespace; the kernel then gives it 127.0.0.1 itself. netdevice(7).
func raiseLoopback(netns string) error {
	namespace, err := os.Open(netns)
	if err != nil {
		return err
	}
	defer namespace.Close()
	// setns(2) moves one thread, which ends with this process.
	runtime.LockOSThread()
	if _, _, code := syscall.RawSyscall(sysSetns, namespace.Fd(), syscall.CLONE_NEWNET, 0); code != 0 {
		return fmt.Errorf("setns %s: %w", netns, code)
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if code != 0 {
		return fmt.Errorf("SIOCSIFFLAGS lo: %w", code)
	}
	return nil
}
