// The program that the container runtime starts for every Pod (CNI specification 1.1.0, section 2). It only carries the
// request to the agent on this Node and the answer back, so that it starts in two milliseconds and never needs replacing
// while a Pod waits.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	defaultSocket  = "/var/run/antrea/cni.sock"
	largestMessage = 1 << 20
	// The kubelet gives a sandbox four minutes; the agent's own steps have shorter deadlines.
	patience = 2 * time.Minute
	// An agent that restarts is back within a second or two: the Pod waits, and the Node does not turn NotReady. STATUS is
	// asked every five seconds, and a kubelet whose runtime does not answer for thirty believes that it is dead.
	absence = 10 * time.Second
	pause   = 20 * time.Millisecond
)

// From the newest one on; src/agent/cni/request.ts has the same list.
var supportedVersions = []string{"1.1.0", "1.0.0", "0.4.0", "0.3.1", "0.3.0"}

var commands = []string{"ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"}

// Error codes of the specification, section "Error".
const (
	codeEnvironment = 4
	codeIO          = 5
	codeDecode      = 6
	codeTryLater    = 11
	codeStatus      = 50
	codeInternal    = 100
)

// request is one line of JSON to the agent; src/agent/cni/request.ts reads it.
type request struct {
	Command     string          `json:"command"`
	ContainerID string          `json:"containerId"`
	Netns       string          `json:"netns"`
	IfName      string          `json:"ifName"`
	Args        string          `json:"args"`
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
	// Runtimes show what a plugin says to people: a sentence, never a stack.
	defer func() {
		if cause := recover(); cause != nil {
			fail("", codeInternal, "the antrea CNI program failed", fmt.Errorf("%v", cause))
		}
	}()
	time.AfterFunc(patience, func() {
		fail("", codeTryLater, "no answer within two minutes, try again later", nil)
	})
	command := os.Getenv("CNI_COMMAND")
	if !slices.Contains(commands, command) {
		fail("", codeEnvironment, fmt.Sprintf("CNI_COMMAND is %.40q, not one of %s", command, strings.Join(commands, ", ")), nil)
	}
	if command == "VERSION" {
		printJSON(map[string]any{"cniVersion": supportedVersions[0], "supportedVersions": supportedVersions})
		return
	}
	config, err := io.ReadAll(io.LimitReader(os.Stdin, largestMessage+1))
	if err != nil || len(config) > largestMessage {
		fail("", codeDecode, fmt.Sprintf("the network configuration on standard input must be at most %d bytes", largestMessage), err)
	}
	version := versionOf(config)
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

// ask tries again while the agent is away. Only an ADD that was heard is not repeated: the runtime begins it anew itself.
func ask(message request) (answer, error) {
	for end := time.Now().Add(absence); ; time.Sleep(pause) {
		reply, heard, err := exchange(message)
		isFinal := err == nil || errors.Is(err, os.ErrPermission) || (heard && message.Command == "ADD")
		if isFinal || time.Now().After(end) {
			return reply, err
		}
	}
}

func exchange(message request) (reply answer, heard bool, err error) {
	connection, err := net.DialTimeout("unix", socketPath(), absence)
	if err != nil {
		return reply, false, err
	}
	defer connection.Close()
	if err := json.NewEncoder(connection).Encode(message); err != nil {
		return reply, true, err
	}
	err = json.NewDecoder(io.LimitReader(connection, largestMessage)).Decode(&reply)
	return reply, true, err
}

func socketPath() string {
	if path := os.Getenv("ANTREA_CNI_SOCKET"); path != "" {
		return path
	}
	return defaultSocket
}

// versionOf is the version that an error is written in; the agent itself refuses versions that nobody knows.
func versionOf(config []byte) string {
	var wanted struct {
		CNIVersion string `json:"cniVersion"`
	}
	if json.Unmarshal(config, &wanted) == nil && slices.Contains(supportedVersions, wanted.CNIVersion) {
		return wanted.CNIVersion
	}
	return supportedVersions[0]
}

func fail(version string, code int, msg string, cause error) {
	if version == "" {
		version = supportedVersions[0]
	}
	report := cniError{CNIVersion: version, Code: code, Msg: msg}
	if cause != nil {
		report.Details = cause.Error()
	}
	printJSON(report)
	os.Exit(1)
}

func printJSON(value any) {
	text, _ := json.Marshal(value)
	os.Stdout.Write(append(text, '\n'))
}
