package main

import (
	"fmt"
	"net"
	"time"
)

// connect opens one connection after the other, has eight bytes echoed on each, and counts what failed.
func connect(o options, stop <-chan struct{}) (any, error) {
	if o.tcp == "" {
		return nil, fmt.Errorf("connect needs --tcp")
	}
	tally := newTally()
	failures := map[string]int{}
	next := time.NewTicker(o.every)
	for number := uint64(0); ; number++ {
		select {
		case <-stop:
			return struct {
				result
				Failures map[string]int `json:"failures"`
			}{tally.result(), failures}, nil
		case <-next.C:
		}
		tally.sent()
		start := time.Now()
		if err := exchange(o); err != nil {
			failures[kindOf(err)]++
			continue
		}
		tally.answered(number, uint64(start.UnixNano()))
	}
}

func exchange(o options) error {
	stream, err := net.DialTimeout("tcp", o.tcp, o.wait)
	if err != nil {
		return err
	}
	defer stream.Close()
	_ = stream.SetDeadline(time.Now().Add(o.wait))
	if _, err := stream.Write([]byte("question")); err != nil {
		return err
	}
	_, err = stream.Read(make([]byte, 8))
	return err
}

func kindOf(err error) string {
	if failure, ok := err.(net.Error); ok && failure.Timeout() {
		return "timeout"
	}
	return "refused or reset"
}
