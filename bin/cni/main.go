// The program that the container runtime starts for every Pod (CNI specification 1.1.0, section 2). It only carries the
// request to the agent on this Node and the answer back, so that it starts in two milliseconds and never needs replacing
// while a Pod waits.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	defaultSocket  = "/var/run/antrea/cni.sock"
	largestMessage = 1 << 20
	// The kubelet gives a sandbox four minutes; the agent's own steps have shorter deadlines.
	patience = 2 * time.Minute
)

var supportedVersions = []string{"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"}

// Error codes of the specification, section "Error".
const (
	codeIO       = 5
	codeDecode   = 6
	codeTryLater = 11
	codeStatus   = 50
)

// request is one line of JSON to the agent; src/agent/cni/request.ts reads it.
type request struct {
	Command     string          `json:"command"`
	ContainerID string          `json:"containerId"`
	Netns       string          `json:"netns"`
	IfName      string          `json:"ifName"`
	Args        string          `json:"args"`
	Path        string          `json:"path"`
	Config      json.RawMessage `json:"config"`
}

// answer is what the agent says: a result to print (may be empty), or an error in the specification's own shape.
type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

type cniError struct {
	CNIVersion string `json:"cniVersion"`
	Code       int    `json:"code"`
	Msg        string `json:"msg"`
	Details    string `json:"details,omitempty"`
}

func main() {
	command := os.Getenv("CNI_COMMAND")
	config, err := io.ReadAll(io.LimitReader(os.Stdin, largestMessage+1))
	if err != nil || len(config) > largestMessage {
		fail("", codeDecode, "cannot read the network configuration from standard input", err)
	}
	version := versionOf(config)
	if command == "VERSION" {
		printVersions(version)
		return
	}
	if filepath.Base(os.Args[0]) == "loopback" {
		loopback(command, version)
		return
	}
	if !json.Valid(config) {
		fail(version, codeDecode, "the network configuration is not JSON", nil)
	}
	reply, err := ask(request{
		Command:     command,
		ContainerID: os.Getenv("CNI_CONTAINERID"),
		Netns:       os.Getenv("CNI_NETNS"),
		IfName:      os.Getenv("CNI_IFNAME"),
		Args:        os.Getenv("CNI_ARGS"),
		Path:        os.Getenv("CNI_PATH"),
		Config:      config,
	})
	if err != nil {
		code := codeTryLater
		if command == "STATUS" {
			code = codeStatus
		}
		fail(version, code, "the antrea agent of this Node does not answer, try again later", err)
	}
	if len(reply.Error) > 0 {
		os.Stdout.Write(append(reply.Error, '\n'))
		os.Exit(1)
	}
	if len(reply.Result) > 0 {
		os.Stdout.Write(append(reply.Result, '\n'))
	}
}

func ask(message request) (answer, error) {
	var reply answer
	connection, err := net.DialTimeout("unix", socketPath(), 5*time.Second)
	if err != nil {
		return reply, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return reply, err
	}
	if err := json.NewEncoder(connection).Encode(message); err != nil {
		return reply, err
	}
	err = json.NewDecoder(io.LimitReader(connection, largestMessage)).Decode(&reply)
	return reply, err
}

func socketPath() string {
	if path := os.Getenv("ANTREA_CNI_SOCKET"); path != "" {
		return path
	}
	return defaultSocket
}

func versionOf(config []byte) string {
	var wanted struct {
		CNIVersion string `json:"cniVersion"`
	}
	if json.Unmarshal(config, &wanted) == nil && wanted.CNIVersion != "" {
		return wanted.CNIVersion
	}
	return supportedVersions[len(supportedVersions)-1]
}

func printVersions(version string) {
	printJSON(map[string]any{"cniVersion": version, "supportedVersions": supportedVersions})
}

func fail(version string, code int, msg string, cause error) {
	report := cniError{CNIVersion: version, Code: code, Msg: msg}
	if cause != nil {
		report.Details = cause.Error()
	}
	printJSON(report)
	os.Exit(1)
}

func printJSON(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(append(text, '\n'))
}
