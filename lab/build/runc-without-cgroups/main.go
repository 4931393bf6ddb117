// Command runc-without-cgroups is runc where nobody may make cgroups: it takes them, and the limits that they would set, out
// of a container's configuration, which runc then starts in the cgroup that it is in itself. containerd 2 has no setting for it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	fmt.Fprintln(os.Stderr, "runc-without-cgroups:", run())
	os.Exit(1)
}

// Only comes back with an error.
func run() error {
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	// Of runc's commands those that make a container have a bundle.
	if at := slices.Index(os.Args, "--bundle"); at >= 0 && at+1 < len(os.Args) {
		if err := forgetCgroups(filepath.Join(os.Args[at+1], "config.json")); err != nil {
			return err
		}
	}
	return syscall.Exec(runc, append([]string{"runc"}, os.Args[1:]...), os.Environ())
}

// Source: OCI runtime-spec v1.2, config-linux.md.
func forgetCgroups(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// Raw, so that numbers of 64 bits stay whole.
	var config, linux map[string]json.RawMessage
	if err := json.Unmarshal(text, &config); err != nil {
		return err
	}
	if err := json.Unmarshal(config["linux"], &linux); err != nil {
		return err
	}
	delete(linux, "cgroupsPath")
	delete(linux, "resources")
	if config["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
