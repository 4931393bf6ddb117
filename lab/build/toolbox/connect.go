package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// connect opens connections at the rate, none waiting for another, and has each echo one record; by UDP it asks each
// question from a port of its own, as programs ask DNS. One that takes longer than --wait has failed.
func connect(o options, stop <-chan struct{}) (any, error) {
	if (o.tcp == "") == (o.udp == "") {
		return nil, fmt.Errorf("connect needs either --tcp or --udp")
	}
	tally := newTally()
	var open sync.WaitGroup
	pace(o, stop, func(record []byte) {
		question := append([]byte(nil), record...)
		open.Add(1)
		go func() {
			defer open.Done()
			if err := exchange(o, question); err != nil {
				tally.failed(kindOf(err))
				return
			}
			tally.answered(binary.BigEndian.Uint64(question), binary.BigEndian.Uint64(question[8:]))
		}()
	}, tally)
	open.Wait()
	return tally.result(), nil
}

func exchange(o options, question []byte) error {
	deadline := time.Now().Add(o.wait)
	network, address := "tcp", o.tcp
	if o.udp != "" {
		network, address = "udp", o.udp
	}
	stream, err := net.DialTimeout(network, address, o.wait)
	if err != nil {
		return err
	}
	defer stream.Close()
	_ = stream.SetDeadline(deadline)
	if _, err := stream.Write(question); err != nil {
		return err
	}
	answer := make([]byte, len(question))
	if _, err := io.ReadFull(stream, answer); err != nil {
		return err
	}
	if !isWhole(answer) {
		return errWrong
	}
	return nil
}

var errWrong = errors.New("wrong")

func kindOf(err error) string {
	var failure net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	case errors.Is(err, syscall.EMSGSIZE):
		return "too long"
	case errors.Is(err, errWrong):
		return "wrong"
	case errors.As(err, &failure) && failure.Timeout():
		return "timeout"
	}
	return "other"
}
