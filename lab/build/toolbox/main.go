// Command toolbox is the tests' own judge of a path: an echo server, and senders that number what they send, so that
// every loss, gap, duplicate and wrong byte is seen. Each sender prints one line of JSON when it ends, also when SIGTERM ends it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	udp, tcp string
	rate     int
	size     int
	duration time.Duration
	wait     time.Duration
	// Packets may be fragmented on their way; without it they say that they must not be, as most programs' do.
	fragment bool
	// Ends with standard input too: a sender then never outlives whoever started it.
	attached bool
}

// Every program ends when stop closes: its time is up, or somebody sent SIGTERM.
type program func(o options, stop <-chan struct{}) (any, error)

var programs = map[string]program{"serve": serve, "send": send, "connect": connect}

func main() {
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fail(2, fmt.Errorf("usage: toolbox serve|send|connect [--udp|--tcp ADDRESS] [--rate N] [--duration S] [--size N]"))
	}
	result, err := programs[os.Args[1]](parse(os.Args[1], os.Args[2:]))
	if err != nil {
		fail(1, err)
	}
	if result != nil {
		_ = json.NewEncoder(os.Stdout).Encode(result)
	}
}

func parse(name string, arguments []string) (options, <-chan struct{}) {
	var o options
	seconds := 0.0
	flags := flag.NewFlagSet(name, flag.ExitOnError)
	flags.StringVar(&o.udp, "udp", "", "HOST:PORT to send to, PORT,... to serve")
	flags.StringVar(&o.tcp, "tcp", "", "HOST:PORT to send to, PORT,... to serve")
	flags.IntVar(&o.rate, "rate", 1000, "packets, records or connections a second")
	flags.IntVar(&o.size, "size", 64, "bytes of a packet or record, 16 to 65536")
	flags.BoolVar(&o.fragment, "fragment", false, "send packets that may be fragmented")
	flags.Float64Var(&seconds, "duration", 0, "seconds; 0: until SIGTERM")
	flags.BoolVar(&o.attached, "attached", false, "end when standard input ends")
	flags.DurationVar(&o.wait, "wait", time.Second, "how long late answers still count after the last packet, and how long a connection may take")
	_ = flags.Parse(arguments)
	if o.size < headerLength || o.size > 65536 || o.rate < 1 || (o.udp == "" && o.tcp == "") || flags.NArg() > 0 {
		fail(2, fmt.Errorf("%s needs --udp or --tcp, --size of 16 to 65536, and a positive --rate", name))
	}
	o.duration = time.Duration(seconds * float64(time.Second))
	return o, stopAfter(o.duration, endOf(os.Stdin, o.attached))
}

func endOf(input io.Reader, attached bool) <-chan struct{} {
	end := make(chan struct{})
	if attached {
		go func() {
			_, _ = io.Copy(io.Discard, input)
			close(end)
		}()
	}
	return end
}

func stopAfter(duration time.Duration, end <-chan struct{}) <-chan struct{} {
	stop := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	var timeout <-chan time.Time
	if duration > 0 {
		timeout = time.After(duration)
	}
	go func() {
		select {
		case <-signals:
		case <-timeout:
		case <-end:
		}
		close(stop)
	}()
	return stop
}

func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(status)
}
