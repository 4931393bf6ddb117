package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Of node1 the answers of its API were recorded, of the others what ovs-ofctl prints.
const recordedNode = "node1"

// Ready is not forwarding: a real agent's flows to its peers come after that, too.
const flowsAfter = time.Second

func (a *agent) file(name string) string { return filepath.Join("/recordings", a.mode, name) }

func (a *agent) answer(path string, query url.Values) (any, error) {
	switch path {
	case "/agentinfo":
		return a.info()
	case "/podinterfaces":
		return a.podInterfaces(query)
	case "/ovsflows":
		return a.flows(query)
	case "/memberlist":
		var members []object
		err := readJSON(a.file("memberlist.json"), &members)
		return members, err
	case "/loglevel":
		return 0, nil
	case "/ovstracing":
		return a.trace(query)
	}
	return nil, refusal{http.StatusNotFound, "404 page not found"}
}

func (a *agent) info() (object, error) {
	info := object{}
	if err := readJSON(a.file("agentinfo.json"), &info); err != nil {
		return nil, err
	}
	info["podRef"] = object{"kind": "Pod", "namespace": os.Getenv("POD_NAMESPACE"), "name": os.Getenv("POD_NAME")}
	info["nodeRef"] = object{"kind": "Node", "name": a.own.Name}
	info["nodeSubnets"] = []string{a.own.PodCidr}
	if network, ok := info["networkInfo"].(object); ok {
		network["transportInterfaceIPs"] = []string{a.own.Transport}
	}
	pods, err := a.podInterfaces(nil)
	if err != nil {
		return nil, err
	}
	info["localPodNum"] = len(pods)
	now := time.Now().UTC().Format(time.RFC3339)
	if conditions, ok := info["agentConditions"].([]any); ok {
		for _, one := range conditions {
			if condition, ok := one.(object); ok {
				condition["lastHeartbeatTime"] = now
			}
		}
	}
	return info, nil
}

var podPort = regexp.MustCompile(`table=SpoofGuard, .*in_port="(([a-z0-9]+)-[0-9a-f]+)",dl_src=([0-9a-f:]+),nw_src=([0-9.]+)`)

func (a *agent) podInterfaces(query url.Values) ([]object, error) {
	all := []object{}
	if a.own.Name == recordedNode {
		if err := readJSON(a.file("podinterfaces.json"), &all); err != nil {
			return nil, err
		}
	} else {
		flows, err := a.dumped()
		if err != nil {
			return nil, err
		}
		for _, flow := range flows {
			if port := podPort.FindStringSubmatch(flow["flow"].(string)); port != nil {
				all = append(all, object{"name": port[2], "podNamespace": "default", "interfaceName": port[1], "mac": port[3], "ips": []string{port[4]}})
			}
		}
	}
	kept := []object{}
	for _, one := range all {
		name, namespace := query.Get("name"), query.Get("namespace")
		if (name == "" || name == one["name"]) && (namespace == "" || namespace == one["podNamespace"]) {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

var tableOf = regexp.MustCompile(`table=([A-Za-z0-9]+),`)

func (a *agent) flows(query url.Values) ([]object, error) {
	if query.Get("pod") != "" {
		return nil, refusal{http.StatusInternalServerError, "OVS flow dumping failed"}
	}
	var all []object
	var err error
	if a.own.Name == recordedNode {
		err = readJSON(a.file("ovsflows.json"), &all)
	} else {
		all, err = a.dumped()
	}
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, name := range strings.Split(query.Get("table"), ",") {
		wanted[name] = name != ""
	}
	kept, known := []object{}, map[string]bool{}
	for _, one := range all {
		table := tableOf.FindStringSubmatch(one["flow"].(string))
		if table == nil {
			continue
		}
		known[table[1]] = true
		if (wanted[table[1]] || query.Get("table") == "") && (table[1] != "L3Forwarding" || time.Since(a.started) > flowsAfter) {
			kept = append(kept, one)
		}
	}
	for name := range wanted {
		if name != "" && !known[name] {
			return nil, refusal{http.StatusBadRequest, "invalid table name or number: " + name}
		}
	}
	return kept, nil
}

func (a *agent) dumped() ([]object, error) {
	text, err := os.ReadFile(a.file("ofctl-" + a.own.Name + ".txt"))
	if err != nil {
		return nil, err
	}
	rows := []object{}
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "cookie=") {
			rows = append(rows, object{"flow": line})
		}
	}
	return rows, nil
}

var addresses = regexp.MustCompile(`nw_src=([0-9.]+),nw_dst=([0-9.]+)`)

// trace finds the recording of a packet between these addresses.
func (a *agent) trace(query url.Values) (object, error) {
	source := a.podIP(query.Get("source"))
	if source == "" {
		source = a.podIP(query.Get("port"))
	}
	destination := a.podIP(query.Get("destination"))
	files, err := filepath.Glob(a.file("trace-*.txt"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		between := addresses.FindStringSubmatch(string(text))
		if a.own.Name == recordedNode && between != nil && between[1] == source && between[2] == destination {
			return object{"result": string(text)}, nil
		}
	}
	return nil, refusal{http.StatusNotFound, "no such packet was recorded"}
}

func readJSON(file string, into any) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}
