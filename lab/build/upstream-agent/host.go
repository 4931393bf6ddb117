package main

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
)

const gateway = "antrea-gw0"

// Pods get addresses of the podCIDR in order, from the reference plugins: no packet of theirs is asked for.
func (a *agent) installCNI() error {
	for _, program := range []string{"bridge", "host-local", "loopback"} {
		content, err := os.ReadFile(filepath.Join("/opt/cni-reference", program))
		if err != nil {
			return err
		}
		target := filepath.Join("/host/opt/cni/bin", program)
		if err := os.WriteFile(target+".new", content, 0o755); err != nil {
			return err
		}
		if err := os.Rename(target+".new", target); err != nil {
			return err
		}
	}
	list := fmt.Sprintf(`{"cniVersion": "1.0.0", "name": "antrea", "plugins": [{"type": "bridge", "bridge": %q, "isGateway": true,
  "mtu": %d, "ipam": {"type": "host-local", "ranges": [[{"subnet": %q}]], "dataDir": "/var/lib/cni/recorded"}}]}
`, gateway, a.podMTU(), a.own.PodCidr)
	return os.WriteFile("/host/etc/cni/net.d/10-antrea.conflist", []byte(list), 0o644)
}

func (a *agent) podMTU() int {
	if a.mode == "noEncap" {
		return 1500
	}
	return 1450
}

// setRoutes does with each peer's podCIDR what upstream does. Without a tunnel and across subnets that is nothing at all: the
// route of the mode before stays.
func (a *agent) setRoutes() error {
	_ = exec.Command("ip", "link", "add", gateway, "type", "bridge").Run()
	own, err := gatewayOf(a.own)
	if err != nil {
		return err
	}
	commands := [][]string{
		{"link", "set", gateway, "mtu", fmt.Sprint(a.podMTU()), "up"},
		{"address", "replace", own.String() + "/24", "dev", gateway},
	}
	for _, peer := range a.peers {
		via, err := gatewayOf(peer)
		if err != nil {
			return err
		}
		transport, err := netip.ParsePrefix(peer.Transport)
		if err != nil {
			return err
		}
		if a.tunnels(peer) {
			commands = append(commands, []string{"route", "replace", peer.PodCidr, "via", via.String(), "dev", gateway, "onlink"})
		} else if a.sameSubnet(peer) {
			commands = append(commands, []string{"route", "replace", peer.PodCidr, "via", transport.Addr().String()})
		}
	}
	for _, command := range commands {
		if output, err := exec.Command("ip", command...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %v: %s", command, output)
		}
	}
	return nil
}

func gatewayOf(one node) (netip.Addr, error) {
	cidr, err := netip.ParsePrefix(one.PodCidr)
	return cidr.Masked().Addr().Next(), err
}
