// Command upstream-agent plays an upstream Antrea agent back: it answers what a real one was recorded to answer in the mode
// that its configuration says, behind TLS and the API server's reviews, and keeps the routes that a real one keeps, the one that
// it forgets included. A Pod that is started anew has read the ConfigMap as it then is, as upstream's.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"time"
)

// node is one of the recorded cluster, as the DaemonSet names them all.
type node struct {
	Name      string `json:"name"`
	PodCidr   string `json:"podCidr"`
	Transport string `json:"transport"`
}

type agent struct {
	own     node
	peers   []node
	mode    string
	api     *apiServer
	started time.Time
}

func main() {
	a, err := load()
	if err == nil {
		err = a.run()
	}
	log.Fatalf("upstream-agent: %v", err)
}

func load() (*agent, error) {
	mode, err := configuredMode("/etc/antrea/antrea-agent.conf")
	if err != nil {
		return nil, err
	}
	// Tests put it there: an agent that ends at its start, as upstream's do where a key is refused.
	if _, err := os.Stat("/host/etc/cni/net.d/refuse-" + mode); err == nil {
		return nil, fmt.Errorf("TrafficEncapMode %s is refused on this Node", mode)
	}
	var nodes []node
	if err := json.Unmarshal([]byte(os.Getenv("NODES")), &nodes); err != nil {
		return nil, fmt.Errorf("NODES: %w", err)
	}
	a := &agent{mode: mode, started: time.Now()}
	for _, one := range nodes {
		if one.Name == os.Getenv("NODE_NAME") {
			a.own = one
		} else {
			a.peers = append(a.peers, one)
		}
	}
	a.api, err = openAPIServer()
	return a, err
}

func (a *agent) run() error {
	if err := a.installCNI(); err != nil {
		return err
	}
	if err := a.setRoutes(); err != nil {
		return err
	}
	certificate, authority, err := selfSigned()
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- a.serve(certificate) }()
	go func() { failed <- a.heartbeat(authority) }()
	return <-failed
}

var modeLine = regexp.MustCompile(`(?m)^trafficEncapMode:\s*"?([A-Za-z]+)"?`)

// As upstream: what is not said is encap, the case of letters does not matter, and what is unknown ends the agent.
func configuredMode(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	said := modeLine.FindSubmatch(text)
	if said == nil {
		return "encap", nil
	}
	for _, mode := range []string{"encap", "hybrid", "noEncap"} {
		if strings.EqualFold(mode, string(said[1])) {
			return mode, nil
		}
	}
	return "", fmt.Errorf("TrafficEncapMode %s is unknown", said[1])
}

// By the mask of the Node's own address, as upstream.
func (a *agent) sameSubnet(peer node) bool {
	own, err := netip.ParsePrefix(a.own.Transport)
	other, err2 := netip.ParsePrefix(peer.Transport)
	return err == nil && err2 == nil && own.Contains(other.Addr())
}

func (a *agent) tunnels(peer node) bool {
	return a.mode == "encap" || (a.mode == "hybrid" && !a.sameSubnet(peer))
}
